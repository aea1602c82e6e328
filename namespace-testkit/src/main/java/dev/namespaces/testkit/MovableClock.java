package dev.namespaces.testkit;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Objects;

/** A clock that moves only when a test says so. Safe to use from many threads at once. */
public final class MovableClock extends Clock {

    private volatile Instant now;

    private MovableClock(Instant now) {
        this.now = Objects.requireNonNull(now, "now");
    }

    /** Returns a clock that shows that time, in UTC. */
    public static MovableClock at(Instant now) {
        return new MovableClock(now);
    }

    /** Moves the clock on by that time. */
    public synchronized void advance(Duration by) {
        now = now.plus(by);
    }

    /** Sets the clock to that time, which may be earlier than before. */
    public synchronized void set(Instant time) {
        now = Objects.requireNonNull(time, "time");
    }

    @Override
    public Instant instant() {
        return now;
    }

    @Override
    public ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    /** Returns a clock in that zone that moves together with this one. */
    @Override
    public Clock withZone(ZoneId zone) {
        return new Clock() {
            @Override
            public Instant instant() {
                return MovableClock.this.instant();
            }

            @Override
            public ZoneId getZone() {
                return zone;
            }

            @Override
            public Clock withZone(ZoneId other) {
                return MovableClock.this.withZone(other);
            }
        };
    }
}
