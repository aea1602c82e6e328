package dev.namespaces.core.delete;

import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How to delete. Immutable; copies come from the {@code with} methods.
 *
 * @param waitForEnd how long to wait until everything is gone; zero for one look
 * @param confirmedDeletions how many deletions a person has confirmed, or null for none; needed for a plan with more
 *     deletions than the lifecycle's cap
 */
public record DeletionOptions(Duration waitForEnd, @Nullable Integer confirmedDeletions) {

    /** @throws IllegalArgumentException if the wait or the number is negative */
    public DeletionOptions {
        if (Objects.requireNonNull(waitForEnd, "waitForEnd").isNegative()) {
            throw new IllegalArgumentException("The wait must not be negative, is " + waitForEnd);
        }
        if (confirmedDeletions != null && confirmedDeletions < 0) {
            throw new IllegalArgumentException(
                    "The number of confirmed deletions must not be negative, is " + confirmedDeletions);
        }
    }

    /** Returns options that wait this long until everything is gone. */
    public static DeletionOptions waiting(Duration wait) {
        return new DeletionOptions(wait, null);
    }

    /** Returns a copy that confirms exactly that many deletions, more than the lifecycle's cap. */
    public DeletionOptions withConfirmedDeletions(int deletions) {
        return new DeletionOptions(waitForEnd, deletions);
    }
}
