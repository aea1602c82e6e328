package dev.namespaces.spring;

import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.fabric8.Fabric8ClusterGateway;
import dev.namespaces.spi.ClusterGateway;
import dev.namespaces.spi.NamespaceInitializer;
import dev.namespaces.spi.Stores;

/** Wraps what the lifecycle calls, and what calls it, in order to measure it. */
interface Instrumentation {

    /** Prepares the lifecycle, before the customizers of the host are called. */
    void prepare(NamespaceLifecycle.Builder lifecycle);

    /** Prepares the gateway, before the customizers of the host are called. */
    void prepare(Fabric8ClusterGateway.Builder gateway);

    /** Wraps the gateway that the lifecycle gets. */
    ClusterGateway measure(ClusterGateway gateway);

    /** Wraps the stores that the lifecycle gets. */
    Stores observe(Stores stores);

    /** Wraps the initializer that the host gets. */
    NamespaceInitializer measure(NamespaceInitializer initializer);
}
