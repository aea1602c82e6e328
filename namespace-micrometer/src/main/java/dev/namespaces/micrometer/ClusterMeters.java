package dev.namespaces.micrometer;

import dev.namespaces.error.ClusterSetAsideException;
import dev.namespaces.error.ErrorCategory;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.Operation;
import dev.namespaces.error.OperationInterruptedException;
import dev.namespaces.error.ThrottledException;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/** All meters of one cluster, registered together, so that the rate of each begins at 0. */
final class ClusterMeters {

    static final List<Operation> VERBS = List.of(
            Operation.APPLY,
            Operation.CREATE,
            Operation.FIND,
            Operation.LIST,
            Operation.DELETE,
            Operation.DISCOVER,
            Operation.REVIEW_ACCESS);

    private static final String THROTTLED = "throttled";
    private static final String SET_ASIDE = "set_aside";
    private static final String INTERRUPTED = "interrupted";

    final Outcomes deployments;
    final Outcomes namespaces;
    final Counter unchanged;
    final Counter unfenced;
    final Counter claimedTwice;
    final Counter deleted;
    final Counter terminating;
    final Counter ensureCreated;
    final Counter ensureFound;
    final Counter ensureFailed;
    final Counter retries;
    final Counter abandoned;
    final Counter initializerCalls;
    final Counter initializerMisses;
    final Timer lockWaits;

    private final Map<Operation, Calls> calls = new EnumMap<>(Operation.class);
    private final Map<String, Counter> failures = new HashMap<>();

    ClusterMeters(MeterRegistry registry, Tags cluster) {
        deployments = new Outcomes(registry, "namespaces.deployments", cluster);
        namespaces = new Outcomes(registry, "namespaces.applied", cluster);
        unchanged = registry.counter("namespaces.deployments.unchanged", cluster);
        unfenced = registry.counter("namespaces.unfenced", cluster);
        claimedTwice = registry.counter("namespaces.claimed.twice", cluster);
        deleted = registry.counter("namespaces.deletions", cluster.and("outcome", "deleted"));
        terminating = registry.counter("namespaces.deletions", cluster.and("outcome", "terminating"));
        ensureCreated = registry.counter("namespaces.ensures", cluster.and("outcome", "created"));
        ensureFound = registry.counter("namespaces.ensures", cluster.and("outcome", "found"));
        ensureFailed = registry.counter("namespaces.ensures", cluster.and("outcome", "failed"));
        retries = registry.counter("namespaces.gateway.retries", cluster);
        abandoned = registry.counter("namespaces.gateway.abandoned", cluster);
        initializerCalls = registry.counter("namespaces.initializer.calls", cluster);
        initializerMisses = registry.counter("namespaces.initializer.misses", cluster);
        lockWaits = registry.timer("namespaces.lock.waits", cluster);
        for (Operation verb : VERBS) {
            calls.put(verb, new Calls(registry, cluster.and("verb", text(verb))));
        }
        for (ErrorCategory category : ErrorCategory.values()) {
            failure(registry, cluster, text(category));
        }
        List.of(THROTTLED, SET_ASIDE, INTERRUPTED).forEach(reason -> failure(registry, cluster, reason));
    }

    private void failure(MeterRegistry registry, Tags cluster, String reason) {
        failures.put(reason, registry.counter("namespaces.gateway.failures", cluster.and("reason", reason)));
    }

    /** A timer for success and one for each category of failure. */
    static final class Outcomes {

        private final Timer succeeded;
        private final Map<ErrorCategory, Timer> failed = new EnumMap<>(ErrorCategory.class);

        Outcomes(MeterRegistry registry, String name, Tags cluster) {
            succeeded = registry.timer(name, cluster.and("outcome", "succeeded", "category", "none"));
            for (ErrorCategory category : ErrorCategory.values()) {
                failed.put(
                        category, registry.timer(name, cluster.and("outcome", "failed", "category", text(category))));
            }
        }

        void succeeded(Duration elapsed) {
            succeeded.record(elapsed);
        }

        void failed(NamespaceException cause, Duration elapsed) {
            Objects.requireNonNull(failed.get(cause.category())).record(elapsed);
        }
    }

    private static final class Calls {

        final Timer succeeded;
        final Timer failed;

        Calls(MeterRegistry registry, Tags tags) {
            succeeded = registry.timer("namespaces.gateway.calls", tags.and("outcome", "succeeded"));
            failed = registry.timer("namespaces.gateway.calls", tags.and("outcome", "failed"));
        }
    }

    void called(Operation verb, long nanos) {
        Objects.requireNonNull(calls.get(verb)).succeeded.record(Duration.ofNanos(nanos));
    }

    /** Counts a failure. A call of a cluster that is set aside sends nothing, so it has no time. */
    void failed(Operation verb, Throwable thrown, long nanos) {
        if (!(thrown instanceof ClusterSetAsideException)) {
            Objects.requireNonNull(calls.get(verb)).failed.record(Duration.ofNanos(nanos));
        }
        Objects.requireNonNull(failures.get(reason(thrown))).increment();
    }

    private static String reason(Throwable thrown) {
        if (thrown instanceof ThrottledException) {
            return THROTTLED;
        } else if (thrown instanceof ClusterSetAsideException) {
            return SET_ASIDE;
        } else if (thrown instanceof OperationInterruptedException) {
            return INTERRUPTED;
        }
        return text(thrown instanceof NamespaceException failure ? failure.category() : ErrorCategory.INTERNAL);
    }

    /** Returns the constant as the value of a tag. */
    static String text(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}
