package dev.namespaces.core.deploy;

import dev.namespaces.model.ClusterId;
import dev.namespaces.model.NamespaceId;
import dev.namespaces.model.Shown;
import java.io.Serializable;
import java.util.Objects;

/**
 * A namespace that the record still has on a cluster that the environment has left. No deployment changes it any more,
 * so it keeps the policy that it had. Release it, or plan the deletion of the orphans of that cluster.
 *
 * @param cluster the cluster
 * @param name its name
 * @param namespaceId the stored namespace that it was deployed for
 */
public record LeftBehind(ClusterId cluster, String name, NamespaceId namespaceId) implements Serializable {
    public LeftBehind {
        Objects.requireNonNull(cluster, "cluster");
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(namespaceId, "namespaceId");
    }

    /** Returns text such as {@code shop-web on us-1}. */
    @Override
    public String toString() {
        return Shown.name(name) + " on " + cluster;
    }
}
