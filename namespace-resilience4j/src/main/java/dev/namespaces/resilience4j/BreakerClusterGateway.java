package dev.namespaces.resilience4j;

import dev.namespaces.error.ClusterException;
import dev.namespaces.error.ClusterFailureException;
import dev.namespaces.error.ClusterSetAsideException;
import dev.namespaces.error.ClusterTimeoutException;
import dev.namespaces.error.ClusterUnreachableException;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.Operation;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.spi.AccessReviews;
import dev.namespaces.spi.AccessRule;
import dev.namespaces.spi.ApplyOptions;
import dev.namespaces.spi.ApplyResult;
import dev.namespaces.spi.ClusterAvailability;
import dev.namespaces.spi.ClusterGateway;
import dev.namespaces.spi.CreateOptions;
import dev.namespaces.spi.CreateResult;
import dev.namespaces.spi.DeleteOptions;
import dev.namespaces.spi.DeleteResult;
import dev.namespaces.spi.ListQuery;
import dev.namespaces.spi.ObjectPage;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.github.resilience4j.circuitbreaker.event.CircuitBreakerOnStateTransitionEvent;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A gateway that leaves a cluster alone for a while after it has failed too often, and then tries it with single calls.
 * Each cluster has a circuit breaker of its own, which is named by the cluster's id.
 *
 * <p>A call has failed for the breaker if the cluster cannot be reached, does not answer in time, or fails by itself
 * ({@link ClusterUnreachableException}, {@link ClusterTimeoutException}, {@link ClusterFailureException} from 500 up).
 * Every other answer shows that the cluster works, also a refusal. While a breaker is open, calls throw
 * {@link ClusterSetAsideException} and send nothing.
 *
 * <p>Safe to use from many threads at once. The contract of a {@link ClusterGateway} is that of the wrapped one.
 */
public final class BreakerClusterGateway implements ClusterAvailability, AccessReviews {

    /** How long callers are told to wait while another call probes the cluster. */
    private static final Duration PROBE = Duration.ofSeconds(1);

    private final ClusterGateway delegate;
    private final CircuitBreakerRegistry breakers;
    private final Map<ClusterId, CircuitBreaker> known = new ConcurrentHashMap<>();
    private final Map<ClusterId, Instant> openUntil = new ConcurrentHashMap<>();

    /**
     * Wraps a gateway.
     *
     * @param delegate reaches the clusters
     * @param breakers creates a breaker for each cluster with its default configuration; see {@link #defaults()}. A
     *     host that measures its breakers hands in its own registry
     */
    public BreakerClusterGateway(ClusterGateway delegate, CircuitBreakerRegistry breakers) {
        this.delegate = Objects.requireNonNull(delegate, "delegate");
        this.breakers = Objects.requireNonNull(breakers, "breakers");
    }

    /** Wraps a gateway, with breakers that have {@link #defaults()}. */
    public static BreakerClusterGateway of(ClusterGateway delegate) {
        return new BreakerClusterGateway(
                delegate, CircuitBreakerRegistry.of(defaults().build()));
    }

    /**
     * Returns the configuration that is meant for clusters: a breaker opens once half of the last 10 calls have failed,
     * from the fifth call on, for 30 seconds, and then lets one call through. A call that takes over a minute has
     * failed. With a shorter {@code gatewayCallLimit} of the lifecycle, the threshold for slow calls has to be shorter,
     * too: a call that the lifecycle interrupts before says nothing about the cluster.
     */
    public static CircuitBreakerConfig.Builder defaults() {
        return CircuitBreakerConfig.custom()
                .slidingWindowSize(10)
                .minimumNumberOfCalls(5)
                .failureRateThreshold(50)
                .slowCallDurationThreshold(Duration.ofMinutes(1))
                .slowCallRateThreshold(50)
                .waitDurationInOpenState(Duration.ofSeconds(30))
                .permittedNumberOfCallsInHalfOpenState(1)
                // A probe that never returns must not keep the cluster set aside.
                .maxWaitDurationInHalfOpenState(Duration.ofMinutes(2));
    }

    @Override
    public Optional<Duration> setAsideFor(ClusterId cluster) {
        CircuitBreaker breaker = breaker(cluster);
        if (breaker.tryAcquirePermission()) {
            breaker.releasePermission();
            return Optional.empty();
        }
        return Optional.of(wait(cluster, breaker));
    }

    @Override
    public ApplyResult apply(ClusterId cluster, HasMetadata manifest, ApplyOptions options) {
        return call(cluster, Operation.APPLY, () -> delegate.apply(cluster, manifest, options));
    }

    @Override
    public CreateResult create(ClusterId cluster, HasMetadata manifest, CreateOptions options) {
        return call(cluster, Operation.CREATE, () -> delegate.create(cluster, manifest, options));
    }

