package dev.namespaces.fabric8;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Checks that an answer has the object that was asked for, in the form that an API server writes. Everything that reads
 * the object afterwards relies on that form.
 */
final class LiveObject {

    private static final List<String> TEXTS_BY_NAME = List.of("labels", "annotations");

    private LiveObject() {}

    /** Returns whether this is the object of that name. It has a UID, and a version unless it was never stored. */
    static boolean isOf(JsonNode object, ResourceType type, @Nullable String namespace, String name) {
        JsonNode metadata = object.path("metadata");
        return object.path("kind").asText("").equals(type.kind())
                && object.path("apiVersion").asText("").equals(type.apiVersion())
                && metadata.path("name").asText("").equals(name)
                && (!type.namespaced() || metadata.path("namespace").asText("").equals(namespace))
                && isWellFormed(object, type);
    }

    /** Returns whether this is an item of a list of that type. Items of the API server's own kinds have no kind. */
    static boolean isItem(JsonNode item, ResourceType type) {
        return isAbsentOr(item.path("kind"), kind -> kind.asText().equals(type.kind()))
                && isAbsentOr(
                        item.path("apiVersion"), version -> version.asText().equals(type.apiVersion()))
                && isText(item.path("metadata").path("name"))
                && (!type.namespaced() || isText(item.path("metadata").path("namespace")))
                && isVersioned(item)
                && isWellFormed(item, type);
    }

    /** Returns whether the object has the version that every stored object has. */
    static boolean isVersioned(JsonNode object) {
        return isText(object.path("metadata").path("resourceVersion"));
    }

    private static boolean isWellFormed(JsonNode object, ResourceType type) {
        JsonNode metadata = object.path("metadata");
        return isText(metadata.path("uid"))
                && TEXTS_BY_NAME.stream()
                        .allMatch(field -> isAbsentOr(
                                metadata.path(field), node -> node.isObject() && all(node, JsonNode::isTextual)))
                && isListOf(metadata.path("finalizers"), JsonNode::isTextual)
                && isListOf(metadata.path("ownerReferences"), JsonNode::isObject)
                && isListOf(
                        metadata.path("managedFields"),
                        entry -> entry.isObject() && isAbsentOr(entry.path("fieldsV1"), JsonNode::isObject))
                && isAbsentOr(object.path("spec"), JsonNode::isObject)
                && isAbsentOr(object.path("status"), JsonNode::isObject)
                && !(type.isBuiltIn() && hasNullItem(object));
    }

    private static boolean isListOf(JsonNode node, Predicate<JsonNode> form) {
        return isAbsentOr(node, list -> list.isArray() && all(list, form));
    }

    private static boolean isAbsentOr(JsonNode node, Predicate<JsonNode> form) {
        return node.isMissingNode() || node.isNull() || form.test(node);
    }

    private static boolean isText(JsonNode node) {
        return node.isTextual() && !node.asText().isEmpty();
    }

    private static boolean all(JsonNode node, Predicate<JsonNode> form) {
        for (JsonNode child : node) {
            if (!form.test(child)) {
                return false;
            }
        }
        return true;
    }

    /** Lists of the API server's own kinds have no null; a CustomResourceDefinition may allow it. */
    private static boolean hasNullItem(JsonNode node) {
        return !all(node, child -> !(node.isArray() && child.isNull()) && !hasNullItem(child));
    }
}
