package dev.namespaces.micrometer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.namespaces.error.OperationInterruptedException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.resilience4j.BreakerClusterGateway;
import dev.namespaces.spi.ClusterGateway;
import dev.namespaces.testkit.Failure;
import dev.namespaces.testkit.FakeClusters;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class MeasuredGatewayTest {

    private static final ClusterId EU = new ClusterId("eu-1");

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final FakeClusters clusters = FakeClusters.of("eu-1");
    private final CircuitBreakerRegistry breakers =
            CircuitBreakerRegistry.of(BreakerClusterGateway.defaults().build());
    private final ClusterGateway gateway = new NamespaceMetrics(registry, ObservationRegistry.NOOP, List.of(EU))
            .measure(new BreakerClusterGateway(clusters, breakers));

    static Stream<Arguments> failures() {
        return Stream.of(
                arguments(Failure.throttled(null), "throttled"),
                arguments(Failure.unreachable(), "unavailable"),
                arguments(Failure.forbidden(), "misconfigured"),
                arguments((Failure) call -> new OperationInterruptedException(call.context(), null), "interrupted"),
                arguments(Failure.crash(), "internal"));
    }

    @ParameterizedTest
    @MethodSource("failures")
    void a_failed_call_is_timed_and_counted_by_its_reason(Failure failure, String reason) {
        clusters.faults().failNext(failure);

        assertThat(catchThrowable(() -> gateway.find(EU, ResourceRef.namespace("tools"))))
                .isNotNull();

        assertThat(reasons()).containsExactly(reason + " 1.0");
        assertThat(timed("failed")).isEqualTo(1);
        assertThat(timed("succeeded")).isZero();
    }

    @Test
    void a_call_that_the_breaker_refuses_is_counted_and_has_no_time() {
        breakers.circuitBreaker("eu-1").transitionToForcedOpenState();

        assertThat(catchThrowable(() -> gateway.find(EU, ResourceRef.namespace("tools"))))
                .isNotNull();

        assertThat(reasons()).containsExactly("set_aside 1.0");
        assertThat(timed("failed")).isZero();
    }

    @Test
    void an_absence_is_an_answer_and_no_failure() {
        assertThat(gateway.find(EU, ResourceRef.namespace("tools"))).isEmpty();

        assertThat(reasons()).isEmpty();
        assertThat(timed("succeeded")).isEqualTo(1);
    }

    private List<String> reasons() {
        return registry.get("namespaces.gateway.failures").counters().stream()
                .filter(counter -> counter.count() > 0)
                .map(counter -> counter.getId().getTag("reason") + " " + counter.count())
                .toList();
    }

    private long timed(String outcome) {
        return registry.get("namespaces.gateway.calls")
                .tags("cluster", "eu-1", "verb", "find", "outcome", outcome)
                .timer()
                .count();
    }
}
