package dev.namespaces.error;

import java.io.Serializable;
import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Says whether the same call can succeed later without anybody changing anything, and when to try. */
public sealed interface Retry extends Serializable {

    /** The call fails again until somebody changes something. */
    record Never() implements Retry {}

    /**
     * The call may succeed later.
     *
     * @param after how long to wait at least, or null where that is not known
     */
    record Later(@Nullable Duration after) implements Retry {}

    /** Returns that the call fails again until somebody changes something. */
    static Retry never() {
        return new Never();
    }

    /** Returns that the call may succeed later, at a time that is not known. */
    static Retry later() {
        return new Later(null);
    }

    /** Returns that the call may succeed once the given time has passed. */
    static Retry after(Duration wait) {
        return new Later(Objects.requireNonNull(wait, "wait"));
    }

    /**
     * Returns when a call may succeed that failed for all of the given reasons: never if one of them never passes, and
     * otherwise after the longest wait.
     */
    static Retry ofAll(Collection<Retry> reasons) {
        if (!reasons.stream().allMatch(Later.class::isInstance)) {
            return never();
        }
        return reasons.stream()
                .map(Later.class::cast)
                .max(Comparator.comparing(Later::after, Comparator.nullsFirst(Comparator.naturalOrder())))
                .<Retry>map(longest -> longest)
                .orElse(later());
    }
}
