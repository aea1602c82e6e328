package dev.namespaces.micrometer;

import dev.namespaces.model.ClusterId;
import dev.namespaces.spi.NamespaceInitializer;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.function.Function;

/** An initializer that counts the calls of the wrapped one. */
final class MeasuredInitializer implements NamespaceInitializer {

    private final NamespaceInitializer delegate;
    private final Function<ClusterId, ClusterMeters> meters;

    MeasuredInitializer(NamespaceInitializer delegate, Function<ClusterId, ClusterMeters> meters) {
        this.delegate = delegate;
        this.meters = meters;
    }

    @Override
    public void beforeApply(ClusterId cluster, HasMetadata manifest) {
        meters.apply(cluster).initializerCalls.increment();
        delegate.beforeApply(cluster, manifest);
    }

    @Override
    public void beforeApply(ClusterId cluster, String namespace) {
        meters.apply(cluster).initializerCalls.increment();
        delegate.beforeApply(cluster, namespace);
    }

    @Override
    public void namespaceWasAbsent(ClusterId cluster, String namespace) {
        delegate.namespaceWasAbsent(cluster, namespace);
    }
}
