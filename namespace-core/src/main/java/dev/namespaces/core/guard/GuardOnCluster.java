package dev.namespaces.core.guard;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.spi.ApplyOptions;
import dev.namespaces.spi.ApplyOptions.Conflicts;
import dev.namespaces.spi.ApplyOptions.Extent;
import dev.namespaces.spi.ClusterGateway;
import dev.namespaces.spi.CreateOptions;
import dev.namespaces.spi.CreateResult;
import dev.namespaces.spi.DeleteOptions;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** The objects of a guard on one cluster. */
final class GuardOnCluster {

    private static final ObjectMapper JSON = JsonMapper.builder().build();

    private final ClusterGateway gateway;
    private final ClusterId cluster;

    GuardOnCluster(ClusterGateway gateway, ClusterId cluster) {
        this.gateway = gateway;
        this.cluster = cluster;
    }

    /** Returns what is not on the cluster as rendered. */
    List<GuardGap> gaps(Collection<HasMetadata> rendered) {
        boolean served = gateway.serves(cluster, GuardPolicy.API_VERSION, GuardPolicy.POLICY);
        List<GuardGap> gaps = new ArrayList<>();
        for (HasMetadata object : rendered) {
            ResourceRef resource = ResourceRef.of(object);
            if (served) {
                addGaps(object, resource, gaps);
            } else {
                gaps.add(new GuardGap(
                        resource,
                        GuardGap.Reason.ABSENT,
                        "the cluster does not serve ValidatingAdmissionPolicies, which Kubernetes has since 1.30"));
            }
        }
        return List.copyOf(gaps);
    }

    private void addGaps(HasMetadata rendered, ResourceRef resource, List<GuardGap> gaps) {
        HasMetadata live = gateway.find(cluster, resource).orElse(null);
        if (live == null || live.getMetadata().getDeletionTimestamp() != null) {
            gaps.add(new GuardGap(
                    resource, GuardGap.Reason.ABSENT, live == null ? "it does not exist" : "it is being deleted"));
            return;
        }
        if (!isSame(live, rendered)) {
            gaps.add(new GuardGap(
                    resource, GuardGap.Reason.DIFFERENT, "its spec is not the one that these settings render"));
            return;
        }
        if (resource.kind().equals(GuardPolicy.POLICY)) {
            addTypeGaps(live, resource, gaps);
        }
    }

    private static void addTypeGaps(HasMetadata live, ResourceRef resource, List<GuardGap> gaps) {
        JsonNode status = JSON.valueToTree(live).path("status");
        Long generation = live.getMetadata().getGeneration();
        if (generation != null && status.path("observedGeneration").asLong() < generation) {
            gaps.add(new GuardGap(
                    resource,
                    GuardGap.Reason.UNCHECKED,
                    "the API server has not checked the types of its expressions yet"));
        }
        for (JsonNode warning : status.path("typeChecking").path("expressionWarnings")) {
            gaps.add(new GuardGap(
                    resource,
                    GuardGap.Reason.TYPE_WARNING,
                    warning.path("fieldRef").asText() + ": "
                            + warning.path("warning").asText()));
        }
    }

    /** Creates or changes the object, unless it is as rendered, and returns whether it has written. */
    boolean apply(HasMetadata rendered, String fieldManager) {
        HasMetadata live = gateway.find(cluster, ResourceRef.of(rendered)).orElse(null);
        if (live == null
                && gateway.create(cluster, rendered, CreateOptions.as(fieldManager)) instanceof CreateResult.Created) {
            return true;
        }
        if (live == null) {
            live = gateway.find(cluster, ResourceRef.of(rendered)).orElse(null);
        }
        if (live == null || isSame(live, rendered)) {
            return false;
        }
        gateway.apply(
                cluster,
                bound(rendered, live.getMetadata()),
                ApplyOptions.as(fieldManager).withConflicts(Conflicts.TAKE_OVER).withExtent(Extent.WHOLE_OBJECT));
        return true;
    }

    /** Deletes the object if it exists, and returns whether it did. */
    boolean delete(ResourceRef resource) {
        Optional<HasMetadata> live = gateway.find(cluster, resource);
        live.ifPresent(object -> gateway.delete(
                cluster,
                resource,
                DeleteOptions.of(
                        object.getMetadata().getUid(), object.getMetadata().getResourceVersion())));
        return live.isPresent();
    }

    private static HasMetadata bound(HasMetadata rendered, ObjectMeta live) {
        GenericKubernetesResource manifest = new GenericKubernetesResource();
        manifest.setApiVersion(rendered.getApiVersion());
        manifest.setKind(rendered.getKind());
        manifest.setAdditionalProperties(((GenericKubernetesResource) rendered).getAdditionalProperties());
        manifest.setMetadata(new ObjectMetaBuilder(rendered.getMetadata())
                .withUid(live.getUid())
                .withResourceVersion(live.getResourceVersion())
                .build());
        return manifest;
    }

    private static boolean isSame(HasMetadata one, HasMetadata other) {
        return spec(one).equals(spec(other));
    }

    /**
     * Returns the spec without empty fields: the API server fills in empty selectors, and model classes may drop them.
     */
    private static JsonNode spec(HasMetadata object) {
        return withoutEmptyFields(JSON.valueToTree(object).path("spec"));
    }

    private static JsonNode withoutEmptyFields(JsonNode node) {
        node.forEach(GuardOnCluster::withoutEmptyFields);
        if (node instanceof ObjectNode fields) {
            fields.removeIf(value -> value.isNull() || (value.isContainerNode() && value.isEmpty()));
        }
        return node;
    }
}
