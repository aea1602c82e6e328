package dev.namespaces.error;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The API server failed in a way that no other exception describes. */
public final class ClusterFailureException extends ClusterException {

    private final int statusCode;

    public ClusterFailureException(ErrorContext context, int statusCode, String reason, @Nullable Throwable cause) {
        this(context, statusCode, reason, statusCode >= 500 ? Retry.later() : Retry.never(), cause);
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
        // No API server answers our requests with anything else below 500: the client or its address is wrong.
        this(context, statusCode, reason, statusCode >= 500 ? later(retryAfter) : Retry.never(), cause);
    }

    private ClusterFailureException(
            ErrorContext context, int statusCode, String reason, Retry retry, @Nullable Throwable cause) {
        super(
                context,
                retry instanceof Retry.Later ? ErrorCategory.UNAVAILABLE : ErrorCategory.MISCONFIGURED,
                statusCode == 0 ? reason : "the API server answered " + statusCode + ": " + reason,
                retry,
                cause);
        this.statusCode = statusCode;
    }

    /**
     * Returns the exception for a failure that passes by itself although its status is below 500, such as a quota that
     * was not counted yet.
     *
     * @param statusCode the HTTP status
     * @param retryAfter how long the API server asks to wait before a retry, or null if it does not say
     */
    public static ClusterFailureException passing(
            ErrorContext context, int statusCode, String reason, @Nullable Duration retryAfter) {
        return new ClusterFailureException(context, statusCode, reason, later(retryAfter), null);
    }

    private static Retry later(@Nullable Duration retryAfter) {
        return retryAfter == null ? Retry.later() : Retry.after(retryAfter);
    }

    /** Returns the HTTP status, or 0 if there was none. */
    public int statusCode() {
        return statusCode;
    }
}
