package dev.namespaces.micrometer;

import static dev.namespaces.testkit.TestData.anEnvironment;
import static org.assertj.core.api.Assertions.assertThat;

import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.core.request.NamespaceRequest;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.Environment;
import dev.namespaces.spi.NamespaceInitializer;
import dev.namespaces.testkit.FakeClusters;
import dev.namespaces.testkit.InMemoryStores;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import java.util.List;
import org.junit.jupiter.api.Test;

class MeasuredInitializerTest {

    private static final ClusterId EU = new ClusterId("eu-1");

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final NamespaceMetrics metrics = new NamespaceMetrics(registry, ObservationRegistry.NOOP, List.of(EU));
    private final FakeClusters clusters = FakeClusters.of("eu-1");
    private final InMemoryStores stores = new InMemoryStores();
    private final NamespaceLifecycle lifecycle = NamespaceLifecycle.builder(clusters, stores.stores())
            .listener(metrics)
            .listenerExecutor(Runnable::run)
            .build();
    private final NamespaceInitializer initializer = metrics.measure(lifecycle.initializer());

    @Test
    void calls_are_counted_and_misses_are_those_that_memory_did_not_know() {
        Environment dev = anEnvironment().id("shop-dev").clusters("eu-1").build();
        stores.environments().save(dev);
        lifecycle.create(NamespaceRequest.of(dev.id(), "shop-web"));

        initializer.beforeApply(EU, "shop-web");
        initializer.beforeApply(
                EU,
                new ConfigMapBuilder()
                        .withNewMetadata()
                        .withName("settings")
                        .withNamespace("shop-web")
                        .endMetadata()
                        .build());
        assertThat(count("calls")).isEqualTo(2);
        assertThat(count("misses")).isEqualTo(1);

        initializer.namespaceWasAbsent(EU, "shop-web");
        initializer.beforeApply(EU, "shop-web");

        assertThat(count("calls")).isEqualTo(3);
        assertThat(count("misses")).isEqualTo(2);
    }

    private double count(String what) {
        return registry.get("namespaces.initializer." + what)
                .tag("cluster", "eu-1")
                .counter()
                .count();
    }
}
