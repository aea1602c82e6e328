package dev.namespaces.core.fleet;

import dev.namespaces.model.ClusterId;
import java.util.Map;

/**
 * How far a fleet is.
 *
 * @param done how many environments have ended, were filtered out, or no longer exist
 * @param total how many environments there were when the call began, from its start position on
 * @param targets how many targets have ended, and how
 * @param clusters the same for each cluster
 * @param position where to go on after a restart
 */
public record FleetProgress(
        long done, long total, FleetCounts targets, Map<ClusterId, FleetCounts> clusters, FleetPosition position) {

    public FleetProgress {
        clusters = Map.copyOf(clusters);
    }
}
