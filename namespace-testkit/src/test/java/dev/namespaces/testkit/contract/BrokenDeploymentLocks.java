package dev.namespaces.testkit.contract;

import dev.namespaces.model.ClusterId;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Target;
import dev.namespaces.spi.DeploymentLock;
import dev.namespaces.testkit.InMemoryDeploymentLock;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

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
        protected Duration patience() {
            return Duration.ofSeconds(2);
        }

        @Override
        public Optional<Lease> tryAcquire(Target target) {
            return correct.tryAcquire(target);
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

    /** A lease that asks no lock. */
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

    static class MakesNoMistake extends Broken {}

    static class RefusesEveryCaller extends Broken {
        @Override
        public Optional<Lease> tryAcquire(Target target) {
            return Optional.empty();
        }
    }

    static class LetsTwoIn extends Broken {
        @Override
        public Optional<Lease> tryAcquire(Target target) {
            return Optional.of(new Loose());
        }
    }

    static class WaitsForTheHolder extends Broken {
        @Override
        public Optional<Lease> tryAcquire(Target target) {
            while (true) {
                Optional<Lease> lease = correct.tryAcquire(target);
                if (lease.isPresent()) {
                    return lease;
                }
                Thread.onSpinWait();
            }
        }
    }

    /** A caller that was refused keeps the next one out. */
    static class RemembersARefusal extends Broken {
        private final Set<Target> refused = ConcurrentHashMap.newKeySet();

        @Override
        public Optional<Lease> tryAcquire(Target target) {
            if (refused.remove(target)) {
                return Optional.empty();
            }
            Optional<Lease> lease = correct.tryAcquire(target);
            if (lease.isEmpty()) {
                refused.add(target);
            }
            return lease;
        }
    }

    static class IsReentrant extends Broken {
        private final Map<Thread, Lease> mine = new ConcurrentHashMap<>();

        @Override
        public Optional<Lease> tryAcquire(Target target) {
            Lease held = mine.get(Thread.currentThread());
            if (held != null && held.isHeld()) {
                return Optional.of(held);
            }
            Optional<Lease> lease = correct.tryAcquire(target);
            lease.ifPresent(taken -> mine.put(Thread.currentThread(), taken));
            return lease;
        }
    }

    /** Closes the lease of the holder, which may be another one. */
    static class UnlocksForAnyHolder extends Broken {
        private final Map<Target, Lease> holders = new ConcurrentHashMap<>();

        @Override
        public Optional<Lease> tryAcquire(Target target) {
            return correct.tryAcquire(target).map(lease -> {
                holders.put(target, lease);
                return new Delegating(lease) {
                    @Override
                    public void close() {
                        holders.get(target).close();
                    }
                };
            });
        }
    }

    static class NeverUnlocks extends Broken {
        @Override
        public Optional<Lease> tryAcquire(Target target) {
            return correct.tryAcquire(target).map(lease -> new Loose());
        }
    }

    static class IsHeldForever extends Broken {
        @Override
        public Optional<Lease> tryAcquire(Target target) {
            return correct.tryAcquire(target).map(lease -> new Delegating(lease) {
                @Override
                public boolean isHeld() {
                    return true;
                }
            });
        }
    }

    /** A lease says whether anybody has the lock. */
    static class AsksForAnyHolder extends Broken {
        private final Map<Target, Lease> holders = new ConcurrentHashMap<>();

        @Override
        public Optional<Lease> tryAcquire(Target target) {
            return correct.tryAcquire(target).map(lease -> {
                holders.put(target, lease);
                return new Delegating(lease) {
                    @Override
                    public boolean isHeld() {
                        return holders.get(target).isHeld();
                    }
                };
            });
        }
    }

    static class BelongsToItsThread extends Broken {
        @Override
        public Optional<Lease> tryAcquire(Target target) {
            Thread owner = Thread.currentThread();
            return correct.tryAcquire(target).map(lease -> new Delegating(lease) {
                @Override
                public void close() {
                    if (Thread.currentThread().equals(owner)) {
                        lease.close();
                    }
                }
            });
        }
    }

    /** Takes one lock for all targets to which a subclass gives one name. */
    abstract static class TakesTheLockOf extends Broken {
        abstract String name(Target target);

        @Override
        public Optional<Lease> tryAcquire(Target target) {
            String name = name(target);
            return correct.tryAcquire(new Target(
                    new EnvironmentId("h-" + Integer.toHexString(name.hashCode())),
                    new ClusterId("n-" + name.length())));
        }
    }

    static class JoinsIdsWithADash extends TakesTheLockOf {
        @Override
        String name(Target target) {
            return target.environmentId() + "-" + target.clusterId();
        }
    }

    static class CutsLongIds extends TakesTheLockOf {
        @Override
        String name(Target target) {
            String name = target.environmentId() + "/" + target.clusterId();
            return name.substring(0, Math.min(64, name.length()));
        }
    }

    static class LocksEverything extends TakesTheLockOf {
        @Override
        String name(Target target) {
            return "everything";
        }
    }

    /** Two threads both see that the lock is free before either takes it. */
    static class LooksBeforeItLocks extends Broken {
        private final CountDownLatch looked = new CountDownLatch(2);
        private final Set<Target> taken = ConcurrentHashMap.newKeySet();

        @Override
        public Optional<Lease> tryAcquire(Target target) {
            if (taken.contains(target)) {
                return Optional.empty();
            }
            looked.countDown();
            try {
                looked.await(10, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            taken.add(target);
            return Optional.of(new Delegating(new Loose()) {
                @Override
                public void close() {
                    super.close();
                    taken.remove(target);
                }
            });
        }
    }
}
