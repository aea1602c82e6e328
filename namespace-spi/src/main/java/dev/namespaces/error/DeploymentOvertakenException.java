package dev.namespaces.error;

/** Newer deployments began while this one was running, so it could not be recorded. */
public final class DeploymentOvertakenException extends ClusterException {

    public DeploymentOvertakenException(ErrorContext context) {
        super(
                context,
                ErrorCategory.CONFLICT,
                "newer deployments overtook it repeatedly, so it was not recorded as deployed; deploy again",
                Retry.later(),
                null);
    }
}
