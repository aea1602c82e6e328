package dev.namespaces.core.policy;

import dev.namespaces.model.ClusterId;
import dev.namespaces.model.PolicyDialect;
import dev.namespaces.spi.ClusterGateway;
import java.util.Objects;

/** How it is decided in which dialect a cluster's policies are written. */
public sealed interface DialectChoice {

    /**
     * The dialect to use on the cluster.
     *
     * @throws dev.namespaces.error.ClusterException if the cluster has to be asked and does not answer; nothing is
     *     assumed of it then
     */
    PolicyDialect choose(ClusterGateway gateway, ClusterId cluster);

    /**
     * Always that one; no cluster is asked.
     *
     * @param dialect the dialect
     */
    record Fixed(PolicyDialect dialect) implements DialectChoice {
        public Fixed {
            Objects.requireNonNull(dialect, "dialect");
        }

        @Override
        public PolicyDialect choose(ClusterGateway gateway, ClusterId cluster) {
            return dialect;
        }
    }

    /** Cilium where the cluster serves {@code cilium.io/v2} CiliumNetworkPolicy, else Kubernetes. Asks each time. */
    record Detect() implements DialectChoice {
        @Override
        public PolicyDialect choose(ClusterGateway gateway, ClusterId cluster) {
            PolicyDialect cilium = PolicyDialect.CILIUM;
            return gateway.serves(cluster, cilium.apiVersion(), cilium.kind()) ? cilium : PolicyDialect.KUBERNETES;
        }
    }
}
