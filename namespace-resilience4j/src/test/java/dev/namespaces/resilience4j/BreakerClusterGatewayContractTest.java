package dev.namespaces.resilience4j;

import dev.namespaces.model.ClusterId;
import dev.namespaces.spi.ClusterGateway;
import dev.namespaces.testkit.FakeClusters;
import dev.namespaces.testkit.contract.ClusterGatewayContract;
import io.fabric8.kubernetes.api.model.HasMetadata;

/** A closed breaker changes nothing. */
class BreakerClusterGatewayContractTest extends ClusterGatewayContract {

    private final FakeClusters clusters = FakeClusters.of("eu-1", "us-1");
    private final ClusterGateway gateway = BreakerClusterGateway.of(clusters);

    @Override
    protected ClusterGateway gateway() {
        return gateway;
    }

    @Override
    protected ClusterId cluster() {
        return new ClusterId("eu-1");
    }

    @Override
    protected void applyAsOther(String fieldManager, HasMetadata manifest) {
        clusters.cluster(cluster()).as(fieldManager).apply(manifest);
    }

    @Override
    protected void runNamespaceController(String namespace) {
        clusters.cluster(cluster()).finishDeletion(namespace);
    }

    @Override
    protected String expire(String continueToken) {
        clusters.cluster(cluster()).expireContinueTokens();
        return continueToken;
    }
}
