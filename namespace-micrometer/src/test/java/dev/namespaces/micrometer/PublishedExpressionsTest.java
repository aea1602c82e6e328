package dev.namespaces.micrometer;

import static dev.namespaces.testkit.TestData.anEnvironment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.core.fleet.FleetOptions;
import dev.namespaces.core.request.NamespaceRequest;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.ThrottledException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.Environment;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.resilience4j.BreakerClusterGateway;
import dev.namespaces.spi.ClusterGateway;
import dev.namespaces.testkit.Failure;
import dev.namespaces.testkit.FakeClusters;
import dev.namespaces.testkit.InMemoryStores;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.yaml.snakeyaml.Yaml;

/** Expressions of the dashboard and the alerts, and meters, tried against a scrape after a run with failures. */
@Timeout(60)
class PublishedExpressionsTest {

    private static final ClusterId EU = new ClusterId("eu-1");
    private static final ClusterId US = new ClusterId("us-1");

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final CircuitBreakerRegistry breakers =
            CircuitBreakerRegistry.of(BreakerClusterGateway.defaults().build());
    private final FakeClusters clusters = FakeClusters.of("eu-1", "us-1");
    private final NamespaceMetrics metrics = new NamespaceMetrics(registry, ObservationRegistry.NOOP, List.of(EU, US));
    private final ClusterGateway gateway = metrics.measure(new BreakerClusterGateway(clusters, breakers));
    private final InMemoryStores stores = new InMemoryStores();
    private final NamespaceLifecycle lifecycle = NamespaceLifecycle.builder(gateway, stores.stores())
            .listener(metrics)
            .listenerExecutor(Runnable::run)
            .taskDecorator(metrics.taskDecorator())
            .build();

    @BeforeEach
    void run() {
        breakers.circuitBreaker("us-1").transitionToForcedOpenState();
        Environment dev = environment("shop-dev");
        lifecycle.deploy(dev.id());
        lifecycle.deploy(dev.id());
        lifecycle.ensureNamespaceExists(EU, "tools");
        clusters.faults().failNext(Failure.throttled(null));
        assertThatThrownBy(() -> gateway.find(EU, ResourceRef.namespace("tools")))
                .isInstanceOf(ThrottledException.class);
        metrics.orphans(EU, lifecycle.findOrphans(EU).size());
        metrics.drifted(EU, 0);
        metrics.retried(EU);
        clusters.faults().on(call -> true).fail(Failure.unreachable());
        assertThatThrownBy(() -> lifecycle.deploy(dev.id())).isInstanceOf(NamespaceException.class);
        clusters.faults().clear();
    }

    private Environment environment(String id) {
        Environment environment = anEnvironment().id(id).clusters("eu-1").build();
        stores.environments().save(environment);
        lifecycle.create(NamespaceRequest.of(environment.id(), id + "-web"));
        return environment;
    }

    private Scrape scrape() {
        return new Scrape(registry.scrape());
    }

    @Test
    void meters_show_what_happened() {
        Scrape scrape = scrape();

        assertThat(scrape.sum("namespaces_deployments_seconds_count", "cluster", "eu-1", "outcome", "succeeded"))
                .isEqualTo(1);
        assertThat(scrape.sum("namespaces_deployments_seconds_count", "outcome", "failed", "category", "unavailable"))
                .isEqualTo(1);
        assertThat(scrape.sum("namespaces_deployments_unchanged_total", "cluster", "eu-1"))
                .isEqualTo(1);
        assertThat(scrape.sum("namespaces_ensures_total", "outcome", "created")).isEqualTo(1);
        assertThat(scrape.sum("namespaces_gateway_failures_total", "reason", "throttled"))
                .isEqualTo(1);
        assertThat(scrape.sum("namespaces_gateway_calls_seconds_count", "verb", "create", "outcome", "succeeded"))
                .isEqualTo(3);
        assertThat(scrape.sum("namespaces_gateway_retries_total")).isEqualTo(1);
        assertThat(scrape.sum("namespaces_cluster_set_aside", "cluster", "us-1"))
                .isEqualTo(1);
        assertThat(scrape.sum("namespaces_cluster_set_aside", "cluster", "eu-1"))
                .isEqualTo(0);
    }

    @Test
    void each_published_expression_finds_series() throws IOException {
        Scrape scrape = scrape();

        assertThat(expressions())
                .hasSizeGreaterThan(25)
                .allSatisfy(expression ->
                        assertThat(scrape.problems(expression)).as(expression).isEmpty());
    }

    @Test
    void an_expression_with_an_unknown_name_label_or_value_is_found() {
        Scrape scrape = scrape();

        assertThat(Stream.of(
                        "rate(namespaces_deploys_total[5m])",
                        "namespaces_unfenced_total{environment=\"shop-dev\"}",
                        "namespaces_gateway_failures_total{reason=\"throttling\"}",
                        "sum by (namespace) (namespaces_unfenced_total)"))
                .allSatisfy(wrong -> assertThat(scrape.problems(wrong)).isNotEmpty());
    }

    @Test
    void a_hundred_environments_add_no_time_series() {
        long before = registry.scrape().lines().count();
        for (int i = 0; i < 100; i++) {
            environment("env-" + i);
        }

        assertThat(lifecycle
                        .ensureAll(FleetOptions.defaults(), result -> {})
                        .targets()
                        .deployed())
                .isGreaterThanOrEqualTo(100);

        assertThat(registry.scrape().lines().count()).isEqualTo(before);
    }

    private static List<String> expressions() throws IOException {
        try (InputStream alerts = resource("prometheus-alerts.yaml");
                InputStream dashboard = resource("grafana-dashboard.json")) {
            Stream<String> ofAlerts =
                    new ObjectMapper().valueToTree(new Yaml().<Object>load(alerts)).findValuesAsText("expr").stream();
            Stream<String> ofPanels = new ObjectMapper().readTree(dashboard).findValuesAsText("expr").stream();
            return Stream.concat(ofAlerts, ofPanels).toList();
        }
    }

    private static InputStream resource(String name) {
        return Objects.requireNonNull(NamespaceMetrics.class.getResourceAsStream(name), name);
    }
}
