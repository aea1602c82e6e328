package dev.namespaces.error;

/**
 * The right to deploy was lost while the deployment was under way; it stopped. Whoever deploys next ends in the desired
 * state.
 */
public final class LeaseLostException extends ClusterException {

    public LeaseLostException(ErrorContext context) {
        super(context, "the deployment lock was lost meanwhile, so it stopped", Retry.later(), null);
    }
}
