package dev.namespaces.spring;

import dev.namespaces.fabric8.Fabric8ClusterGateway;

/**
 * Changes the builder of the gateway after the properties are applied. Beans of this type are called in their order;
 * they may override a property.
 */
@FunctionalInterface
public interface ClusterGatewayCustomizer {

    /** Customizes the builder. */
    void customize(Fabric8ClusterGateway.Builder builder);
}
