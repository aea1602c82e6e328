package dev.namespaces.fabric8;

import java.time.Duration;

/** When a call of the gateway must have ended, however many requests it takes. */
final class Deadline {

    private final Duration limit;
    private final long end;

    private Deadline(Duration limit, long end) {
        this.limit = limit;
        this.end = end;
    }

    static Deadline in(Duration limit) {
        return new Deadline(limit, System.nanoTime() + limit.toNanos());
    }

    /** The whole time that the call was given. */
    Duration limit() {
        return limit;
    }

    /** What is left of it, never negative. */
    Duration remaining() {
        return Duration.ofNanos(Math.max(0, end - System.nanoTime()));
    }
}
