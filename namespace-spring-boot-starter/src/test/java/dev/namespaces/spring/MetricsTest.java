package dev.namespaces.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.micrometer.NamespaceMetrics;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.Environment;
import dev.namespaces.spi.NamespaceInitializer;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;

class MetricsTest {

    @Test
    void deployments_gateway_calls_and_the_initializer_are_measured() {
        Host.withFakes()
                .withConfiguration(AutoConfigurations.of(NamespacesMetricsAutoConfiguration.class))
                .withBean(MeterRegistry.class, SimpleMeterRegistry::new)
                .withPropertyValues("namespaces.clusters.eu-1.client=someClient")
                .run(host -> {
                    Environment dev = Host.store(host);
                    MeterRegistry registry = host.getBean(MeterRegistry.class);

                    host.getBean(NamespaceLifecycle.class).deploy(dev.id());
                    host.getBean(NamespaceInitializer.class).beforeApply(new ClusterId("eu-1"), "kube-public");

                    assertThat(registry.get("namespaces.gateway.calls")
                                    .tags("cluster", "eu-1", "verb", "create", "outcome", "succeeded")
                                    .timer()
                                    .count())
                            .isEqualTo(2);
                    assertThat(registry.get("namespaces.initializer.calls")
                                    .tag("cluster", "eu-1")
                                    .counter()
                                    .count())
                            .isEqualTo(1);
                    await().untilAsserted(() -> assertThat(registry.get("namespaces.deployments")
                                    .tags("cluster", "eu-1", "outcome", "succeeded")
                                    .timer()
                                    .count())
                            .isEqualTo(1));
                });
    }

    @Test
    void the_meters_of_each_cluster_of_the_properties_exist_from_the_start() {
        Host.withFakes()
                .withConfiguration(AutoConfigurations.of(NamespacesMetricsAutoConfiguration.class))
                .withBean(MeterRegistry.class, SimpleMeterRegistry::new)
                .withPropertyValues("namespaces.clusters.us-1.client=someClient")
                .run(host -> assertThat(host.getBean(MeterRegistry.class)
                                .get("namespaces.gateway.retries")
                                .tag("cluster", "us-1")
                                .counter()
                                .count())
                        .isZero());
    }

    @Test
    void metrics_of_the_host_replace_ours() {
        NamespaceMetrics own = new NamespaceMetrics(new SimpleMeterRegistry(), ObservationRegistry.NOOP, List.of());
        Host.withFakes()
                .withConfiguration(AutoConfigurations.of(NamespacesMetricsAutoConfiguration.class))
                .withBean(MeterRegistry.class, SimpleMeterRegistry::new)
                .withBean(NamespaceMetrics.class, () -> own)
                .run(host -> assertThat(host).getBean(NamespaceMetrics.class).isSameAs(own));
    }

    @Test
    void nothing_is_measured_without_a_registry() {
        Host.withFakes()
                .withConfiguration(AutoConfigurations.of(NamespacesMetricsAutoConfiguration.class))
                .run(host -> assertThat(host).hasNotFailed().doesNotHaveBean(NamespaceMetrics.class));
    }
}
