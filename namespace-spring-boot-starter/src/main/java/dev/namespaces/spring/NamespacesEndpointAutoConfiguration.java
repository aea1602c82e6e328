package dev.namespaces.spring;

import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.spi.Stores;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;

/** The actuator endpoint {@code namespaces}, where the host exposes it. */
@AutoConfiguration(after = NamespacesAutoConfiguration.class)
@ConditionalOnClass({Endpoint.class, ConditionalOnAvailableEndpoint.class})
@ConditionalOnBean({NamespaceLifecycle.class, Stores.class})
@ConditionalOnAvailableEndpoint(endpoint = NamespacesEndpoint.class)
class NamespacesEndpointAutoConfiguration {

    @Bean
    NamespacesEndpoint namespacesEndpoint(NamespaceLifecycle lifecycle, Stores stores) {
        return new NamespacesEndpoint(lifecycle, stores);
    }
}
