package dev.namespaces.integration;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.namespaces.error.ApplyConflictException;
import dev.namespaces.error.ClusterException;
import dev.namespaces.error.ClusterFailureException;
import dev.namespaces.error.KindNotServedException;
import dev.namespaces.error.ManifestRejectedException;
import dev.namespaces.error.NamespaceTerminatingException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.spi.ApplyResult;
import dev.namespaces.spi.ClusterGateway;
import dev.namespaces.spi.CreateResult;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A cluster that gets a sequence of calls, and its answers in a form that can be compared with those of another
 * cluster. Times are left out. UIDs, versions and generations are numbered in the order in which they appear, because
 * one call may change an object more than once.
 */
final class ClusterUnderCalls {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final TypeReference<Map<String, Object>> TREE = new TypeReference<>() {};

    private final ClusterGateway gateway;
    private final ClusterId id;
    private final OtherUser otherUser;
    private final Map<ResourceRef, HasMetadata> remembered = new HashMap<>();
    private final Map<String, String> uids = new LinkedHashMap<>();
    private final Map<String, String> versions = new LinkedHashMap<>();
    private final Map<String, String> generations = new LinkedHashMap<>();

    /** Changes objects without the gateway. */
    @FunctionalInterface
    interface OtherUser {

        /** Sets a label as kubectl, or removes it. */
        void label(HasMetadata live, String key, @Nullable String value);
    }

    /** A call to a cluster. */
    @FunctionalInterface
    interface Call {
        Object on(ClusterUnderCalls cluster);
    }

    ClusterUnderCalls(ClusterGateway gateway, ClusterId id, OtherUser otherUser) {
        this.gateway = gateway;
        this.id = id;
        this.otherUser = otherUser;
    }

    ClusterGateway gateway() {
        return gateway;
    }

    ClusterId id() {
        return id;
    }

    OtherUser otherUser() {
        return otherUser;
    }

    Optional<HasMetadata> find(ResourceRef resource) {
        return gateway.find(id, resource);
    }

    /** Keeps the object as it is now, for a later call with a version that may be stale. */
    Optional<HasMetadata> remember(ResourceRef resource) {
        Optional<HasMetadata> live = find(resource);
        live.ifPresent(object -> remembered.put(resource, object));
        return live;
    }

    /** Returns the object as it was when it was remembered. */
    Optional<HasMetadata> remembered(ResourceRef resource) {
        return Optional.ofNullable(remembered.get(resource));
    }

    /** Returns the outcome of the call as text: a result, or the type and the facts of an exception. */
    String outcomeOf(Call call) {
        Object outcome;
        try {
            outcome = comparable(call.on(this));
        } catch (ClusterException e) {
            outcome = facts(e);
        }
        try {
            return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(outcome);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private Object comparable(Object result) {
        if (result instanceof HasMetadata object) {
            return comparableObject(object);
        }
        if (result instanceof Optional<?> optional) {
            return optional.map(this::comparable).orElse("absent");
        }
        if (result instanceof ApplyResult applied) {
            return facts(
                    "effect", applied.effect(),
                    "live", comparable(applied.live()),
                    "warnings", applied.warnings(),
                    "arrival", applied.arrival());
        }
        if (result instanceof CreateResult.Created created) {
            return facts(
                    "created", comparable(created.live()),
                    "warnings", created.warnings(),
                    "arrival", created.arrival());
        }
        if (result instanceof List<?> objects) {
            return objects.stream().map(this::comparable).toList();
        }
        return result.toString();
    }

    private static Map<String, Object> facts(Object... keysAndValues) {
        Map<String, Object> facts = new LinkedHashMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            facts.put((String) keysAndValues[i], keysAndValues[i + 1]);
        }
        return facts;
    }

    /** Returns what a caller may rely on. The words of the server are no fact. */
    private static Map<String, Object> facts(ClusterException failure) {
        Map<String, Object> facts = facts(
                "failure", failure.getClass().getSimpleName(),
                "category", failure.category(),
                "retryable", failure.isRetryable(),
                "context", failure.context().toString(),
                "arrival", failure.arrival());
        if (failure instanceof ApplyConflictException conflict) {
            facts.put(
                    "conflicts",
                    conflict.conflicts().stream().map(Object::toString).sorted().toList());
        }
        if (failure instanceof ManifestRejectedException rejected) {
            facts.put(
                    "fields",
                    rejected.causes().stream()
                            .map(ManifestRejectedException.FieldCause::field)
                            .sorted()
                            .toList());
        }
        if (failure instanceof NamespaceTerminatingException terminating) {
            facts.put("conditions", terminating.conditions().toString());
        }
        if (failure instanceof KindNotServedException notServed) {
            facts.put("kind", notServed.apiVersion() + " " + notServed.kind());
        }
        if (failure instanceof ClusterFailureException other) {
            facts.put("status", other.statusCode());
        }
        return facts;
    }

    private Map<String, Object> comparableObject(HasMetadata object) {
        Map<String, Object> tree = new TreeMap<>(JSON.convertValue(object, TREE));
        Map<String, Object> metadata = new TreeMap<>(map(Objects.requireNonNull(tree.get("metadata"))));
        tree.put("metadata", metadata);
        metadata.computeIfPresent("uid", (key, uid) -> number(uids, "uid-", uid));
        if (object.getKind().equals("NetworkPolicy")) {
            // The API server also counts an empty list, which it does not store, as a change.
            metadata.remove("generation");
        }
        metadata.computeIfPresent(
                "generation",
                (key, generation) -> number(generations, "generation-", metadata.get("uid") + "/" + generation));
        metadata.computeIfPresent("resourceVersion", (key, version) -> number(versions, "version-", version));
        metadata.computeIfPresent("creationTimestamp", (key, time) -> "time");
        metadata.computeIfPresent("deletionTimestamp", (key, time) -> "time");
        if (metadata.get("managedFields") instanceof List<?> owners) {
            metadata.put(
                    "managedFields",
                    owners.stream()
                            .map(owner -> {
                                Map<String, Object> fields = map(ordered(owner));
                                fields.remove("time");
                                return fields.toString();
                            })
                            .sorted()
                            .toList());
        }
        return map(ordered(tree));
    }

    private static String number(Map<String, String> numbers, String prefix, Object value) {
        return numbers.computeIfAbsent(value.toString(), key -> prefix + (numbers.size() + 1));
    }

    /** Returns the tree with its keys in order, and without nulls. */
    private static Object ordered(Object value) {
        if (value instanceof Map<?, ?> map) {
            Map<String, Object> ordered = new TreeMap<>();
            map(map).forEach((key, item) -> {
                if (item != null) {
                    ordered.put(key, ordered(item));
                }
            });
            return ordered;
        }
        return value instanceof List<?> list
                ? list.stream().map(ClusterUnderCalls::ordered).toList()
                : value;
    }

    @SuppressWarnings("unchecked") // keys of JSON are strings
    private static Map<String, Object> map(Object json) {
        return (Map<String, Object>) json;
    }
}
