package dev.namespaces.spi;

import dev.namespaces.model.ClusterId;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A {@link ClusterGateway} that can ask an API server what our own user is allowed to do. */
public interface AccessReviews extends ClusterGateway {

    /**
     * Returns those of the rules that our user lacks in any namespace of the cluster, as the method with a namespace
     * does.
     *
     * @throws dev.namespaces.error.ClusterException if the API server cannot be asked
     */
    default List<AccessRule> missingAccess(ClusterId cluster, Collection<AccessRule> rules) {
        return missingAccess(cluster, rules, null);
    }

    /**
     * Returns those of the rules that our user lacks on the cluster, in the order given. Nothing is written. Use it for
     * a health check, or to fail when the host starts and not when it deploys.
     *
     * @param rules such as {@link AccessRule#ensureOnly()}
     * @param namespace asks about this namespace only, or about all of the cluster if null, as without this parameter
     * @throws dev.namespaces.error.ClusterException if the API server cannot be asked
     */
    List<AccessRule> missingAccess(ClusterId cluster, Collection<AccessRule> rules, @Nullable String namespace);
}
