package dev.namespaces.core.deploy;

import dev.namespaces.error.NamespaceException;
import dev.namespaces.model.Environment;
import java.io.Serializable;
import java.util.List;

/**
 * The result of one environment.
 *
 * @param environment the environment
 * @param clusters what became of it on each cluster, in the environment's order
 * @param leftBehind the namespaces that the record still has on clusters that the environment has left
 */
public record EnvironmentReport(Environment environment, List<ClusterReport> clusters, List<LeftBehind> leftBehind)
        implements Serializable {

    public EnvironmentReport {
        clusters = List.copyOf(clusters);
        leftBehind = List.copyOf(leftBehind);
    }

    /** Creates a report of an environment that has left nothing behind. */
    public EnvironmentReport(Environment environment, List<ClusterReport> clusters) {
        this(environment, clusters, List.of());
    }

    /** Returns the report of an environment whose deployment ended early, on all of its clusters, for one reason. */
    public static EnvironmentReport failed(Environment environment, NamespaceException cause) {
        return new EnvironmentReport(
                environment,
                environment.clusters().stream()
                        .map(cluster -> new ClusterReport(cluster, new ClusterOutcome.Failed(cause), List.of()))
                        .toList());
    }

    /** Returns whether nothing failed. */
    public boolean succeeded() {
        return clusters.stream().allMatch(ClusterReport::succeeded);
    }
}
