package dev.namespaces.error;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The root of everything that this library throws, apart from {@link IllegalArgumentException} and
 * {@link NullPointerException} for arguments that a caller could have known to be wrong. Its facts are fields; the
 * message says the same to people. Messages hold no secrets, no manifests and no stored values.
 */
public abstract class NamespaceException extends RuntimeException {

    private final transient ErrorContext context;
    private final transient Retry retry;

    /**
     * @param context what was being done
     * @param reason what went wrong and what to do about it; follows {@code Cannot <context>:} in the message
     * @param retry whether it may succeed later
     * @param cause what was thrown beneath, or null
     */
    protected NamespaceException(ErrorContext context, String reason, Retry retry, @Nullable Throwable cause) {
        super("Cannot " + context + ": " + reason, cause);
        this.context = context;
        this.retry = Objects.requireNonNull(retry, "retry");
    }

    /** What was being done, and to what. */
    public final ErrorContext context() {
        return context;
    }

    /** Whether the same call may succeed later without anybody changing anything. */
    public final boolean isRetryable() {
        return retry instanceof Retry.Later;
    }

    /** How long to wait before a retry; empty where that is not known or a retry makes no sense. */
    public final Optional<Duration> retryAfter() {
        return retry instanceof Retry.Later later ? Optional.ofNullable(later.after()) : Optional.empty();
    }

    /** Both of the above. */
    public final Retry retry() {
        return retry;
    }
}
