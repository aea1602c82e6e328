package dev.namespaces.fabric8;

import dev.namespaces.model.ClusterId;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.spi.ApplyOptions;
import dev.namespaces.spi.ApplyResult;
import dev.namespaces.spi.ClusterGateway;
import dev.namespaces.spi.CreateOptions;
import dev.namespaces.spi.CreateResult;
import dev.namespaces.spi.DeleteOptions;
import dev.namespaces.spi.DeleteResult;
import dev.namespaces.testservers.HttpModule;
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
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.List;
import java.util.Map;

/** The real API server as these tests see it: one cluster, our gateway to it, and manifests for it. */
final class RealCluster {

    static final ClusterId ID = new ClusterId("real");
    static final String MANAGER = "namespaces.dev";
    static final String NO_UID = "2f26968e-7346-4c71-818f-20deca596798";

    private static final KubernetesSerialization SERIALIZATION = new KubernetesSerialization();

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

    /** Creates the object, which must be absent. */
    static HasMetadata createObject(ClusterGateway gateway, HasMetadata manifest) {
        return ((CreateResult.Created) gateway.create(ID, manifest, CreateOptions.as(MANAGER))).live();
    }

    /** Reads the object, and applies the manifest to the version that was read. */
    static ApplyResult apply(ClusterGateway gateway, HasMetadata manifest, ApplyOptions options) {
        HasMetadata live = gateway.find(ID, ResourceRef.of(manifest)).orElseThrow();
        return gateway.apply(ID, bound(manifest, live), options);
    }

    /** Creates the object, and applies the same manifest, so that all of its fields are applied ones. */
    static HasMetadata createAndApply(ClusterGateway gateway, HasMetadata manifest, ApplyOptions options) {
        return gateway.apply(ID, bound(manifest, createObject(gateway, manifest)), options)
                .live();
    }

    /** Returns a copy of the manifest for the version of the object that was read. */
    static <T extends HasMetadata> T bound(T manifest, HasMetadata read) {
        return bound(manifest, read.getMetadata().getUid(), read.getMetadata().getResourceVersion());
    }

    static <T extends HasMetadata> T bound(T manifest, String uid, String resourceVersion) {
        T copy = SERIALIZATION.clone(manifest);
        copy.getMetadata().setUid(uid);
        copy.getMetadata().setResourceVersion(resourceVersion);
        return copy;
    }

    /** Deletes the version of the object that was read. */
    static DeleteResult delete(ClusterGateway gateway, HasMetadata read) {
        return gateway.delete(
                ID,
                ResourceRef.of(read),
                DeleteOptions.of(read.getMetadata().getUid(), read.getMetadata().getResourceVersion()));
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
