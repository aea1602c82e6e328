package dev.namespaces.testkit.contract;

import dev.namespaces.error.OperationInterruptedException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.spi.DeploymentLock;
import dev.namespaces.testkit.InMemoryDeploymentLock;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Locks with one mistake each. */
final class BrokenDeploymentLocks {

    private BrokenDeploymentLocks() {}

    /** A lock without a mistake; each of the others makes one. */
    abstract static class Broken extends DeploymentLockContract implements DeploymentLock {

        final InMemoryDeploymentLock correct = new InMemoryDeploymentLock();

        @Override
        protected DeploymentLock lock() {
            return this;
        }

        @Override
        public Optional<Lease> tryAcquire(EnvironmentId environmentId, ClusterId clusterId, Duration wait) {
            return correct.tryAcquire(environmentId, clusterId, wait);
        }
    }

    /** A lease that asks another one. */
    private static class Delegating implements DeploymentLock.Lease {
        private final DeploymentLock.Lease lease;

        Delegating(DeploymentLock.Lease lease) {
            this.lease = lease;
        }

        @Override
        public boolean isHeld() {
            return lease.isHeld();
        }

        @Override
        public void close() {
            lease.close();
        }
    }

    /** A lease that asks nobody. */
    private static final class Loose implements DeploymentLock.Lease {
        private volatile boolean held = true;

        @Override
        public boolean isHeld() {
            return held;
        }

        @Override
        public void close() {
            held = false;
        }
    }

    static class LetsTwoIn extends Broken {
        @Override
        public Optional<Lease> tryAcquire(EnvironmentId environmentId, ClusterId clusterId, Duration wait) {
            return Optional.of(new Loose());
        }
    }

    static class IsReentrant extends Broken {
        private final Map<Thread, Lease> mine = new ConcurrentHashMap<>();

        @Override
        public Optional<Lease> tryAcquire(EnvironmentId environmentId, ClusterId clusterId, Duration wait) {
            Lease held = mine.get(Thread.currentThread());
            if (held != null && held.isHeld()) {
                return Optional.of(held);
            }
            Optional<Lease> lease = correct.tryAcquire(environmentId, clusterId, wait);
            lease.ifPresent(taken -> mine.put(Thread.currentThread(), taken));
            return lease;
        }
    }

    static class UnlocksForWhoeverHoldsIt extends Broken {
        private final Map<String, Lease> holders = new ConcurrentHashMap<>();

        @Override
        public Optional<Lease> tryAcquire(EnvironmentId environmentId, ClusterId clusterId, Duration wait) {
            String key = environmentId + "/" + clusterId;
            return correct.tryAcquire(environmentId, clusterId, wait).map(lease -> {
                holders.put(key, lease);
                return new Delegating(lease) {
                    @Override
                    public void close() {
                        holders.get(key).close();
                    }
                };
            });
        }
    }

    static class NeverUnlocks extends Broken {
        @Override
        public Optional<Lease> tryAcquire(EnvironmentId environmentId, ClusterId clusterId, Duration wait) {
            return correct.tryAcquire(environmentId, clusterId, shortened(wait)).map(lease -> new Loose());
        }
    }

    static class IsHeldForEver extends Broken {
        @Override
        public Optional<Lease> tryAcquire(EnvironmentId environmentId, ClusterId clusterId, Duration wait) {
            return correct.tryAcquire(environmentId, clusterId, wait).map(lease -> new Delegating(lease) {
                @Override
                public boolean isHeld() {
                    return true;
                }
            });
        }
    }

    /** Takes one lock for everything that its subclass gives one name. */
    abstract static class TakesTheLockOf extends Broken {
        abstract String name(EnvironmentId environmentId, ClusterId clusterId);

        @Override
        public Optional<Lease> tryAcquire(EnvironmentId environmentId, ClusterId clusterId, Duration wait) {
            String name = name(environmentId, clusterId);
            return correct.tryAcquire(
                    new EnvironmentId("h-" + Integer.toHexString(name.hashCode())),
                    new ClusterId("n-" + name.length()),
                    wait);
        }
    }

    static class JoinsIdsWithADash extends TakesTheLockOf {
        @Override
        String name(EnvironmentId environmentId, ClusterId clusterId) {
            return environmentId + "-" + clusterId;
        }
    }

    static class CutsLongIds extends TakesTheLockOf {
        @Override
        String name(EnvironmentId environmentId, ClusterId clusterId) {
            String name = environmentId + "/" + clusterId;
            return name.substring(0, Math.min(64, name.length()));
        }
    }

    static class LocksEverything extends TakesTheLockOf {
        @Override
        String name(EnvironmentId environmentId, ClusterId clusterId) {
            return "everything";
        }
    }

    static class SwallowsInterrupts extends Broken {
        @Override
        public Optional<Lease> tryAcquire(EnvironmentId environmentId, ClusterId clusterId, Duration wait) {
            try {
                return correct.tryAcquire(environmentId, clusterId, wait);
            } catch (OperationInterruptedException e) {
                return Optional.empty();
            }
        }
    }

    static class ClearsTheInterruptFlag extends Broken {
        @Override
        public Optional<Lease> tryAcquire(EnvironmentId environmentId, ClusterId clusterId, Duration wait) {
            try {
                return correct.tryAcquire(environmentId, clusterId, wait);
            } catch (OperationInterruptedException e) {
                Thread.interrupted();
                throw e;
            }
        }
    }

    static class DoesNotWait extends Broken {
        @Override
        public Optional<Lease> tryAcquire(EnvironmentId environmentId, ClusterId clusterId, Duration wait) {
            return correct.tryAcquire(environmentId, clusterId, Duration.ZERO);
        }
    }

    /** A test that waits for a lock which nobody gives back should not wait for its whole patience. */
    private static Duration shortened(Duration wait) {
        return wait.compareTo(Duration.ofMillis(20)) > 0 ? Duration.ofMillis(20) : wait;
    }
}
