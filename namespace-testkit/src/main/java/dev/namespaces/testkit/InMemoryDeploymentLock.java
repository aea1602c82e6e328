package dev.namespaces.testkit;

import dev.namespaces.model.Target;
import dev.namespaces.spi.DeploymentLock;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * A {@link DeploymentLock} within one instance of this class. A test makes a holder lose its lease with
 * {@link #revoke}, as a database does when a lease expires. Safe to use from many threads at once.
 */
public final class InMemoryDeploymentLock implements DeploymentLock {

    private final ConcurrentMap<Target, HeldLease> holders = new ConcurrentHashMap<>();

    /** Creates a lock that nobody holds. */
    public InMemoryDeploymentLock() {}

    @Override
    public Optional<Lease> tryAcquire(Target target) {
        HeldLease lease = new HeldLease(Objects.requireNonNull(target, "target"));
        return holders.putIfAbsent(target, lease) == null ? Optional.of(lease) : Optional.empty();
    }

    /**
     * Takes the lock away from its holder: its lease is no longer held, and another caller can take the lock.
     *
     * @return whether anybody held it
     */
    public boolean revoke(Target target) {
        return holders.remove(Objects.requireNonNull(target, "target")) != null;
    }

    private final class HeldLease implements Lease {

        private final Target target;

        HeldLease(Target target) {
            this.target = target;
        }

        @Override
        public boolean isHeld() {
            return holders.get(target) == this;
        }

        @Override
        public void close() {
            holders.remove(target, this);
        }
    }
}
