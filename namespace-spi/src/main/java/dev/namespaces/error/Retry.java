package dev.namespaces.error;

import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Whether the same call can succeed later without anybody changing anything, and when to try. */
public sealed interface Retry {

    /** It will fail again until somebody changes something. */
    record Never() implements Retry {}

    /**
     * It may succeed later.
     *
     * @param after how long to wait at least, or null where that is not known
     */
    record Later(@Nullable Duration after) implements Retry {}

    /** It will fail again until somebody changes something. */
    static Retry never() {
        return new Never();
    }

    /** It may succeed later; when is not known. */
    static Retry later() {
        return new Later(null);
    }

    /** It may succeed once that time has passed. */
    static Retry after(Duration wait) {
        return new Later(Objects.requireNonNull(wait, "wait"));
    }
}
