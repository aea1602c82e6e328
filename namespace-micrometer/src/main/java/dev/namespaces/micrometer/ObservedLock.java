package dev.namespaces.micrometer;

import dev.namespaces.model.Target;
import dev.namespaces.spi.DeploymentLock;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/** A lock that observes the work on a target: the time for which its lease is open. */
final class ObservedLock implements DeploymentLock {

    private final DeploymentLock delegate;
    private final ObservationRegistry observations;

    ObservedLock(DeploymentLock delegate, ObservationRegistry observations) {
        this.delegate = delegate;
        this.observations = observations;
    }

    @Override
    public Optional<Lease> tryAcquire(Target target) {
        return delegate.tryAcquire(target).map(lease -> new ObservedLease(lease, start(target)));
    }

    private Observation start(Target target) {
        return Observation.createNotStarted("namespaces.target", observations)
                .contextualName("target on " + target.clusterId())
                .highCardinalityKeyValue("cluster", target.clusterId().value())
                .highCardinalityKeyValue("environment", target.environmentId().value())
                .start();
    }

    private static final class ObservedLease implements Lease {

        private final Lease delegate;
        private final Observation observation;
        private final AtomicBoolean closed = new AtomicBoolean();

        ObservedLease(Lease delegate, Observation observation) {
            this.delegate = delegate;
            this.observation = observation;
        }

        @Override
        public boolean isHeld() {
            return delegate.isHeld();
        }

        @Override
        public void close() {
            delegate.close();
            if (closed.compareAndSet(false, true)) {
                observation.stop();
            }
        }
    }
}
