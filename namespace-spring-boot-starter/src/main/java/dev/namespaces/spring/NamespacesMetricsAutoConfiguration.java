package dev.namespaces.spring;

import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.fabric8.Fabric8ClusterGateway;
import dev.namespaces.micrometer.NamespaceMetrics;
import dev.namespaces.spi.ClusterGateway;
import dev.namespaces.spi.NamespaceInitializer;
import dev.namespaces.spi.Stores;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;

/** Meters and observations in the host's registries, if {@code namespace-micrometer} is there. */
@AutoConfiguration(
        before = {NamespacesGatewayAutoConfiguration.class, NamespacesAutoConfiguration.class},
        afterName = {
            // Boot 3, and Boot 4.
            "org.springframework.boot.actuate.autoconfigure.metrics.CompositeMeterRegistryAutoConfiguration",
            "org.springframework.boot.actuate.autoconfigure.observation.ObservationAutoConfiguration",
            "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration",
            "org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration"
        })
@ConditionalOnClass({NamespaceMetrics.class, MeterRegistry.class})
@ConditionalOnBean(MeterRegistry.class)
@EnableConfigurationProperties(NamespacesProperties.class)
class NamespacesMetricsAutoConfiguration {

    /**
     * Registers the meters of the clusters under {@code namespaces.clusters}. The host adds those of its own gateway.
     */
    @Bean
    @ConditionalOnMissingBean
    NamespaceMetrics namespaceMetrics(
            MeterRegistry registry, ObjectProvider<ObservationRegistry> observations, NamespacesProperties properties) {
        return new NamespaceMetrics(
                registry,
                observations.getIfAvailable(() -> ObservationRegistry.NOOP),
                properties.clusters().keySet().stream()
                        .map(name -> ClusterIds.of("namespaces.clusters." + name, name))
                        .toList());
    }

    @Bean
    Instrumentation namespaceMetricsInstrumentation(NamespaceMetrics metrics) {
        return new Instrumentation() {
            @Override
            public void prepare(NamespaceLifecycle.Builder lifecycle) {
                lifecycle.taskDecorator(metrics.taskDecorator());
            }

            @Override
            public void prepare(Fabric8ClusterGateway.Builder gateway) {
                gateway.retryListener(metrics::retried);
            }

            @Override
            public ClusterGateway measure(ClusterGateway gateway) {
                return metrics.measure(gateway);
            }

            @Override
            public Stores observe(Stores stores) {
                return metrics.observe(stores);
            }

            @Override
            public NamespaceInitializer measure(NamespaceInitializer initializer) {
                return metrics.measure(initializer);
            }
        };
    }
}
