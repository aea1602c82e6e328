package dev.namespaces.testkit;

import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.Operation;
import dev.namespaces.error.OperationInterruptedException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.spi.DeploymentLock;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A {@link DeploymentLock} within one instance of this class. A test makes a holder lose its lease with
 * {@link #revoke}, as a database would whose lease ran out. Safe to use from many threads at once.
 */
public final class InMemoryDeploymentLock implements DeploymentLock {

    private record Key(EnvironmentId environmentId, ClusterId clusterId) {}

    private final ReentrantLock guard = new ReentrantLock();
    private final Condition freed = guard.newCondition();
    private final Map<Key, HeldLease> holders = new HashMap<>();

    /** A lock that nobody holds. */
    public InMemoryDeploymentLock() {}

    @Override
    public Optional<Lease> tryAcquire(EnvironmentId environmentId, ClusterId clusterId, Duration wait) {
        Key key = new Key(
                Objects.requireNonNull(environmentId, "environmentId"), Objects.requireNonNull(clusterId, "clusterId"));
        long left = wait.compareTo(Duration.ofNanos(Long.MAX_VALUE)) < 0 ? wait.toNanos() : Long.MAX_VALUE;
        guard.lock();
        try {
            while (holders.containsKey(key)) {
                if (left <= 0) {
                    return Optional.empty();
                }
                left = freed.awaitNanos(left);
            }
            HeldLease lease = new HeldLease(key);
            holders.put(key, lease);
            return Optional.of(lease);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new OperationInterruptedException(
                    new ErrorContext(Operation.LOCK, environmentId, clusterId, null, null), e);
        } finally {
            guard.unlock();
        }
    }

    /**
     * Takes the lock away from whoever holds it: its lease is no longer held, and the next one can take the lock.
     *
     * @return whether anybody held it
     */
    public boolean revoke(EnvironmentId environmentId, ClusterId clusterId) {
        guard.lock();
        try {
            HeldLease lease = holders.get(new Key(environmentId, clusterId));
            if (lease == null) {
                return false;
            }
            lease.close();
            return true;
        } finally {
            guard.unlock();
        }
    }

    private final class HeldLease implements Lease {

        private final Key key;
        private volatile boolean held = true;

        HeldLease(Key key) {
            this.key = key;
        }

        @Override
        public boolean isHeld() {
            return held;
        }

        @Override
        public void close() {
            guard.lock();
            try {
                held = false;
                if (holders.remove(key, this)) {
                    freed.signalAll();
                }
            } finally {
                guard.unlock();
            }
        }
    }
}
