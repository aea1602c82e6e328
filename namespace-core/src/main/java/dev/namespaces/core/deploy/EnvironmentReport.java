package dev.namespaces.core.deploy;

import dev.namespaces.model.Environment;
import java.util.List;

/**
 * What became of one environment.
 *
 * @param environment the environment
 * @param clusters what became of it on each cluster, in the environment's order
 */
public record EnvironmentReport(Environment environment, List<ClusterReport> clusters) {

    public EnvironmentReport {
        clusters = List.copyOf(clusters);
    }

    /** Whether nothing failed. */
    public boolean succeeded() {
        return clusters.stream().allMatch(ClusterReport::succeeded);
    }
}
