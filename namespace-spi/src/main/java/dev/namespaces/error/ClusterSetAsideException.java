package dev.namespaces.error;

import java.time.Duration;

/**
 * The cluster has failed too often recently, so it is left alone for a while. Nothing was sent. A circuit breaker
 * around a gateway throws it.
 */
public final class ClusterSetAsideException extends ClusterException {

    /** @param retryAfter how long the cluster is still left alone, at least */
    public ClusterSetAsideException(ErrorContext context, Duration retryAfter) {
        super(
                context,
                ErrorCategory.UNAVAILABLE,
                "the cluster has failed too often recently, so it is left alone for " + retryAfter,
                Retry.after(retryAfter),
                null);
        settled();
    }
}
