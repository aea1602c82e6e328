package dev.namespaces.spi;

import dev.namespaces.model.ClusterId;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A {@link ClusterGateway} that can ask an API server what our own user is allowed to do. */
public interface AccessReviews extends ClusterGateway {

    /**
     * Returns the rules that our user lacks on the whole cluster: in all namespaces, as
     * {@link #missingAccess(ClusterId, Collection, String)} does for null.
     *
     * @throws dev.namespaces.error.ClusterException if the API server cannot be asked
     */
    default List<AccessRule> missingAccess(ClusterId cluster, Collection<AccessRule> rules) {
        return missingAccess(cluster, rules, null);
    }

    /**
     * Returns the rules that our user lacks on the cluster, in the order given. Nothing is written. Use it for a health
     * check, or to fail when the host starts and not when it deploys.
     *
     * @param rules such as {@link AccessRule#ensureOnly()}
     * @param namespace the namespace to ask about, or null for all of the cluster
     * @throws dev.namespaces.error.ClusterException if the API server cannot be asked
     */
    List<AccessRule> missingAccess(ClusterId cluster, Collection<AccessRule> rules, @Nullable String namespace);
}
