package dev.namespaces.micrometer;

import static dev.namespaces.testkit.TestData.aNamespace;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.Operation;
import dev.namespaces.error.UnknownClusterException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.DeploymentRecord;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.model.Target;
import dev.namespaces.resilience4j.BreakerClusterGateway;
import dev.namespaces.spi.LifecycleEvent;
import dev.namespaces.testkit.FakeClusters;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Which meters exist, from when on, and with which tags. */
class RegisteredMetersTest {

    private static final ClusterId EU = new ClusterId("eu-1");
    private static final ClusterId US = new ClusterId("us-1");

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final NamespaceMetrics metrics = new NamespaceMetrics(registry, ObservationRegistry.NOOP, List.of(EU));
    private final CircuitBreakerRegistry breakers =
            CircuitBreakerRegistry.of(BreakerClusterGateway.defaults().build());
    private final BreakerClusterGateway breaker = new BreakerClusterGateway(FakeClusters.of("eu-1", "us-1"), breakers);

    private Set<String> metersOf(String cluster) {
        return registry.getMeters().stream()
                .map(Meter::getId)
                .filter(id -> cluster.equals(id.getTag("cluster")))
                .map(id -> id.getName()
                        + id.getTags().stream()
                                .filter(tag -> !tag.getKey().equals("cluster"))
                                .toList())
                .collect(Collectors.toSet());
    }

    @Test
    void no_tag_is_a_namespace_or_an_environment() {
        events().forEach(each -> metrics.on((LifecycleEvent) each.get()[0]));
        metrics.measure(breaker).find(EU, ResourceRef.namespace("tools"));
        metrics.orphans(EU, 1);
        metrics.drifted(EU, 1);

        assertThat(registry.getMeters())
                .flatExtracting(meter -> meter.getId().getTags())
                .extracting(Tag::getKey)
                .containsOnly("cluster", "outcome", "category", "verb", "reason", "change");
    }

    @Test
    void a_cluster_that_is_added_later_has_every_meter_of_the_first() {
        metrics.measure(breaker);
        breakers.circuitBreaker("us-1").transitionToForcedOpenState();

        metrics.add(US);

        assertThat(metersOf("us-1")).hasSizeGreaterThan(40).isEqualTo(metersOf("eu-1"));
        assertThat(registry.get("namespaces.cluster.set.aside")
                        .tag("cluster", "us-1")
                        .gauge()
                        .value())
                .isEqualTo(1);
    }

    @Test
    void an_unknown_cluster_is_counted_as_other_and_adds_no_meter() {
        int before = registry.getMeters().size();

        metrics.on(new LifecycleEvent.NamespaceFound(US, "tools"));
        assertThatThrownBy(() -> metrics.measure(FakeClusters.of("eu-1")).find(US, ResourceRef.namespace("tools")))
                .isInstanceOf(UnknownClusterException.class);

        assertThat(registry.getMeters()).hasSize(before);
        assertThat(registry.get("namespaces.ensures")
                        .tags("cluster", "other", "outcome", "found")
                        .counter()
                        .count())
                .isEqualTo(1);
    }

    @Test
    void gauges_of_searches_exist_from_the_first_result_on_and_keep_the_newest() {
        assertThat(registry.find("namespaces.orphans").gauge()).isNull();

        metrics.orphans(EU, 3);
        metrics.orphans(EU, 2);

        assertThat(registry.get("namespaces.orphans").gauge().value()).isEqualTo(2);
        assertThatThrownBy(() -> metrics.drifted(US, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("us-1");
    }

    static Stream<Arguments> events() {
        Namespace namespace = aNamespace().build();
        Target target = new Target(namespace.environmentId(), EU);
        DeploymentRecord deployment = new DeploymentRecord(target, 1, 1, null);
        NamespaceException failure = new UnknownClusterException(ErrorContext.of(Operation.DEPLOY, EU), Set.of());
        Duration time = Duration.ofSeconds(1);
        return Stream.of(
                arguments(new LifecycleEvent.NamespaceStored(namespace), "namespaces.stored created"),
                arguments(new LifecycleEvent.NamespaceUpdated(namespace), "namespaces.stored updated"),
                arguments(
                        new LifecycleEvent.NamespaceDeployed(EU, namespace, time),
                        "namespaces.applied none eu-1 succeeded"),
                arguments(
                        new LifecycleEvent.NamespaceFailed(EU, namespace, failure, time),
                        "namespaces.applied misconfigured eu-1 failed"),
                arguments(new LifecycleEvent.NamespaceUnfenced(EU, namespace, failure), "namespaces.unfenced eu-1"),
                arguments(
                        new LifecycleEvent.DeploymentCompleted(deployment, time),
                        "namespaces.deployments none eu-1 succeeded"),
                arguments(
                        new LifecycleEvent.DeploymentFailed(target, failure, time),
                        "namespaces.deployments misconfigured eu-1 failed"),
                arguments(new LifecycleEvent.DeploymentUnchanged(deployment), "namespaces.deployments.unchanged eu-1"),
                arguments(new LifecycleEvent.NamespaceCreated(EU, "tools"), "namespaces.ensures eu-1 created"),
                arguments(new LifecycleEvent.NamespaceFound(EU, "tools"), "namespaces.ensures eu-1 found"),
                arguments(new LifecycleEvent.EnsureFailed(EU, "tools", failure), "namespaces.ensures eu-1 failed"),
                arguments(new LifecycleEvent.LockAwaited(target, time), "namespaces.lock.waits eu-1"),
                arguments(new LifecycleEvent.InitializerMissed(EU, "tools"), "namespaces.initializer.misses eu-1"),
                arguments(
                        new LifecycleEvent.NamespaceClaimedTwice(EU, "tools", List.of(), target.environmentId()),
                        "namespaces.claimed.twice eu-1"),
                arguments(
                        new LifecycleEvent.NamespaceTerminating(EU, namespace, List.of()),
                        "namespaces.deletions eu-1 terminating"),
                arguments(new LifecycleEvent.NamespaceDeleted(EU, namespace), "namespaces.deletions eu-1 deleted"),
                arguments(
                        new LifecycleEvent.GatewayCallAbandoned(EU, null, time), "namespaces.gateway.abandoned eu-1"));
    }

    @ParameterizedTest
    @MethodSource("events")
    void one_meter_counts_an_event_once(LifecycleEvent event, String meter) {
        metrics.on(event);

        assertThat(registry.getMeters().stream().filter(each -> count(each) != 0))
                .singleElement()
                .satisfies(counted -> {
                    assertThat(count(counted)).isEqualTo(1);
                    assertThat(Stream.concat(
                                    Stream.of(counted.getId().getName()),
                                    counted.getId().getTags().stream().map(Tag::getValue)))
                            .containsExactly(meter.split(" ", -1));
                });
    }

    @Test
    void the_begin_is_the_only_event_that_no_meter_counts() {
        assertThat(LifecycleEvent.class.getDeclaredClasses())
                .filteredOn(event -> events().noneMatch(each -> event.isInstance(each.get()[0])))
                .containsExactly(LifecycleEvent.DeploymentBegun.class);
    }

    private static double count(Meter meter) {
        return meter.match(
                gauge -> 0.0,
                Counter::count,
                timer -> (double) timer.count(),
                summary -> 0.0,
                task -> 0.0,
                gauge -> 0.0,
                counter -> 0.0,
                timer -> 0.0,
                other -> 0.0);
    }
}
