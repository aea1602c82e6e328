package dev.namespaces.core;

import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.OperationInterruptedException;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** Growing pauses with jitter, until a deadline. Used by one thread. */
final class Backoff {

    private final long deadline;
    private final long longest;
    private long next;

    /**
     * @param first the first pause, on average; each later one is twice as long, up to {@code longest}
     * @param limit the time until the deadline, from now on
     */
    Backoff(Duration first, Duration longest, Duration limit) {
        this.next = nanos(first);
        this.longest = nanos(longest);
        this.deadline = System.nanoTime() + nanos(limit);
    }

    boolean isOver() {
        return deadline - System.nanoTime() <= 0;
    }

    Duration remaining() {
        return Duration.ofNanos(Math.max(0, deadline - System.nanoTime()));
    }

    /** Returns the next pause, which does not go past the deadline. */
    Duration next() {
        long pause = ThreadLocalRandom.current().nextLong(next / 2, next + next / 2 + 1);
        next = Math.min(next * 2, longest);
        return Duration.ofNanos(Math.max(0, Math.min(pause, deadline - System.nanoTime())));
    }

    /** Waits for the next pause, or for a longer one if somebody asked for it. */
    void pause(Duration atLeast, ErrorContext context) {
        long pause =
                Math.max(next().toNanos(), Math.min(nanos(atLeast), remaining().toNanos()));
        try {
            TimeUnit.NANOSECONDS.sleep(pause);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new OperationInterruptedException(context, e);
        }
    }

    /** A duration of more nanoseconds than a long can count is as long as one can. */
    private static long nanos(Duration duration) {
        return Math.min(TimeUnit.NANOSECONDS.convert(duration), Long.MAX_VALUE / 4);
    }
}
