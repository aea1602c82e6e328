package dev.namespaces.dbscheduler;

import java.time.Duration;
import java.time.Instant;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Counts how long ago the targets of a fleet were deployed, in a memory of constant size. With the counts, each target
 * gets its place in the order "stalest first" without a sort. Two ages that differ by less than one percent may change
 * places.
 */
final class Ages {

    private static final int BUCKETS_PER_FACTOR_E = 200;
    private static final int NEVER = 5_000;

    private final Instant now;
    private final long[] counts = new long[NEVER + 1];
    private final long[] staler = new long[NEVER + 1];
    private long total;

    Ages(Instant now) {
        this.now = now;
    }

    /**
     * Counts one target.
     *
     * @param deployedAt when the target was deployed, or null if it is not known to be
     */
    void count(@Nullable Instant deployedAt) {
        counts[bucket(deployedAt)]++;
        total++;
    }

    /** Ends the counting. The caller calls this once, before it asks for places. */
    void counted() {
        for (int bucket = NEVER - 1; bucket >= 0; bucket--) {
            staler[bucket] = staler[bucket + 1] + counts[bucket + 1];
        }
    }

    /** Returns the place of a target of that age: 0 for the stalest, less than 1, random among equals. */
    double place(@Nullable Instant deployedAt, RandomGenerator random) {
        int bucket = bucket(deployedAt);
        double before = (double) staler[bucket] + random.nextDouble() * (double) counts[bucket];
        return total == 0 ? 0 : Math.min(before / (double) total, Math.nextDown(1.0));
    }

    private int bucket(@Nullable Instant deployedAt) {
        if (deployedAt == null) {
            return NEVER;
        }
        long seconds = Math.max(0, Duration.between(deployedAt, now).toSeconds());
        return (int) Math.min(NEVER - 1, Math.log1p((double) seconds) * BUCKETS_PER_FACTOR_E);
    }
}
