package dev.namespaces.core.fleet;

import dev.namespaces.core.deploy.ClusterOutcome;
import dev.namespaces.core.deploy.ClusterReport;
import dev.namespaces.error.ClusterSetAsideException;
import dev.namespaces.model.Environment;
import dev.namespaces.model.Target;
import java.io.Serializable;
import java.time.Duration;

/**
 * The result of one target of a fleet.
 *
 * @param environment the environment
 * @param cluster its result on the cluster
 * @param elapsed the time from the beginning of the target's deployment to its end
 */
public record TargetReport(Environment environment, ClusterReport cluster, Duration elapsed) implements Serializable {

    /** Returns the target. */
    public Target target() {
        return new Target(environment.id(), cluster.cluster());
    }

    /** Returns whether nothing failed. */
    public boolean succeeded() {
        return cluster.succeeded();
    }

    /** Returns whether everything was as desired already. */
    public boolean isUnchanged() {
        return cluster.outcome() instanceof ClusterOutcome.Unchanged;
    }

    /** Returns whether the cluster was set aside before anything was written to it. */
    public boolean isSetAside() {
        return cluster.outcome() instanceof ClusterOutcome.Failed failed
                && failed.cause() instanceof ClusterSetAsideException;
    }
}
