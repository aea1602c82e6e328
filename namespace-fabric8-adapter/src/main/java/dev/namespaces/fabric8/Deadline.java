package dev.namespaces.fabric8;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** When a call of the gateway must have ended, however many requests it takes. */
final class Deadline {

    private final Duration limit;
    private final long end;

    private Deadline(Duration limit, long end) {
        this.limit = limit;
        this.end = end;
    }

    static Deadline in(Duration limit) {
        // Half of what a long holds, so that the difference of two times still does.
        long nanos = Math.min(TimeUnit.NANOSECONDS.convert(limit), Long.MAX_VALUE / 2);
        return new Deadline(limit, System.nanoTime() + nanos);
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
