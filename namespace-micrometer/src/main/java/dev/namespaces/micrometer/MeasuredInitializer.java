package dev.namespaces.micrometer;

import dev.namespaces.model.ClusterId;
import dev.namespaces.spi.NamespaceInitializer;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.function.Function;

/** An initializer that counts the calls of the wrapped one. */
final class MeasuredInitializer implements NamespaceInitializer {

    private final NamespaceInitializer delegate;
    private final Function<ClusterId, ClusterMeters> meters;
    private final Telemetry telemetry;

    MeasuredInitializer(NamespaceInitializer delegate, Function<ClusterId, ClusterMeters> meters, Telemetry telemetry) {
        this.delegate = delegate;
        this.meters = meters;
        this.telemetry = telemetry;
    }

    @Override
    public void beforeApply(ClusterId cluster, HasMetadata manifest) {
        count(cluster);
        delegate.beforeApply(cluster, manifest);
    }

    @Override
    public void beforeApply(ClusterId cluster, String namespace) {
        count(cluster);
        delegate.beforeApply(cluster, namespace);
    }

    private void count(ClusterId cluster) {
        telemetry.quietly(() -> meters.apply(cluster).initializerCalls.increment());
    }

    @Override
    public void namespaceWasAbsent(ClusterId cluster, String namespace) {
        delegate.namespaceWasAbsent(cluster, namespace);
    }
}
