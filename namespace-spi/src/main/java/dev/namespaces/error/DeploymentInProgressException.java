package dev.namespaces.error;

import java.time.Duration;

/** Another deployment of the environment to that cluster was running and did not end in time. */
public final class DeploymentInProgressException extends ClusterException {

    private final Duration waited;

    public DeploymentInProgressException(ErrorContext context, Duration waited) {
        super(
                context,
                ErrorCategory.CONFLICT,
                "another deployment of it is running and did not end within " + waited + "; call again",
                Retry.later(),
                null);
        this.waited = waited;
    }

    /** Returns how long the call waited for the other deployment. */
    public Duration waited() {
        return waited;
    }
}
