package dev.namespaces.core.deploy;

import dev.namespaces.error.NamespaceException;
import dev.namespaces.model.EnvironmentId;
import java.io.Serializable;
import java.util.List;

/**
 * The result of a deployment. {@link #toString()} is a table for people.
 *
 * @param environments the environments that were attempted, in the order in which they were
 * @param notAttempted environments that would have come after the one that failed
 */
public record DeploymentReport(List<EnvironmentReport> environments, List<EnvironmentId> notAttempted)
        implements Serializable {

    public DeploymentReport {
        environments = List.copyOf(environments);
        notAttempted = List.copyOf(notAttempted);
    }

    /** Returns whether nothing failed and everything was attempted. */
    public boolean succeeded() {
        return notAttempted.isEmpty() && environments.stream().allMatch(EnvironmentReport::succeeded);
    }

    /**
     * Returns every cause of failure, in the report's order; a cause of several namespaces or clusters is listed once.
     */
    public List<NamespaceException> failures() {
        return environments.stream()
                .flatMap(environment -> environment.clusters().stream())
                .flatMap(cluster -> cluster.failures().stream())
                .distinct()
                .toList();
    }

    /** Returns the report line by line, for a page or a log: each namespace on each cluster, in the report's order. */
    public List<DeploymentRow> rows() {
        return DeploymentRows.of(this);
    }

    /** Returns a table of environment, cluster, namespace, policy level, outcome and time, then what failed and why. */
    @Override
    public String toString() {
        return ReportTable.of(this);
    }
}
