package dev.namespaces.error;

import java.time.Duration;

/** Somebody else is deploying the environment to that cluster, and did not end in time. */
public final class DeploymentInProgressException extends ClusterException {

    private final transient Duration waited;

    public DeploymentInProgressException(ErrorContext context, Duration waited) {
        super(context, "another deployment of it is under way, and did not end within " + waited, Retry.later(), null);
        this.waited = waited;
    }

    /** How long was waited for the other. */
    public Duration waited() {
        return waited;
    }
}
