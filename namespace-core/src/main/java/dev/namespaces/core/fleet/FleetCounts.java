package dev.namespaces.core.fleet;

import java.io.Serializable;

/**
 * How many targets have ended, and how.
 *
 * @param deployed something was written, and all of it succeeded
 * @param unchanged nothing had to be written
 * @param failed the deployment failed, or ended before it was complete
 * @param setAside the cluster was set aside, so nothing was tried
 */
public record FleetCounts(long deployed, long unchanged, long failed, long setAside) implements Serializable {

    private static final FleetCounts NONE = new FleetCounts(0, 0, 0, 0);

    /** Returns the counts before the first target. */
    public static FleetCounts none() {
        return NONE;
    }

    /** Returns how many targets have ended. */
    public long targets() {
        return deployed + unchanged + failed + setAside;
    }

    /** Returns these counts with one more target. */
    public FleetCounts plus(TargetReport report) {
        if (report.isSetAside()) {
            return new FleetCounts(deployed, unchanged, failed, setAside + 1);
        }
        if (!report.succeeded()) {
            return new FleetCounts(deployed, unchanged, failed + 1, setAside);
        }
        return report.isUnchanged()
                ? new FleetCounts(deployed, unchanged + 1, failed, setAside)
                : new FleetCounts(deployed + 1, unchanged, failed, setAside);
    }
}
