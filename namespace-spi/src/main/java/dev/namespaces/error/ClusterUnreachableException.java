package dev.namespaces.error;

import org.jspecify.annotations.Nullable;

/** No connection to the API server could be made, or it broke before the answer. */
public final class ClusterUnreachableException extends ClusterException {

    public ClusterUnreachableException(ErrorContext context, String reason, @Nullable Throwable cause) {
        this(context, ErrorCategory.UNAVAILABLE, reason, Retry.later(), cause);
    }

    private ClusterUnreachableException(
            ErrorContext context, ErrorCategory category, String reason, Retry retry, @Nullable Throwable cause) {
        super(context, category, "the API server cannot be reached: " + reason, retry, cause);
    }

    /** Returns the exception for a server whose certificate is not trusted, or has another name. This never passes. */
    public static ClusterUnreachableException untrusted(
            ErrorContext context, String reason, @Nullable Throwable cause) {
        return new ClusterUnreachableException(
                context,
                ErrorCategory.MISCONFIGURED,
                "its certificate is not trusted, or has another name; correct the address or the certificate authority: "
                        + reason,
                Retry.never(),
                cause);
    }
}
