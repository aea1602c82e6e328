package dev.namespaces.spi;

import dev.namespaces.model.Target;
import java.util.Optional;

/**
 * Lets one deployment at a time work on a target, across replicas.
 *
 * <p>Implementations are safe to use from many threads at once and are not reentrant. A lock that cannot be asked for
 * throws a {@link dev.namespaces.error.StoreException}. The library decides how long to try, and how often.
 */
@FunctionalInterface
public interface DeploymentLock {

    /** Tries once to take the lock, without waiting. Returns the lease, or empty if another caller holds the lock. */
    Optional<Lease> tryAcquire(Target target);

    /**
     * Returns a new lock that works within this process only. It is enough if one lifecycle serves one replica; several
     * replicas, or several lifecycles on the same stores, need a lock that all of them share.
     */
    static DeploymentLock inProcess() {
        return new InProcessDeploymentLock();
    }

    /** The right to deploy, until it is closed or lost. Any thread may ask it and close it. */
    interface Lease extends AutoCloseable {

        /**
         * Returns whether we hold the lock, as far as this process knows. Once false it stays false, and the holder
         * stops writing. It asks no other process and does not block.
         */
        boolean isHeld();

        /**
         * Releases the lock. Closing it again, or after it was lost, does nothing and does not disturb a later holder.
         * It does not throw, because the work is done, and a lock that cannot be released expires.
         */
        @Override
        void close();
    }
}
