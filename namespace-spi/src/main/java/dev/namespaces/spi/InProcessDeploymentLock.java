package dev.namespaces.spi;

import dev.namespaces.model.Target;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** One deployment of a target at a time within this process. It keeps nothing for targets that nobody holds. */
final class InProcessDeploymentLock implements DeploymentLock {

    private final ConcurrentMap<Target, HeldLease> held = new ConcurrentHashMap<>();

    @Override
    public Optional<Lease> tryAcquire(Target target) {
        HeldLease lease = new HeldLease(target);
        return held.putIfAbsent(target, lease) == null ? Optional.of(lease) : Optional.empty();
    }

    private final class HeldLease implements Lease {

        private final Target target;

        HeldLease(Target target) {
            this.target = target;
        }

        @Override
        public boolean isHeld() {
            return held.get(target) == this;
        }

        @Override
        public void close() {
            held.remove(target, this);
        }
    }
}
