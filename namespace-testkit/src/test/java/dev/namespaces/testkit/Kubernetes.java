package dev.namespaces.testkit;

import dev.namespaces.model.ClusterId;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.spi.ApplyOptions;
import dev.namespaces.spi.ClusterGateway;
import dev.namespaces.spi.CreateOptions;
import dev.namespaces.spi.CreateResult;
import dev.namespaces.spi.DeleteOptions;
import dev.namespaces.spi.DeleteResult;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import java.util.Map;

/** Manifests for the tests of this module. */
final class Kubernetes {

    private Kubernetes() {}

    static HasMetadata namespace(String name) {
        return namespace(name, Map.of());
    }

    static HasMetadata namespace(String name, Map<String, String> labels) {
        return new NamespaceBuilder()
                .withNewMetadata()
                .withName(name)
                .withLabels(labels)
                .endMetadata()
                .build();
    }

    /**
     * Creates the object as {@code ours} if it is absent, and applies the manifest to the object as it is now if not.
     */
    static HasMetadata put(ClusterGateway gateway, ClusterId cluster, HasMetadata manifest) {
        return gateway.find(cluster, ResourceRef.of(manifest))
                .map(live -> gateway.apply(cluster, bound(manifest, live), ApplyOptions.as("ours"))
                        .live())
                .orElseGet(() -> created(gateway, cluster, manifest));
    }

    /** Creates the object as {@code ours}. */
    static HasMetadata created(ClusterGateway gateway, ClusterId cluster, HasMetadata manifest) {
        CreateResult result = gateway.create(cluster, manifest, CreateOptions.as("ours"));
        return ((CreateResult.Created) result).live();
    }

    /** Deletes the object as it is now. */
    static DeleteResult delete(ClusterGateway gateway, ClusterId cluster, ResourceRef resource) {
        HasMetadata live = gateway.find(cluster, resource).orElseThrow();
        return gateway.delete(
                cluster,
                resource,
                DeleteOptions.of(live.getMetadata().getUid(), live.getMetadata().getResourceVersion()));
    }

    /** Returns a copy of the manifest that is bound to the object as it was read. */
    static HasMetadata bound(HasMetadata manifest, HasMetadata read) {
        HasMetadata copy = Manifests.copy(manifest);
        copy.getMetadata().setUid(read.getMetadata().getUid());
        copy.getMetadata().setResourceVersion(read.getMetadata().getResourceVersion());
        return copy;
    }

    static HasMetadata configMap(String namespace, String name) {
        return new ConfigMapBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName(name)
                .endMetadata()
                .addToData("key", "value")
                .build();
    }
}
