package dev.namespaces.core.fleet;

import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Which targets of the fleet to deploy, and how. Immutable; copies come from the {@code with} methods.
 *
 * @param filter which targets are meant
 * @param targetsPerCluster how many environments are under way on one cluster at once. How many requests a cluster gets
 *     at once is the lifecycle's {@code parallelismPerCluster}
 * @param failureLimit how many targets may fail before no further one begins, or null for any number
 * @param inPromotionOrder whether the environments are deployed wave by wave: those with the lowest
 *     {@link dev.namespaces.model.Environment#promotionOrder()} first, and the next wave after the last of them has
 *     ended within the failure limit
 * @param start where to begin
 * @param failuresKept how many failed targets the summary keeps
 * @param stopWait how long targets that are under way may go on after a stop was asked for
 */
public record FleetOptions(
        FleetFilter filter,
        int targetsPerCluster,
        @Nullable FailureLimit failureLimit,
        boolean inPromotionOrder,
        FleetPosition start,
        int failuresKept,
        Duration stopWait) {

    private static final FleetOptions DEFAULTS =
            new FleetOptions(FleetFilter.all(), 32, null, false, FleetPosition.start(), 100, Duration.ofSeconds(10));

    /** @throws IllegalArgumentException if a number or the wait is out of its range */
    public FleetOptions {
        Objects.requireNonNull(filter, "filter");
        Objects.requireNonNull(start, "start");
        if (targetsPerCluster < 1) {
            throw new IllegalArgumentException(
                    "The number of targets for each cluster must be positive, is " + targetsPerCluster);
        }
        if (failuresKept < 0) {
            throw new IllegalArgumentException(
                    "The number of failures that are kept must not be negative, is " + failuresKept);
        }
        if (stopWait.isNegative()) {
            throw new IllegalArgumentException("The wait of a stop must not be negative, is " + stopWait);
        }
        if (start.promotionOrder() != null && !inPromotionOrder) {
            throw new IllegalArgumentException("The position is one of a fleet in promotion order: " + start);
        }
    }

    /**
     * Returns options for the whole fleet in the order of ids: 32 environments at once on each cluster, any number of
     * failures, of which the summary keeps 100, and 10 seconds to stop.
     */
    public static FleetOptions defaults() {
        return DEFAULTS;
    }

    /** Returns a copy for these targets. */
    public FleetOptions withFilter(FleetFilter filter) {
        return new FleetOptions(
                filter, targetsPerCluster, failureLimit, inPromotionOrder, start, failuresKept, stopWait);
    }

    /** Returns a copy with this many environments at once on each cluster. */
    public FleetOptions withTargetsPerCluster(int targets) {
        return new FleetOptions(filter, targets, failureLimit, inPromotionOrder, start, failuresKept, stopWait);
    }

    /** Returns a copy with this limit of failures. */
    public FleetOptions withFailureLimit(FailureLimit limit) {
        return new FleetOptions(filter, targetsPerCluster, limit, inPromotionOrder, start, failuresKept, stopWait);
    }

    /** Returns a copy that deploys wave by wave. */
    public FleetOptions withPromotionOrder() {
        return new FleetOptions(filter, targetsPerCluster, failureLimit, true, start, failuresKept, stopWait);
    }

    /** Returns a copy that begins at this position, such as the end of an earlier call. */
    public FleetOptions withStart(FleetPosition start) {
        return new FleetOptions(
                filter, targetsPerCluster, failureLimit, inPromotionOrder, start, failuresKept, stopWait);
    }

    /** Returns a copy whose summary keeps this many failed targets. */
    public FleetOptions withFailuresKept(int failures) {
        return new FleetOptions(filter, targetsPerCluster, failureLimit, inPromotionOrder, start, failures, stopWait);
    }

    /** Returns a copy that lets targets go on for this long after a stop was asked for. */
    public FleetOptions withStopWait(Duration wait) {
        return new FleetOptions(filter, targetsPerCluster, failureLimit, inPromotionOrder, start, failuresKept, wait);
    }
}
