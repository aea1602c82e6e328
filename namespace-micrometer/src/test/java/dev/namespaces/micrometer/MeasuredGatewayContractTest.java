package dev.namespaces.micrometer;

import dev.namespaces.model.ClusterId;
import dev.namespaces.spi.ClusterGateway;
import dev.namespaces.testkit.FakeClusters;
import dev.namespaces.testkit.contract.ClusterGatewayContract;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import java.util.List;

/** Measuring changes no answer. */
class MeasuredGatewayContractTest extends ClusterGatewayContract {

    private final FakeClusters clusters = FakeClusters.of("eu-1", "us-1");
    private final ClusterGateway gateway =
            new NamespaceMetrics(new SimpleMeterRegistry(), ObservationRegistry.create(), List.of()).measure(clusters);

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
