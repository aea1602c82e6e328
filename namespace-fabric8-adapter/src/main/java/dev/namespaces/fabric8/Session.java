package dev.namespaces.fabric8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.namespaces.error.ClusterException;
import dev.namespaces.error.ClusterFailureException;
import dev.namespaces.error.KindNotServedException;
import dev.namespaces.error.ManifestRejectedException;
import dev.namespaces.error.NamespaceAbsentException;
import dev.namespaces.error.NamespaceTerminatingException;
import dev.namespaces.model.DeletionCondition;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.spi.AccessRule;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One call of the gateway through one client, with what all operations have in common. */
final class Session {

    /** The verbs on namespaces that the API server does not grant for a single one. */
    private static final Set<String> ALL_NAMESPACES = Set.of("create", "list");

    private final ApiServer server;
    private final Discovery discovery;
    private final KubernetesSerialization serialization;
    private final Call call;

    Session(ClientPool.Lease client, Call call) {
        this.server = client.server();
        this.discovery = client.discovery();
        this.serialization = client.client().getKubernetesSerialization();
        this.call = call;
    }

    Call call() {
        return call;
    }

    ApiAnswer send(ApiRequest request) {
        return server.send(request, call);
    }

    Optional<ResourceType> find(ResourceRef resource) {
        return find(resource.apiVersion(), resource.kind());
    }

    Optional<ResourceType> find(String apiVersion, String kind) {
        return discovery.find(apiVersion, kind, call);
    }

    /** Asks the API server how it serves the kind now. */
    Optional<ResourceType> ask(String apiVersion, String kind) {
        return discovery.ask(apiVersion, kind, call);
    }

    /**
     * Returns the type of an object that is to be written.
     *
     * @throws KindNotServedException if the cluster does not serve its kind
     * @throws ManifestRejectedException if no object can have its name
     */
    ResourceType require(ResourceRef resource) {
        ResourceType type = find(resource).orElseThrow(() -> notServed(resource));
        if (!ResourceType.canBeNamed(resource.name())) {
            throw new ManifestRejectedException(
                    call.context(),
                    List.of(new ManifestRejectedException.FieldCause(
                            "metadata.name", "must not be empty, '.' or '..', and must not have a '/' or '%'")),
                    "its name cannot be part of a path",
                    null);
        }
        return type;
    }

    KindNotServedException notServed(ResourceRef resource) {
        discovery.forget(resource.apiVersion(), resource.kind());
        return new KindNotServedException(call.context(), resource.apiVersion(), resource.kind(), null);
    }

    /** Returns the live object, or empty if it is absent. */
    Optional<ObjectNode> read(ResourceType type, @Nullable String namespace, String name) {
        ApiAnswer answer = send(ApiRequest.get(type.path(namespace, name), type.qualifiedName()));
        if (saysAbsent(answer, type)) {
            return Optional.empty();
        }
        if (!answer.isSuccess()) {
            throw Failures.of(answer, "get", type.qualifiedName(), call);
        }
        return Optional.of(object(answer));
    }

    /** Returns whether the object is absent, or its kind is not served any more. */
    boolean saysAbsent(ApiAnswer answer, ResourceType type) {
        if (answer.saysKindNotServed()) {
            requireNoNamespace(answer, type);
            discovery.forget(type.apiVersion(), type.kind());
        }
        return answer.status() == 404;
    }

    /** Every API server serves namespaces, so the answer is not from one. */
    private void requireNoNamespace(ApiAnswer answer, ResourceType type) {
        if (type.equals(ResourceType.NAMESPACE)) {
            throw notFromKubernetes(answer, call);
        }
    }

    /** Returns the object in a successful answer. */
    ObjectNode object(ApiAnswer answer) {
        return answer.object().orElseThrow(() -> notFromKubernetes(answer, call));
    }

    static ClusterFailureException notFromKubernetes(ApiAnswer answer, Call call) {
        return new ClusterFailureException(
                call.context(),
                answer.status(),
                "the answer is not from Kubernetes; is there a proxy in between?",
                null);
    }

