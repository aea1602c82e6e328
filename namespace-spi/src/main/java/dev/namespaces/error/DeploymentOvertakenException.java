package dev.namespaces.error;

/** Newer deployments kept beginning while this one was under way, so it could not be recorded. */
public final class DeploymentOvertakenException extends ClusterException {

    public DeploymentOvertakenException(ErrorContext context) {
        super(context, "newer deployments kept overtaking it, so it was not recorded as deployed", Retry.later(), null);
    }
}
