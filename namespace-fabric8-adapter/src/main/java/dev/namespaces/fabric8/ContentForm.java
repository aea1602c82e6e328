package dev.namespaces.fabric8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * How the content of an object is compared: everything but its metadata and status.
 *
 * <p>The API server leaves out some empty fields of its own kinds. A manifest that has them differs from its live
 * object forever, and server-side apply writes the object again each time.
 */
enum ContentForm {
    /**
     * The API server leaves out the empty lists of a NetworkPolicy, and the empty labels of a selector. It keeps empty
     * objects: an item <code>{}</code> of a list, and a selector <code>{}</code>, select everything.
     */
    NETWORK_POLICY,

    /** The API server leaves out such as {@code "data": {}}. */
    BUILT_IN,

    /** The API server stores objects of a CustomResourceDefinition as they are sent. */
    CUSTOM;

    private static final Set<String> NOT_CONTENT = Set.of("apiVersion", "kind", "metadata", "status");

    /** The lists and labels of a NetworkPolicy. Any other name is a mistake that the API server has to see. */
    private static final Set<String> LEFT_OUT_IF_EMPTY = Set.of(
            "egress", "ingress", "policyTypes", "to", "from", "ports", "except", "matchLabels", "matchExpressions");

    static ContentForm of(ResourceType type) {
        if (type.kind().equals("NetworkPolicy") && type.group().equals("networking.k8s.io")) {
            return NETWORK_POLICY;
        }
        return type.isBuiltIn() ? BUILT_IN : CUSTOM;
    }

    /** Returns the names of the fields that are content. */
    static Set<String> names(ObjectNode object) {
        Set<String> names = new LinkedHashSet<>();
        object.fieldNames().forEachRemaining(names::add);
        names.removeAll(NOT_CONTENT);
        return names;
    }

    /** Replaces the content of an object by that of another one. */
    static void replace(ObjectNode object, ObjectNode other) {
        object.retain(NOT_CONTENT);
        names(other).forEach(name -> object.set(name, other.get(name)));
    }

    /** Returns the content of the object, so that it is equal for two objects that the API server stores alike. */
    ObjectNode content(ObjectNode object) {
        ObjectNode content = stored(object).without(NOT_CONTENT);
        if (this != CUSTOM) {
            content.properties().removeIf(field -> isEmpty(field.getValue()));
        }
        return content;
    }

    /**
     * Returns a copy of a whole object that the API server stores as it is. An apply of our own fields is not sent so:
     * there an empty list says that others may not fill it.
     */
    ObjectNode stored(ObjectNode object) {
        ObjectNode copy = object.deepCopy();
        if (this == NETWORK_POLICY) {
            names(copy).forEach(name -> removeEmpty(copy.get(name)));
        }
        return copy;
    }

    private static void removeEmpty(JsonNode node) {
        if (node instanceof ObjectNode object) {
            object.properties()
                    .removeIf(field -> LEFT_OUT_IF_EMPTY.contains(field.getKey()) && isEmpty(field.getValue()));
        }
        node.forEach(ContentForm::removeEmpty);
    }

    private static boolean isEmpty(JsonNode value) {
        return value.isContainerNode() && value.isEmpty();
    }
}
