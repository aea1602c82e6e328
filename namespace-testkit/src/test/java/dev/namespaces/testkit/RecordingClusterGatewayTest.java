package dev.namespaces.testkit;

import static dev.namespaces.testkit.Kubernetes.configMap;
import static dev.namespaces.testkit.Kubernetes.created;
import static dev.namespaces.testkit.Kubernetes.delete;
import static dev.namespaces.testkit.Kubernetes.namespace;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.namespaces.error.ClusterUnreachableException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.spi.ApplyOptions;
import dev.namespaces.spi.CreateOptions;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RecordingClusterGatewayTest {

    private static final ClusterId EU = new ClusterId("eu-1");
    private static final ClusterId US = new ClusterId("us-1");
    private static final ApplyOptions OURS = ApplyOptions.as("ours");

    private final FakeClusters clusters = FakeClusters.any();
    private final RecordingClusterGateway gateway = new RecordingClusterGateway(clusters);

    @Test
    void no_set_up_is_needed() {
        RecordingClusterGateway gateway = new RecordingClusterGateway();

        created(gateway, EU, namespace("shop-dev", Map.of("team", "shop")));

        assertThat(gateway)
                .hasDeployed("Namespace", "shop-dev")
                .onCluster("eu-1")
                .withLabel("team", "shop");
    }

    @Test
    void deployed_objects_are_grouped_by_kind_and_sorted_by_name() {
        created(gateway, EU, namespace("b"));
        created(gateway, US, namespace("a"));
        created(gateway, EU, namespace("c"));
        created(gateway, EU, configMap("b", "settings"));

        assertThat(gateway.deployedResources()).containsOnlyKeys("ConfigMap", "Namespace");
        assertThat(gateway.deployedResources().get("Namespace"))
                .extracting(namespace -> namespace.getMetadata().getName())
                .containsExactly("a", "b", "c");
        assertThat(gateway.deployedResources(EU).get("Namespace"))
                .extracting(namespace -> namespace.getMetadata().getName())
                .containsExactly("b", "c");
    }

    @Test
    void dry_runs_and_failed_calls_deploy_nothing() {
        gateway.apply(EU, namespace("dry"), OURS.withDryRun(true));
        gateway.create(EU, namespace("dry"), CreateOptions.as("ours").withDryRun(true));
        clusters.faults().failNext(Failure.unreachable());
        assertThatThrownBy(() -> created(gateway, EU, namespace("failed")))
                .isInstanceOf(ClusterUnreachableException.class);
        clusters.cluster(EU).as("kubectl").createNamespace("taken");
        gateway.create(EU, namespace("taken"), CreateOptions.as("ours"));

        assertThat(gateway).hasDeployedNothing();
        assertThat(gateway.calls()).hasSize(4);
    }

    @Test
    void the_objects_in_a_deleted_namespace_are_gone_too() {
        created(gateway, EU, namespace("a"));
        created(gateway, EU, configMap("a", "settings"));
        created(gateway, US, namespace("a"));

        delete(gateway, EU, ResourceRef.namespace("a"));

        assertThat(gateway).hasDeployedOnly("Namespace", "a").hasDeployedOnly("ConfigMap");
    }
}
