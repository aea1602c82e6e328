package dev.namespaces.integration;

import dev.namespaces.testservers.OnRealCluster;

/** The same tests on a real API server. */
@OnRealCluster(cilium = true)
class ReplacingEgressOnRealClusterTest extends ReplacingEgressTest {

    @Override
    Cluster cluster() {
        return Cluster.REAL;
    }
}
