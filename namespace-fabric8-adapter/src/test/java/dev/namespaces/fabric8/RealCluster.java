package dev.namespaces.fabric8;

import dev.namespaces.model.ClusterId;
import dev.namespaces.testservers.KubeApiServer;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.GenericKubernetesResourceBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.List;
import java.util.Map;

/** The real API server as these tests see it: one cluster, our gateway to it, and manifests for it. */
final class RealCluster {

    static final ClusterId ID = new ClusterId("real");
    static final String MANAGER = "namespaces.dev";

    private RealCluster() {}

    static Config config() {
        return KubeApiServer.shared().config();
    }

    static KubernetesClient client() {
        return HttpModule.VERTX.client(config());
    }

    /** Returns a new gateway with a client of its own, to be closed by the test. */
    static Fabric8ClusterGateway gateway() {
        return Fabric8ClusterGateway.builder()
                .clients(ClientFactory.of(Map.of(ID, RealCluster::client)))
                .build();
    }

    /** Returns a name that no other test has. */
    static String name(String prefix) {
        return KubeApiServer.shared().newName(prefix);
    }

    static Namespace namespace(String name, Map<String, String> labels) {
        return new NamespaceBuilder()
                .withNewMetadata()
                .withName(name)
                .withLabels(labels)
                .endMetadata()
                .build();
    }

    static NetworkPolicy denyAll(String namespace, String name) {
        return new NetworkPolicyBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName(name)
                .endMetadata()
                .withNewSpec()
                .withNewPodSelector()
                .endPodSelector()
                .withPolicyTypes("Egress")
                .endSpec()
                .build();
    }

    static GenericKubernetesResource ciliumPolicy(String namespace, String name, Map<String, ?> spec) {
        return new GenericKubernetesResourceBuilder()
                .withApiVersion("cilium.io/v2")
                .withKind("CiliumNetworkPolicy")
                .withNewMetadata()
                .withNamespace(namespace)
                .withName(name)
                .endMetadata()
                .withAdditionalProperties(Map.of("spec", spec))
                .build();
    }

    static Map<String, ?> toEntities(String... entities) {
        return Map.of("endpointSelector", Map.of(), "egress", List.of(Map.of("toEntities", List.of(entities))));
    }

    static Map<String, String> labels(HasMetadata object) {
        return object.getMetadata().getLabels();
    }
}
