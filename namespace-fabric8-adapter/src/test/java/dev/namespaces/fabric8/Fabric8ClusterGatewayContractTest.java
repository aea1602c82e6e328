package dev.namespaces.fabric8;

import dev.namespaces.model.ClusterId;
import dev.namespaces.spi.ClusterGateway;
import dev.namespaces.testkit.contract.ClusterGatewayContract;
import dev.namespaces.testservers.KubeApiServer;
import dev.namespaces.testservers.OnRealCluster;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The contract on a real API server, where others act through the client's own means and not through ours. */
@OnRealCluster(cilium = true, namespaceController = true)
class Fabric8ClusterGatewayContractTest extends ClusterGatewayContract {

    private static KubernetesClient others;
    private static Fabric8ClusterGateway gateway;
    private static KubeApiServer.NamespaceController controller;

    @BeforeAll
    static void open(KubeApiServer server) {
        controller = server.startNamespaceController();
        others = server.client();
        gateway = RealCluster.gateway();
    }

    @AfterAll
    static void close() {
        if (gateway != null) {
            gateway.close();
            controller.close();
        }
    }

    @Override
    protected ClusterGateway gateway() {
        return gateway;
    }

    @Override
    protected ClusterId cluster() {
        return RealCluster.ID;
    }

    @Override
    protected String expire(String continueToken) {
        return Etcd.expire(continueToken);
    }

    @Override
    protected void applyAsOther(String fieldManager, HasMetadata manifest) {
        others.resource(manifest)
                .patch(new PatchContext.Builder()
                        .withPatchType(PatchType.SERVER_SIDE_APPLY)
                        .withFieldManager(fieldManager)
                        .withForce(true)
                        .build());
    }
}
