package dev.namespaces.fabric8;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** The time at which a call of the gateway must have ended, with all of its requests. */
final class Deadline {

    private final Duration limit;
    private final long end;

    private Deadline(Duration limit, long end) {
        this.limit = limit;
        this.end = end;
    }

    static Deadline in(Duration limit) {
        // Half of the greatest long, so that the difference of two times does not overflow.
        long nanos = Math.min(TimeUnit.NANOSECONDS.convert(limit), Long.MAX_VALUE / 2);
        return new Deadline(limit, System.nanoTime() + nanos);
    }

    /** Returns the whole time that the call was given. */
    Duration limit() {
        return limit;
    }

    /** Returns the time that is left, never negative. */
    Duration remaining() {
        return Duration.ofNanos(Math.max(0, end - System.nanoTime()));
    }
}