    @Override
    public Optional<HasMetadata> find(ClusterId cluster, ResourceRef resource) {
        return call(cluster, Operation.FIND, () -> delegate.find(cluster, resource));
    }

    @Override
    public ObjectPage list(ClusterId cluster, ListQuery query) {
        return call(cluster, Operation.LIST, () -> delegate.list(cluster, query));
    }

    @Override
    public DeleteResult delete(ClusterId cluster, ResourceRef resource, DeleteOptions options) {
        return call(cluster, Operation.DELETE, () -> delegate.delete(cluster, resource, options));
    }

    @Override
    public boolean serves(ClusterId cluster, String apiVersion, String kind) {
        return call(cluster, Operation.DISCOVER, () -> delegate.serves(cluster, apiVersion, kind));
    }

    /** @throws UnsupportedOperationException if the wrapped gateway cannot review access; {@link #extension} says so */
    @Override
    public List<AccessRule> missingAccess(ClusterId cluster, Collection<AccessRule> rules, @Nullable String namespace) {
        AccessReviews reviews = delegate.extension(AccessReviews.class)
                .orElseThrow(() -> new UnsupportedOperationException("The wrapped gateway cannot review access"));
        return call(cluster, Operation.REVIEW_ACCESS, () -> reviews.missingAccess(cluster, rules, namespace));
    }

    @Override
    public <E extends ClusterGateway> Optional<E> extension(Class<E> type) {
        Optional<E> wrapped = delegate.extension(type);
        boolean isOurs = type.isInstance(this) && (type != AccessReviews.class || wrapped.isPresent());
        return isOurs ? Optional.of(type.cast(this)) : wrapped;
    }

    private <T> T call(ClusterId cluster, Operation operation, Supplier<T> call) {
        CircuitBreaker breaker = breaker(cluster);
        if (!breaker.tryAcquirePermission()) {
            throw new ClusterSetAsideException(ErrorContext.of(operation, cluster), wait(cluster, breaker));
        }
        long start = breaker.getCurrentTimestamp();
        try {
            T answer = call.get();
            breaker.onSuccess(breaker.getCurrentTimestamp() - start, breaker.getTimestampUnit());
            return answer;
        } catch (RuntimeException | Error e) {
            note(breaker, breaker.getCurrentTimestamp() - start, e);
            throw e;
        }
    }

    private static void note(CircuitBreaker breaker, long elapsed, Throwable thrown) {
        if (saysThatClusterFails(thrown) || isSlow(breaker, elapsed)) {
            breaker.onError(elapsed, breaker.getTimestampUnit(), thrown);
        } else if (thrown instanceof ClusterException) {
            breaker.onSuccess(elapsed, breaker.getTimestampUnit());
        } else {
            // An interrupt, or a defect of the gateway, says nothing about the cluster.
            breaker.releasePermission();
        }
    }

    private static boolean saysThatClusterFails(Throwable thrown) {
        return thrown instanceof ClusterUnreachableException
                || thrown instanceof ClusterTimeoutException
                || (thrown instanceof ClusterFailureException failure && failure.statusCode() >= 500);
    }

    private static boolean isSlow(CircuitBreaker breaker, long elapsed) {
        Duration threshold = breaker.getCircuitBreakerConfig().getSlowCallDurationThreshold();
        return Duration.of(elapsed, breaker.getTimestampUnit().toChronoUnit()).compareTo(threshold) > 0;
    }

    private CircuitBreaker breaker(ClusterId cluster) {
        return known.computeIfAbsent(cluster, id -> {
            CircuitBreaker breaker = breakers.circuitBreaker(id.value());
            breaker.getEventPublisher().onStateTransition(event -> noteTransition(id, breaker, event));
            return breaker;
        });
    }

    private void noteTransition(ClusterId cluster, CircuitBreaker breaker, CircuitBreakerOnStateTransitionEvent event) {
        if (event.getStateTransition().getToState() == CircuitBreaker.State.OPEN) {
            CircuitBreakerConfig config = breaker.getCircuitBreakerConfig();
            long millis = config.getWaitIntervalFunctionInOpenState().apply(1);
            openUntil.put(cluster, config.getClock().instant().plusMillis(millis));
        }
    }

    /** Returns how long the breaker, which lets no call through, stays as it is. */
    private Duration wait(ClusterId cluster, CircuitBreaker breaker) {
        Instant until = openUntil.getOrDefault(cluster, Instant.MIN);
        Instant now = breaker.getCircuitBreakerConfig().getClock().instant();
        boolean isOpen = breaker.getState() == CircuitBreaker.State.OPEN && until.isAfter(now);
        return isOpen ? Duration.between(now, until) : PROBE;
    }
}
