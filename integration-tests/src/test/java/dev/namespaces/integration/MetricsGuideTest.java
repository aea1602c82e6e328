package dev.namespaces.integration;

import static dev.namespaces.testkit.TestData.anEnvironment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.core.deploy.DeploymentReport;
import dev.namespaces.core.request.NamespaceRequest;
import dev.namespaces.error.ClusterUnreachableException;
import dev.namespaces.error.Operation;
import dev.namespaces.fabric8.Fabric8ClusterGateway;
import dev.namespaces.micrometer.NamespaceMetrics;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.resilience4j.BreakerClusterGateway;
import dev.namespaces.spi.ClusterGateway;
import dev.namespaces.spi.NamespaceInitializer;
import dev.namespaces.spi.Stores;
import dev.namespaces.testkit.FakeClusters;
import dev.namespaces.testkit.InMemoryStores;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.micrometer.common.KeyValue;
import io.micrometer.common.KeyValues;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The code of the guide to metrics is this class's code, and its tables have what the registries get. */
@Timeout(60)
class MetricsGuideTest {

    private static final GuidePage PAGE = GuidePage.of("docs/metrics.md");
    private static final ClusterId EU = new ClusterId("eu-1");

    private final MeterRegistry meterRegistry = new SimpleMeterRegistry();
    private final ObservationRegistry observationRegistry = ObservationRegistry.create();
    private final Set<String> observed = ConcurrentHashMap.newKeySet();
    private final FakeClusters clusters = FakeClusters.of("eu-1", "us-1");
    private final InMemoryStores inMemory = new InMemoryStores();
    private final Environment dev =
            anEnvironment().id("shop-dev").clusters("eu-1").build();

    @BeforeEach
    void collect() {
        inMemory.environments().save(dev);
        observationRegistry.observationConfig().observationHandler(new ObservationHandler<Observation.Context>() {
            @Override
            public void onStop(Observation.Context context) {
                observed.add(row(
                        String.valueOf(context.getName()),
                        keys(context.getLowCardinalityKeyValues()),
                        keys(context.getHighCardinalityKeyValues())));
            }

            @Override
            public boolean supportsContext(Observation.Context context) {
                return true;
            }
        });
    }

    @Test
    void the_guide_lists_each_meter_and_each_observation_and_no_other() {
        Measured host = setUp(clusters, inMemory.stores());
        host.lifecycle().create(NamespaceRequest.of(dev.id(), "shop-dev-web"));

        assertThat(deploy(host.metrics(), host.lifecycle(), dev.id()).succeeded())
                .isTrue();
        host.initializer().beforeApply(EU, "shop-dev-web");
        countOrphans(host.metrics(), host.lifecycle(), EU);
        host.metrics().drifted(EU, 0);

        assertThat(rows("meter"))
                .containsExactlyInAnyOrderElementsOf(meterRegistry.getMeters().stream()
                        .map(Meter::getId)
                        .map(id -> row(
                                id.getName(),
                                id.getType().name().toLowerCase(Locale.ROOT),
                                names(id.getTags().stream().map(Tag::getKey))))
                        .collect(Collectors.toSet()));
        assertThat(rows("observation")).containsExactlyInAnyOrderElementsOf(observed);
    }

    @Test
    void a_call_of_a_cluster_that_refuses_connections_counts_its_retries() {
        NamespaceMetrics metrics = new NamespaceMetrics(meterRegistry, observationRegistry, Set.of(EU));
        try (KubernetesClient client = new KubernetesClientBuilder()
                        .withConfig(new ConfigBuilder()
                                .withMasterUrl("http://127.0.0.1:1")
                                .build())
                        .build();
                Fabric8ClusterGateway gateway = gateway(metrics, EU, client)) {
            assertThatThrownBy(() -> gateway.find(EU, ResourceRef.namespace("shop-dev-web")))
                    .isInstanceOf(ClusterUnreachableException.class);
        }

        assertThat(meterRegistry
                        .get("namespaces.gateway.retries")
                        .tag("cluster", "eu-1")
                        .counter()
                        .count())
                .isPositive();
    }

    /** Returns the first three columns of each row of the table with that heading, as {@link #row} writes them. */
    private static Set<String> rows(String heading) {
        return PAGE.text()
                .lines()
                .dropWhile(line -> !line.startsWith("| " + heading + " |"))
                .skip(2)
                .takeWhile(line -> line.startsWith("|"))
                .map(line -> Pattern.compile(" *\\| *").split(line, -1))
                .map(cells -> row(cells[1], cells[2], cells[3]).replace("`", ""))
                .collect(Collectors.toSet());
    }

    private static String row(String name, String second, String third) {
        return String.join(" | ", name, second, third);
    }

    private static String keys(KeyValues values) {
        return names(StreamSupport.stream(values.spliterator(), false).map(KeyValue::getKey));
    }

    private static String names(Stream<String> names) {
        return names.sorted().collect(Collectors.joining(", "));
    }

    // spotless:off
    /** What a host keeps. */
    private record Measured(NamespaceMetrics metrics, NamespaceLifecycle lifecycle, NamespaceInitializer initializer) {}

    private Measured setUp(ClusterGateway gateway, Stores stores) {
        // begin: setup
        NamespaceMetrics metrics = new NamespaceMetrics(
                meterRegistry, observationRegistry, Set.of(new ClusterId("eu-1"), new ClusterId("us-1")));
        NamespaceLifecycle lifecycle = NamespaceLifecycle.builder(
                        metrics.measure(BreakerClusterGateway.of(gateway)), metrics.observe(stores))
                .listener(metrics)
                .taskDecorator(metrics.taskDecorator())
                .build();
        NamespaceInitializer initializer = metrics.measure(lifecycle.initializer());
        // end: setup
        return new Measured(metrics, lifecycle, initializer);
    }

    private static Fabric8ClusterGateway gateway(NamespaceMetrics metrics, ClusterId cluster, KubernetesClient client) {
        // begin: retries
        return Fabric8ClusterGateway.builder()
                .client(cluster, client)
                .retryListener(metrics::retried)
                .build();
        // end: retries
    }

    private static DeploymentReport deploy(
            NamespaceMetrics metrics, NamespaceLifecycle lifecycle, EnvironmentId environment) {
        // begin: operation
        return metrics.observe(Operation.DEPLOY, () -> lifecycle.deploy(environment));
        // end: operation
    }

    private static void countOrphans(NamespaceMetrics metrics, NamespaceLifecycle lifecycle, ClusterId cluster) {
        // begin: orphans
        metrics.orphans(cluster, lifecycle.findOrphans(cluster).size());
        // end: orphans
    }
    // spotless:on
}