    /** Returns the exception for a failed write. */
    ClusterException failure(ApiAnswer answer, ApiRequest request, ResourceRef resource) {
        if (Failures.saysTerminating(answer)) {
            return new NamespaceTerminatingException(call.context(), deletionConditions(resource.namespace()), null);
        }
        if (resource.namespace() != null && answer.saysNamespaceAbsent()) {
            return new NamespaceAbsentException(call.context());
        }
        if (answer.saysKindNotServed()) {
            return resource.kind().equals("Namespace") ? notFromKubernetes(answer, call) : notServed(resource);
        }
        if (answer.status() == 403) {
            return refused(answer, request, resource);
        }
        return Failures.ofManifest(answer, request.verb(), request.resourceType(), call);
    }

    /**
     * Returns whether a role lacks a right or an admission controller refuses the write: both answer 403, and an apply
     * without the right to create fails as one without the right to patch.
     */
    private ClusterException refused(ApiAnswer answer, ApiRequest request, ResourceRef resource) {
        List<String> verbs = request.verb().equals("patch") ? List.of("patch", "create") : List.of(request.verb());
        String namespace = resource.kind().equals("Namespace") ? resource.name() : resource.namespace();
        try {
            for (String verb : verbs) {
                if (!isAllowed(verb, request.resourceType(), namespace, resource.name())) {
                    return Failures.of(answer, verb, request.resourceType(), call);
                }
            }
            return Failures.rejected(answer, call);
        } catch (ClusterException e) {
            // The refusal is the failure to report; the question would only have made it more exact.
            return Failures.of(answer, request.verb(), request.resourceType(), call);
        }
    }

    /**
     * Asks the API server whether our user may do that.
     *
     * @param resourceType the plural name, with its group
     * @param namespace in which namespace, or null for all
     * @param name to which object, or null for any
     */
    boolean isAllowed(String verb, String resourceType, @Nullable String namespace, @Nullable String name) {
        int dot = resourceType.indexOf('.');
        ObjectNode attributes = Json.object()
                .put("verb", verb)
                .put("resource", dot < 0 ? resourceType : resourceType.substring(0, dot))
                .put("group", dot < 0 ? "" : resourceType.substring(dot + 1));
        if (namespace != null) {
            attributes.put("namespace", namespace);
        }
        if (name != null) {
            attributes.put("name", name);
        }
        ObjectNode review =
                Json.object().put("apiVersion", "authorization.k8s.io/v1").put("kind", "SelfSubjectAccessReview");
        review.putObject("spec").set("resourceAttributes", attributes);
        ApiRequest request = ApiRequest.review(
                "apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
                Json.write(review),
                "selfsubjectaccessreviews.authorization.k8s.io");
        ApiAnswer answer = send(request);
        if (!answer.isSuccess()) {
            throw Failures.of(answer, request.verb(), request.resourceType(), call);
        }
        return object(answer).path("status").path("allowed").asBoolean();
    }

    /**
     * Asks the API server whether our user has the right.
     *
     * @param namespace in which namespace, or null for all
     */
    boolean isAllowed(AccessRule rule, @Nullable String namespace) {
        boolean isNamespace = rule.qualifiedResource().equals(ResourceType.NAMESPACE.qualifiedName());
        if (isNamespace && ALL_NAMESPACES.contains(rule.verb())) {
            return isAllowed(rule.verb(), rule.qualifiedResource(), null, null);
        }
        return isAllowed(rule.verb(), rule.qualifiedResource(), namespace, isNamespace ? namespace : null);
    }

    ObjectNode tree(HasMetadata manifest) {
        return (ObjectNode) Json.read(serialization.asJson(manifest));
    }

    HasMetadata model(JsonNode tree) {
        return serialization.unmarshal(Json.write(tree));
    }

    /** Returns what delays the deletion of a namespace, or nothing if that cannot be found out. */
    private List<DeletionCondition> deletionConditions(@Nullable String namespace) {
        if (namespace == null) {
            return List.of();
        }
        Optional<ObjectNode> live;
        try {
            live = read(ResourceType.NAMESPACE, null, namespace);
        } catch (ClusterException e) {
            // The terminating namespace is the failure to report; it only loses a detail.
            return List.of();
        }
        List<DeletionCondition> conditions = new ArrayList<>();
        for (JsonNode condition : live.<JsonNode>map(node -> node.path("status").path("conditions"))
                .orElseGet(Json::array)) {
            if (condition.path("status").asText("").equals("True")) {
                conditions.add(new DeletionCondition(
                        condition.path("type").asText(""),
                        condition.path("reason").asText(""),
                        condition.path("message").asText("")));
            }
        }
        return conditions;
    }
}
