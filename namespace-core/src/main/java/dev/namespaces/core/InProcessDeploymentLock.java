package dev.namespaces.core;

import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.Operation;
import dev.namespaces.error.OperationInterruptedException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.spi.DeploymentLock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** One deployment at a time within this process; replicas don't see each other. */
final class InProcessDeploymentLock implements DeploymentLock {

    private record Key(EnvironmentId environmentId, ClusterId clusterId) {}

    private final ConcurrentMap<Key, Semaphore> locks = new ConcurrentHashMap<>();

    @Override
    public Optional<Lease> tryAcquire(EnvironmentId environmentId, ClusterId clusterId, Duration wait) {
        Semaphore semaphore = locks.computeIfAbsent(new Key(environmentId, clusterId), key -> new Semaphore(1, true));
        try {
            return semaphore.tryAcquire(TimeUnit.NANOSECONDS.convert(wait), TimeUnit.NANOSECONDS)
                    ? Optional.of(new HeldLease(semaphore))
                    : Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new OperationInterruptedException(
                    new ErrorContext(Operation.LOCK, environmentId, clusterId, null, null), e);
        }
    }

    private static final class HeldLease implements Lease {

        private final Semaphore semaphore;
        private final AtomicBoolean held = new AtomicBoolean(true);

        HeldLease(Semaphore semaphore) {
            this.semaphore = semaphore;
        }

        @Override
        public boolean isHeld() {
            return held.get();
        }

        @Override
        public void close() {
            if (held.compareAndSet(true, false)) {
                semaphore.release();
            }
        }
    }
}
