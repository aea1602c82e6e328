package dev.namespaces.error;

/**
 * The deployment lock was lost while the deployment was running, so the deployment stopped. The next one finishes it.
 */
public final class LeaseLostException extends ClusterException {

    public LeaseLostException(ErrorContext context) {
        super(
                context,
                ErrorCategory.UNAVAILABLE,
                "the deployment lock was lost, so the deployment stopped; deploy again",
                Retry.later(),
                null);
    }
}
