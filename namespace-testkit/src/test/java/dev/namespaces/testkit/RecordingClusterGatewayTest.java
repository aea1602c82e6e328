package dev.namespaces.testkit;

import static dev.namespaces.testkit.Kubernetes.configMap;
import static dev.namespaces.testkit.Kubernetes.namespace;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.namespaces.error.ClusterUnreachableException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.spi.ApplyOptions;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RecordingClusterGatewayTest {

    private static final ClusterId EU = new ClusterId("eu-1");
    private static final ClusterId US = new ClusterId("us-1");
    private static final ApplyOptions OURS = ApplyOptions.as("ours");

    private final FakeClusters clusters = FakeClusters.any();
    private final RecordingClusterGateway gateway = new RecordingClusterGateway(clusters);

    @Test
    void needs_no_set_up() {
        RecordingClusterGateway gateway = new RecordingClusterGateway();

        gateway.apply(EU, namespace("shop-dev", Map.of("team", "shop")), OURS);

        assertThat(gateway)
                .hasDeployed("Namespace", "shop-dev")
                .onCluster("eu-1")
                .withLabel("team", "shop");
    }

    @Test
    void groups_what_stands_by_kind_and_sorts_it_by_name() {
        gateway.apply(EU, namespace("b"), OURS);
        gateway.apply(US, namespace("a"), OURS);
        gateway.create(EU, namespace("c"), "ours", false);
        gateway.apply(EU, configMap("b", "settings"), OURS);

        assertThat(gateway.deployedResources()).containsOnlyKeys("ConfigMap", "Namespace");
        assertThat(gateway.deployedResources().get("Namespace"))
                .extracting(namespace -> namespace.getMetadata().getName())
                .containsExactly("a", "b", "c");
        assertThat(gateway.deployedResources(EU).get("Namespace"))
                .extracting(namespace -> namespace.getMetadata().getName())
                .containsExactly("b", "c");
    }

    @Test
    void what_was_only_tried_does_not_stand() {
        gateway.apply(EU, namespace("dry"), OURS.withDryRun(true));
        gateway.create(EU, namespace("dry"), "ours", true);
        clusters.faults().failNext(Failure.unreachable());
        assertThatThrownBy(() -> gateway.apply(EU, namespace("failed"), OURS))
                .isInstanceOf(ClusterUnreachableException.class);
        clusters.cluster(EU).as("kubectl").createNamespace("taken");
        gateway.create(EU, namespace("taken"), "ours", false);

        assertThat(gateway).hasDeployedNothing();
        assertThat(gateway.calls()).hasSize(4);
    }

    @Test
    void a_deleted_namespace_takes_what_stood_in_it_along() {
        HasMetadata live = gateway.apply(EU, namespace("a"), OURS).live();
        gateway.apply(EU, configMap("a", "settings"), OURS);
        gateway.apply(US, namespace("a"), OURS);

        gateway.delete(EU, ResourceRef.namespace("a"), live.getMetadata().getUid());

        assertThat(gateway).hasDeployedOnly("Namespace", "a").hasDeployedOnly("ConfigMap");
    }
}
