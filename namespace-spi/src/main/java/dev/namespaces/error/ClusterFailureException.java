package dev.namespaces.error;

import org.jspecify.annotations.Nullable;

/** The API server failed in a way that no other type says. */
public final class ClusterFailureException extends ClusterException {

    private final transient int statusCode;

    public ClusterFailureException(ErrorContext context, int statusCode, String reason, @Nullable Throwable cause) {
        super(
                context,
                statusCode == 0 ? reason : "the API server answered " + statusCode + ": " + reason,
                statusCode >= 500 ? Retry.later() : Retry.never(),
                cause);
        this.statusCode = statusCode;
    }

    /** The HTTP status, or 0 where there was none. */
    public int statusCode() {
        return statusCode;
    }
}
