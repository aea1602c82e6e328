package dev.namespaces.core;

import dev.namespaces.egress.DialectChoice;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.PolicyDialect;
import dev.namespaces.spi.ClusterGateway;
import dev.namespaces.spi.ListQuery;
import java.util.Map;

/** Decides in which dialect a cluster's policies are written. */
final class Dialects {

    private static final String CILIUM_NODE = "CiliumNode";

    private Dialects() {}

    /**
     * Returns the dialect to use on the cluster.
     *
     * @throws dev.namespaces.error.ClusterException if the cluster has to be asked and does not answer; no dialect is
     *     assumed then
     */
    static PolicyDialect choose(DialectChoice choice, ClusterGateway gateway, ClusterId cluster) {
        if (choice instanceof DialectChoice.Fixed fixed) {
            return fixed.dialect();
        }
        PolicyDialect cilium = PolicyDialect.CILIUM;
        boolean isCilium = gateway.serves(cluster, cilium.apiVersion(), cilium.kind())
                && (!(choice instanceof DialectChoice.Probe) || hasCiliumNode(gateway, cluster));
        return isCilium ? cilium : PolicyDialect.KUBERNETES;
    }

    private static boolean hasCiliumNode(ClusterGateway gateway, ClusterId cluster) {
        String apiVersion = PolicyDialect.CILIUM.apiVersion();
        return gateway.serves(cluster, apiVersion, CILIUM_NODE)
                && !gateway.list(
                                cluster,
                                ListQuery.of(apiVersion, CILIUM_NODE, Map.of()).withLimit(1))
                        .items()
                        .isEmpty();
    }
}
