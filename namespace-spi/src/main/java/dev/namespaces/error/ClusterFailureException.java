package dev.namespaces.error;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The API server failed in a way that no other type says. */
public final class ClusterFailureException extends ClusterException {

    private final transient int statusCode;

    public ClusterFailureException(ErrorContext context, int statusCode, String reason, @Nullable Throwable cause) {
        this(context, statusCode, reason, null, cause);
    }

    /**
     * @param statusCode the HTTP status, or 0 where there was none; it makes sense to try again from 500 up
     * @param retryAfter how long the API server asks to wait before that, or null where it does not say
     */
    public ClusterFailureException(
            ErrorContext context,
            int statusCode,
            String reason,
            @Nullable Duration retryAfter,
            @Nullable Throwable cause) {
        super(
                context,
                statusCode == 0 ? reason : "the API server answered " + statusCode + ": " + reason,
                retry(statusCode, retryAfter),
                cause);
        this.statusCode = statusCode;
    }

    private static Retry retry(int statusCode, @Nullable Duration retryAfter) {
        if (statusCode < 500) {
            return Retry.never();
        }
        return retryAfter == null ? Retry.later() : Retry.after(retryAfter);
    }

    /** The HTTP status, or 0 where there was none. */
    public int statusCode() {
        return statusCode;
    }
}
