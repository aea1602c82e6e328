package dev.namespaces.model;

import java.io.Serializable;
import java.util.Comparator;
import java.util.Objects;

/**
 * One environment on one cluster: the unit of locking, deploying and recording.
 *
 * @param environmentId the environment
 * @param clusterId the cluster
 */
public record Target(EnvironmentId environmentId, ClusterId clusterId) implements Comparable<Target>, Serializable {

    private static final Comparator<Target> ORDER =
            Comparator.comparing(Target::environmentId).thenComparing(Target::clusterId);

    public Target {
        Objects.requireNonNull(environmentId, "environmentId");
        Objects.requireNonNull(clusterId, "clusterId");
    }

    /** Compares by environment, then by cluster. */
    @Override
    public int compareTo(Target other) {
        return ORDER.compare(this, other);
    }

    /** As {@code shop-dev on eu-1}. */
    @Override
    public String toString() {
        return environmentId + " on " + clusterId;
    }
}
