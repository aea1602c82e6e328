package dev.namespaces.dbscheduler;

import dev.namespaces.error.NamespaceException;
import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * Computes when a target that failed has its next attempt.
 *
 * @param first the wait after the first failure, on average; it doubles with each further one
 * @param longest the longest wait after a failure that is retryable, on average
 */
record Retries(Duration first, Duration longest) {

    /**
     * After a failure that is not retryable, a change or the round brings the next attempt. Otherwise this wait does.
     * No failure waits longer.
     */
    static final Duration LAST_RESORT = Duration.ofDays(30);

    private static final int MOST_DOUBLINGS = 30;

    Retries {
        if (first.isNegative() || first.isZero() || first.compareTo(longest) > 0) {
            throw new IllegalArgumentException(
                    "The first wait must be positive and not longer than the longest, is " + first + " of " + longest);
        }
    }

    /**
     * Returns the wait after a failure. It is at least as long as the failure says, and grows with each failure.
     *
     * @param failures how many attempts have failed in a row, at least 1
     */
    Duration after(Throwable failure, int failures, RandomGenerator random) {
        if (failure instanceof NamespaceException known && !known.isRetryable()) {
            return LAST_RESORT;
        }
        Duration doubled = first.multipliedBy(1L << Math.min(failures - 1, MOST_DOUBLINGS));
        Duration growing = shorter(doubled, longest);
        Duration asked = failure instanceof NamespaceException known
                ? bounded(known.retryAfter().orElse(Duration.ZERO))
                : Duration.ZERO;
        // Many targets fail at the same moment with the same wait, so a random part keeps them apart.
        return asked.compareTo(growing) > 0
                ? asked.plus(partOf(growing, random))
                : growing.dividedBy(2).plus(partOf(growing, random));
    }

    /**
     * Returns the wait for a cluster that is set aside. The targets of the cluster spread over a time that grows with
     * the outage, so that a cluster that is away for hours costs little.
     *
     * @param asked the wait that the circuit breaker asks for
     * @param outage for how long the cluster has been set aside for this target
     */
    Duration whileSetAside(Duration asked, Duration outage, RandomGenerator random) {
        Duration wait = bounded(asked);
        Duration spread = shorter(outage, longest);
        return wait.plus(partOf(spread.compareTo(wait) > 0 ? spread : wait, random));
    }

    /** Returns the wait that others ask for, if it makes sense. */
    private static Duration bounded(Duration asked) {
        return asked.isNegative() ? Duration.ZERO : shorter(asked, LAST_RESORT);
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    private static Duration partOf(Duration whole, RandomGenerator random) {
        return Duration.ofMillis(random.nextLong(whole.toMillis() + 1));
    }
}
