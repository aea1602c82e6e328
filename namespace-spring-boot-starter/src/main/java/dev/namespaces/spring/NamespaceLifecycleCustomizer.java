package dev.namespaces.spring;

import dev.namespaces.core.NamespaceLifecycle;

/**
 * Changes the builder of the lifecycle after the properties are applied. Beans of this type are called in their order;
 * they may override a property.
 */
@FunctionalInterface
public interface NamespaceLifecycleCustomizer {

    /** Customizes the builder. */
    void customize(NamespaceLifecycle.Builder builder);
}
