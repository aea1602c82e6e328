package dev.namespaces.benchmarks.report;

import dev.namespaces.error.Arrival;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.spi.ApplyOptions;
import dev.namespaces.spi.ApplyResult;
import dev.namespaces.spi.ClusterGateway;
import dev.namespaces.spi.CreateOptions;
import dev.namespaces.spi.CreateResult;
import dev.namespaces.spi.DeleteOptions;
import dev.namespaces.spi.DeleteResult;
import dev.namespaces.spi.ListQuery;
import dev.namespaces.spi.ObjectPage;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyBuilder;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Clusters that keep nothing: each is empty, and accepts all objects at once. */
final class NoOpGateway implements ClusterGateway {

    @Override
    public ApplyResult apply(ClusterId cluster, HasMetadata manifest, ApplyOptions options) {
        return new ApplyResult(live(manifest), ApplyResult.Effect.CHANGED, List.of(), Arrival.SETTLED);
    }

    @Override
    public CreateResult create(ClusterId cluster, HasMetadata manifest, CreateOptions options) {
        return new CreateResult.Created(live(manifest), List.of(), Arrival.SETTLED);
    }

    @Override
    public Optional<HasMetadata> find(ClusterId cluster, ResourceRef resource) {
        return Optional.empty();
    }

    @Override
    public ObjectPage list(ClusterId cluster, ListQuery query) {
        return ObjectPage.empty();
    }

    @Override
    public DeleteResult delete(ClusterId cluster, ResourceRef resource, DeleteOptions options) {
        return DeleteResult.GONE;
    }

    @Override
    public boolean serves(ClusterId cluster, String apiVersion, String kind) {
        return true;
    }

    private static HasMetadata live(HasMetadata manifest) {
        ObjectMeta metadata = new ObjectMetaBuilder(manifest.getMetadata())
                .withUid(UUID.randomUUID().toString())
                .withResourceVersion("1")
                .build();
        if (manifest instanceof Namespace) {
            return new NamespaceBuilder().withMetadata(metadata).build();
        }
        if (manifest instanceof NetworkPolicy policy) {
            return new NetworkPolicyBuilder()
                    .withMetadata(metadata)
                    .withSpec(policy.getSpec())
                    .build();
        }
        // A policy of Cilium.
        GenericKubernetesResource live = new GenericKubernetesResource();
        live.setApiVersion(manifest.getApiVersion());
        live.setKind(manifest.getKind());
        live.setMetadata(metadata);
        live.setAdditionalProperties(((GenericKubernetesResource) manifest).getAdditionalProperties());
        return live;
    }
}
