package dev.namespaces.error;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The API server failed in a way that no other exception describes. */
public final class ClusterFailureException extends ClusterException {

    private final int statusCode;

    public ClusterFailureException(ErrorContext context, int statusCode, String reason, @Nullable Throwable cause) {
        this(context, statusCode, reason, null, cause);
    }

    /**
     * @param statusCode the HTTP status, or 0 if the client could not even send the request; a retry makes sense from
     *     500 up
     * @param retryAfter how long the API server asks to wait before a retry, or null if it does not say
     */
    public ClusterFailureException(
            ErrorContext context,
            int statusCode,
            String reason,
            @Nullable Duration retryAfter,
            @Nullable Throwable cause) {
        super(
                context,
                // No API server answers our requests with anything else below 500: the client or its address is wrong.
                statusCode >= 500 ? ErrorCategory.UNAVAILABLE : ErrorCategory.MISCONFIGURED,
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

    /** Returns the HTTP status, or 0 if there was none. */
    public int statusCode() {
        return statusCode;
    }
}
