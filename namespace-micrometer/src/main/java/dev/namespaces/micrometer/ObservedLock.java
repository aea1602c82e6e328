package dev.namespaces.micrometer;

import dev.namespaces.model.Target;
import dev.namespaces.spi.DeploymentLock;
import io.micrometer.observation.Observation;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/** A lock that observes the work on a target: the time for which its lease is open. */
final class ObservedLock implements DeploymentLock {

    private final DeploymentLock delegate;
    private final Telemetry telemetry;
    private final Map<Target, Observation> open;

    /** @param open has the observation of each target whose lease is open */
    ObservedLock(DeploymentLock delegate, Telemetry telemetry, Map<Target, Observation> open) {
        this.delegate = delegate;
        this.telemetry = telemetry;
        this.open = open;
    }

    @Override
    public Optional<Lease> tryAcquire(Target target) {
        return delegate.tryAcquire(target).map(lease -> {
            Observation observation = start(target);
            open.put(target, observation);
            return new ObservedLease(lease, () -> {
                open.remove(target, observation);
                telemetry.quietly(observation::stop);
            });
        });
    }

    private Observation start(Target target) {
        return telemetry.start(
                "namespaces.target",
                observation -> observation
                        .contextualName("target on " + target.clusterId())
                        .highCardinalityKeyValue("cluster", target.clusterId().value())
                        .highCardinalityKeyValue(
                                "environment", target.environmentId().value()));
    }

    private static final class ObservedLease implements Lease {

        private final Lease delegate;
        private final Runnable onClose;
        private final AtomicBoolean closed = new AtomicBoolean();

        ObservedLease(Lease delegate, Runnable onClose) {
            this.delegate = delegate;
            this.onClose = onClose;
        }

        @Override
        public boolean isHeld() {
            return delegate.isHeld();
        }

        @Override
        public void close() {
            try {
                delegate.close();
            } finally {
                if (closed.compareAndSet(false, true)) {
                    onClose.run();
                }
            }
        }
    }
}
