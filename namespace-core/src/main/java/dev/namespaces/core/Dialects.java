package dev.namespaces.core;

import dev.namespaces.egress.DialectChoice;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.PolicyDialect;
import dev.namespaces.spi.ClusterGateway;

/** Decides in which dialect a cluster's policies are written. */
final class Dialects {

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
        return gateway.serves(cluster, cilium.apiVersion(), cilium.kind()) ? cilium : PolicyDialect.KUBERNETES;
    }
}
