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
    private final CreatedNamespaces createdNamespaces;
    private final KubernetesSerialization serialization;
    private final Call call;

    Session(ClientPool.Lease client, Call call) {
        this.server = client.server();
        this.discovery = client.discovery();
        this.createdNamespaces = client.createdNamespaces();
        this.serialization = client.client().getKubernetesSerialization();
        this.call = call;
    }

    Call call() {
        return call;
    }

    ApiAnswer send(ApiRequest request) {
        return server.send(request, call);
    }

    /** Sends a write, also again while the namespace is unknown that was created just now. */
    ApiAnswer sendWrite(ApiRequest request, @Nullable String namespace) {
        return send(request.repeatedAfter(answer ->
                namespace != null && answer.saysNamespaceAbsent(namespace) && createdNamespaces.has(namespace)));
    }

    /** Notes that the API server has created the namespace. */
    void createdNamespace(String name) {
        createdNamespaces.add(name);
    }

    /** Notes that the namespace is being deleted, so that its absence is believed. */
    void deletedNamespace(String name) {
        createdNamespaces.remove(name);
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
        if (saysAbsent(answer, type, namespace, name)) {
            return Optional.empty();
        }
        if (!answer.isSuccess()) {
            throw readFailure(answer, "get", type);
        }
        return Optional.of(stored(answer, type, namespace, name));
    }

    /** Returns whether the object is absent, its namespace is, or its kind is not served any more. */
    boolean saysAbsent(ApiAnswer answer, ResourceType type, @Nullable String namespace, String name) {
        return saysNotServed(answer, type)
                || answer.saysAbsent(type, name)
                || (type.namespaced() && answer.saysNamespaceAbsent(namespace));
    }

    /** Returns whether the kind is not served any more, and has the next call ask how it is. */
    boolean saysNotServed(ApiAnswer answer, ResourceType type) {
        // Every API server serves namespaces, so such an answer is not from one.
        boolean notServed = answer.saysKindNotServed() && !type.equals(ResourceType.NAMESPACE);
        if (notServed) {
            discovery.forget(type.apiVersion(), type.kind());
        }
        return notServed;
    }

    /** Returns the exception for a failed read. */
    ClusterException readFailure(ApiAnswer answer, String verb, ResourceType type) {
        return answer.status() == 404
                ? Failures.notFromKubernetes(answer, call)
                : Failures.of(answer, verb, type.qualifiedName(), call);
    }

    /**
     * Returns the object in a successful answer.
     *
     * @throws ClusterFailureException if it is not the object that was asked for, or not well-formed
     */
    ObjectNode object(ApiAnswer answer, ResourceType type, @Nullable String namespace, String name) {
        if (!answer.isSuccess()
                || !(answer.body() instanceof ObjectNode object)
                || !LiveObject.isOf(object, type, namespace, name)) {
            throw Failures.notFromKubernetes(answer, call);
        }
        return object;
    }

    /** Returns the object in a successful answer, like {@link #object}, which the API server has stored. */
    ObjectNode stored(ApiAnswer answer, ResourceType type, @Nullable String namespace, String name) {
        ObjectNode object = object(answer, type, namespace, name);
        if (!LiveObject.isVersioned(object)) {
            throw Failures.notFromKubernetes(answer, call);
        }
        return object;
    }

    /** Returns the exception for a failed write. */
    ClusterException failure(ApiAnswer answer, ApiRequest request, ResourceType type, ResourceRef resource) {
        if (Failures.saysTerminating(answer)) {
            return new NamespaceTerminatingException(call.context(), deletionConditions(resource.namespace()), null);
        }
        if (answer.saysNamespaceAbsent(resource.namespace())) {
            return new NamespaceAbsentException(call.context());
        }
        if (saysNotServed(answer, type)) {
            return notServed(resource);
        }
        if (answer.status() == 404 && !answer.isDenial()) {
            return Failures.notFromKubernetes(answer, call);
        }
        if (answer.status() == 403 && answer.isStatus() && !answer.isDenial() && !answer.saysQuotaUncounted()) {
            return refused(answer, request, resource);
        }
        return Failures.ofWrite(answer, request, resource, type, call);
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
        JsonNode allowed = answer.body().path("status").path("allowed");
        if (!allowed.isBoolean()) {
            throw Failures.notFromKubernetes(answer, call);
        }
        return allowed.booleanValue();
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

    /**
     * Returns the model of an object in a successful answer.
     *
     * @throws ClusterFailureException if a part of the object has not the form that its kind has
     */
    HasMetadata model(JsonNode tree) {
        try {
            return serialization.unmarshal(Json.write(tree));
        } catch (RuntimeException e) {
            // The exception quotes the object, so it is not passed on as the cause.
            throw Failures.notFromKubernetes(200, "", call);
        }
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
