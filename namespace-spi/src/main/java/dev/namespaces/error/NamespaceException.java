package dev.namespaces.error;

import dev.namespaces.model.Shown;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The root of all exceptions of this library, except {@link IllegalArgumentException} and {@link NullPointerException}
 * for mistakes in the calling code. Facts are fields; the message repeats them for people. Messages have no secrets, no
 * manifests and no stored values, and are one line of bounded length (see {@link Shown}). Nothing is lost when an
 * exception is serialized.
 */
public abstract class NamespaceException extends RuntimeException {

    private static final int LONGEST_MESSAGE = 10_000;

    private final ErrorContext context;
    private final ErrorCategory category;
    private final String reason;
    private final Retry retry;

    /**
     * @param context what was being done
     * @param category what has to change before the call can succeed
     * @param reason what went wrong and what to do next; follows {@code Cannot <context>:} in the message
     * @param retry whether the call may succeed later
     * @param cause the exception that led to this one, or null
     */
    protected NamespaceException(
            ErrorContext context, ErrorCategory category, String reason, Retry retry, @Nullable Throwable cause) {
        super(Shown.of("Cannot " + context + ": " + reason, LONGEST_MESSAGE), cause);
        this.context = context;
        this.category = Objects.requireNonNull(category, "category");
        this.reason = Shown.of(reason, LONGEST_MESSAGE);
        this.retry = Objects.requireNonNull(retry, "retry");
    }

    /** Returns what was being done, and to what. */
    public final ErrorContext context() {
        return context;
    }

    /** Returns what has to change before the call can succeed. */
    public final ErrorCategory category() {
        return category;
    }

    /** Returns the second half of the message: what went wrong and what to do next. */
    public final String reason() {
        return reason;
    }

    /** Returns whether the same call may succeed later without anybody changing anything. */
    public final boolean isRetryable() {
        return retry instanceof Retry.Later;
    }

    /** Returns how long to wait before a retry; empty where that is not known or a retry makes no sense. */
    public final Optional<Duration> retryAfter() {
        return retry instanceof Retry.Later later ? Optional.ofNullable(later.after()) : Optional.empty();
    }

    /** Returns whether and when to retry. */
    public final Retry retry() {
        return retry;
    }
}
