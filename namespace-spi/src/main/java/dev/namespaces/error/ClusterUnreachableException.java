package dev.namespaces.error;

import org.jspecify.annotations.Nullable;

/** No connection to the API server could be made, or it broke before the answer. */
public final class ClusterUnreachableException extends ClusterException {

    public ClusterUnreachableException(ErrorContext context, String reason, @Nullable Throwable cause) {
        super(context, ErrorCategory.UNAVAILABLE, "the API server cannot be reached: " + reason, Retry.later(), cause);
    }
}
