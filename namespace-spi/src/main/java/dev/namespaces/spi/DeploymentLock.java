package dev.namespaces.spi;

import dev.namespaces.model.ClusterId;
import dev.namespaces.model.EnvironmentId;
import java.time.Duration;
import java.util.Optional;

/**
 * Lets one deployment at a time work on an environment and cluster.
 *
 * <p>Implementations are safe to use from many threads at once and are not reentrant. A lock that cannot be asked for
 * throws a {@link dev.namespaces.error.StoreException}.
 */
public interface DeploymentLock {

    /**
     * Takes the lock, waiting until it is free.
     *
     * @param wait the longest time to wait; zero asks once
     * @return the lease, or empty where somebody else held the lock all the time
     * @throws dev.namespaces.error.OperationInterruptedException if the thread is interrupted while it waits
     */
    Optional<Lease> tryAcquire(EnvironmentId environmentId, ClusterId clusterId, Duration wait);

    /** The right to deploy, until it is closed or lost. Any thread may ask and close it. */
    interface Lease extends AutoCloseable {

        /**
         * Whether we hold the lock, as far as is known here. Once false it stays false; who sees that stops writing. It
         * asks nobody and does not block.
         */
        boolean isHeld();

        /**
         * Gives the lock back. Closing it again, or after it was lost, does nothing and harms no later holder. It does
         * not throw: the work is done, and a lock that cannot be given back ends by itself.
         */
        @Override
        void close();
    }
}
