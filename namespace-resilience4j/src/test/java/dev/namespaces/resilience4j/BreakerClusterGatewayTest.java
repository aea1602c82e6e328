package dev.namespaces.resilience4j;

import static dev.namespaces.testkit.TestData.anEnvironment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.core.deploy.DeployOptions;
import dev.namespaces.core.fleet.FleetCounts;
import dev.namespaces.core.fleet.FleetOptions;
import dev.namespaces.core.fleet.FleetReport;
import dev.namespaces.core.request.NamespaceRequest;
import dev.namespaces.error.Arrival;
import dev.namespaces.error.ClusterSetAsideException;
import dev.namespaces.error.ClusterUnreachableException;
import dev.namespaces.error.OperationInterruptedException;
import dev.namespaces.error.Retry;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.Environment;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.spi.AccessReviews;
import dev.namespaces.spi.AccessRule;
import dev.namespaces.spi.ClusterAvailability;
import dev.namespaces.testkit.Failure;
import dev.namespaces.testkit.FakeClusters;
import dev.namespaces.testkit.Faults.Fault;
import dev.namespaces.testkit.InMemoryStores;
import dev.namespaces.testkit.RecordingClusterGateway;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class BreakerClusterGatewayTest {

    private static final ClusterId EU = new ClusterId("eu-1");
    private static final ClusterId US = new ClusterId("us-1");

    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-05-06T07:08:09Z"));
    private final FakeClusters clusters = FakeClusters.of("eu-1", "us-1");
    private final RecordingClusterGateway recorded = new RecordingClusterGateway(clusters);
    private final BreakerClusterGateway gateway = new BreakerClusterGateway(
            recorded,
            CircuitBreakerRegistry.of(BreakerClusterGateway.defaults()
                    .clock(clock())
                    .currentTimestampFunction(Clock::millis, TimeUnit.MILLISECONDS)
                    .build()));

    @Test
    void a_cluster_that_keeps_failing_gets_no_call_for_a_while() {
        clusters.faults().on(call -> call.cluster().equals(EU)).fail(Failure.unreachable());
        fail(EU, 5);
        recorded.forgetCalls();

        assertThatThrownBy(() -> find(EU)).isInstanceOfSatisfying(ClusterSetAsideException.class, setAside -> {
            assertThat(setAside.retry()).isEqualTo(Retry.after(Duration.ofSeconds(30)));
            assertThat(setAside.arrival()).isEqualTo(Arrival.SETTLED);
            assertThat(setAside.context().cluster()).isEqualTo(EU);
        });

        recorded.assertThat().hasSeenNoCall();
        assertThat(gateway.setAsideFor(EU)).contains(Duration.ofSeconds(30));
    }

    @Test
    void other_clusters_are_called_as_before() {
        clusters.faults().on(call -> call.cluster().equals(EU)).fail(Failure.unreachable());
        fail(EU, 5);

        assertThat(gateway.setAsideFor(US)).isEmpty();
        find(US);
    }

    @Test
    void one_probe_decides_whether_the_cluster_is_called_again() {
        Fault fault = clusters.faults().on(call -> true).fail(Failure.timeout());
        fail(EU, 5);
        advance(Duration.ofSeconds(29));
        assertThat(gateway.setAsideFor(EU)).contains(Duration.ofSeconds(1));

        advance(Duration.ofSeconds(2));
        assertThat(gateway.setAsideFor(EU)).isEmpty();
        fail(EU, 1);
        assertThat(gateway.setAsideFor(EU)).contains(Duration.ofSeconds(30));

        fault.remove();
        advance(Duration.ofSeconds(31));
        find(EU);
        find(EU);
        assertThat(gateway.setAsideFor(EU)).isEmpty();
    }

    @Test
    void other_calls_wait_a_second_while_a_probe_is_under_way() throws Exception {
        Fault fault = clusters.faults().on(call -> true).fail(Failure.unreachable());
        fail(EU, 5);
        fault.remove();
        advance(Duration.ofSeconds(31));
        Fault block = clusters.faults().on(call -> true).block();
        CompletableFuture<Void> probe = CompletableFuture.runAsync(() -> find(EU));
        block.awaitHits(1);

        assertThat(gateway.setAsideFor(EU)).contains(Duration.ofSeconds(1));
        assertThatThrownBy(() -> find(EU)).isInstanceOf(ClusterSetAsideException.class);

        block.remove();
        probe.get(30, TimeUnit.SECONDS);
        find(EU);
    }

    @Test
    void an_answer_of_the_cluster_is_no_failure_even_if_it_refuses() {
        clusters.faults().on(call -> true).fail(Failure.forbidden());

        for (int i = 0; i < 20; i++) {
            assertThat(catchThrowable(() -> find(EU))).isNotInstanceOf(ClusterSetAsideException.class);
        }

        assertThat(gateway.setAsideFor(EU)).isEmpty();
    }

    @Test
    void an_error_of_the_server_is_a_failure() {
        clusters.faults().on(call -> true).fail(Failure.status(503));

        fail(EU, 5);

        assertThat(gateway.setAsideFor(EU)).isPresent();
    }

    @Test
    void an_interrupted_call_says_nothing_about_the_cluster() {
        clusters.faults().on(call -> true).fail(call -> new OperationInterruptedException(call.context(), null));

        fail(EU, 20);

        assertThat(gateway.setAsideFor(EU)).isEmpty();
    }

    @Test
    void an_interrupted_call_that_was_slow_is_a_failure() {
        clusters.faults().on(call -> true).fail(call -> {
            advance(Duration.ofMinutes(2));
            return new OperationInterruptedException(call.context(), null);
        });

        fail(EU, 5);

        assertThat(gateway.setAsideFor(EU)).isPresent();
    }

    @Test
    void abilities_of_the_wrapped_gateway_are_found() {
        assertThat(gateway.extension(ClusterAvailability.class)).containsSame(gateway);
        assertThat(gateway.extension(AccessReviews.class)).isEmpty();
        assertThat(BreakerClusterGateway.of(reviewing()).extension(AccessReviews.class))
                .containsInstanceOf(BreakerClusterGateway.class);
    }

    @Test
    void a_review_of_access_goes_through_the_breaker() {
        clusters.faults().on(call -> true).fail(Failure.unreachable());
        BreakerClusterGateway breaker = BreakerClusterGateway.of(reviewing());
        AccessReviews reviews = breaker.extension(AccessReviews.class).orElseThrow();
        assertThat(reviews.missingAccess(EU, AccessRule.ensureOnly())).isEmpty();

        for (int i = 0; i < 5; i++) {
            assertThat(catchThrowable(() -> breaker.serves(EU, "v1", "Pod"))).isNotNull();
        }

        assertThatThrownBy(() -> reviews.missingAccess(EU, AccessRule.ensureOnly()))
                .isInstanceOf(ClusterSetAsideException.class);
    }

    private AccessReviews reviewing() {
        return (AccessReviews) Proxy.newProxyInstance(
                AccessReviews.class.getClassLoader(),
                new Class<?>[] {AccessReviews.class},
                (proxy, method, arguments) -> switch (method.getName()) {
                    case "extension" ->
                        ((Class<?>) arguments[0]).isInstance(proxy) ? Optional.of(proxy) : Optional.empty();
                    case "missingAccess" -> List.of();
                    default -> {
                        try {
                            yield method.invoke(clusters, arguments);
                        } catch (InvocationTargetException e) {
                            throw e.getCause();
                        }
                    }
                });
    }

    @Test
    void a_fleet_goes_on_without_the_cluster_that_fails() {
        InMemoryStores stores = new InMemoryStores(Clock.systemUTC());
        clusters.faults().on(call -> call.cluster().equals(EU)).fail(Failure.unreachable());
        try (NamespaceLifecycle lifecycle =
                NamespaceLifecycle.builder(gateway, stores.stores()).build()) {
            for (int i = 0; i < 60; i++) {
                Environment environment =
                        anEnvironment().id("e-" + i).clusters("eu-1", "us-1").build();
                stores.environments().save(environment);
                lifecycle.create(NamespaceRequest.of(environment.id(), "web-" + i));
            }

            FleetReport report = lifecycle.deployAll(
                    FleetOptions.defaults().withTargetsPerCluster(4), DeployOptions.defaults(), result -> {});

            assertThat(report.targets().failed() + report.targets().setAside()).isEqualTo(60);
            assertThat(report.clusters().get(US)).isEqualTo(new FleetCounts(60, 0, 0, 0));
            assertThat(report.targets().failed()).isLessThan(20);
            assertThat(report.failures())
                    .allSatisfy(failed -> assertThat(failed.cluster().failures())
                            .first()
                            .isInstanceOf(ClusterUnreachableException.class));
        }
    }

    private void find(ClusterId cluster) {
        gateway.find(cluster, ResourceRef.namespace("web"));
    }

    private void fail(ClusterId cluster, int times) {
        for (int i = 0; i < times; i++) {
            assertThat(catchThrowable(() -> find(cluster)))
                    .isNotInstanceOf(ClusterSetAsideException.class)
                    .isNotNull();
            Thread.interrupted();
        }
    }

    private void advance(Duration time) {
        now.updateAndGet(former -> former.plus(time));
    }

    private Clock clock() {
        return new Clock() {
            @Override
            public ZoneId getZone() {
                return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(ZoneId zone) {
                return this;
            }

            @Override
            public Instant instant() {
                return now.get();
            }
        };
    }
}
