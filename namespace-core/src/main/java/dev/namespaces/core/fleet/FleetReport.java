package dev.namespaces.core.fleet;

import dev.namespaces.model.ClusterId;
import dev.namespaces.model.Target;
import java.io.Serializable;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The summary of a fleet's deployment. Its size does not grow with the fleet.
 *
 * @param end why it has ended
 * @param targets how many targets have ended, and how
 * @param clusters the same for each cluster, in the order of their ids
 * @param failures the first targets that failed, as many as the options say; {@link FleetCounts#failed()} is their
 *     number. Targets of clusters that were set aside are not among them
 * @param slowest the targets that took longest, at most ten, the slowest first
 * @param next where another call can go on, or null if all targets have ended
 * @param elapsed the time that the call took
 */
public record FleetReport(
        FleetEnd end,
        FleetCounts targets,
        Map<ClusterId, FleetCounts> clusters,
        List<TargetReport> failures,
        List<Slow> slowest,
        @Nullable FleetPosition next,
        Duration elapsed)
        implements Serializable {

    /**
     * A target and the time that it took.
     *
     * @param elapsed the time from the beginning of the target's deployment to its end
     */
    public record Slow(Target target, Duration elapsed) implements Serializable {}

    public FleetReport {
        clusters = Collections.unmodifiableMap(new TreeMap<>(clusters));
        failures = List.copyOf(failures);
        slowest = List.copyOf(slowest);
    }

    /** Returns whether all targets have ended, and none failed or was set aside. */
    public boolean succeeded() {
        return end instanceof FleetEnd.AllDone && targets.failed() == 0 && targets.setAside() == 0;
    }
}
