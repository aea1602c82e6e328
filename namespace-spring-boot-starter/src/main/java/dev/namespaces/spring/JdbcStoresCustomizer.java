package dev.namespaces.spring;

import dev.namespaces.jdbc.JdbcStores;

/**
 * Changes the builder of the stores after the properties are applied. Beans of this type are called in their order;
 * they may override a property.
 */
@FunctionalInterface
public interface JdbcStoresCustomizer {

    /** Customizes the builder. */
    void customize(JdbcStores.Builder builder);
}
