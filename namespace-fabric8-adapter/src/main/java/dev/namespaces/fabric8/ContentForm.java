package dev.namespaces.fabric8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * The content of an object, which is everything but its metadata and status, in a form in which two objects of a kind
 * are equal if the API server stores the same for both.
 *
 * <p>The API server leaves out some empty fields of its own kinds. A manifest that has them would differ from its live
 * object forever, and every apply would write it again.
 */
final class ContentForm {

    private static final Set<String> NOT_CONTENT = Set.of("apiVersion", "kind", "metadata", "status");

    private final UnaryOperator<ObjectNode> normal;

    private ContentForm(UnaryOperator<ObjectNode> normal) {
        this.normal = normal;
    }

    static ContentForm of(ResourceType type) {
        if (type.kind().equals("NetworkPolicy") && type.group().equals("networking.k8s.io")) {
            return new ContentForm(ContentForm::networkPolicy);
        }
        return new ContentForm(type.isBuiltIn() ? ContentForm::builtIn : UnaryOperator.identity());
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

    /** Returns the content of the object in this form. */
    ObjectNode of(ObjectNode object) {
        return normal.apply(object.deepCopy().without(NOT_CONTENT));
    }

    boolean isSame(ObjectNode first, ObjectNode second) {
        return of(first).equals(of(second));
    }

    /** The API server leaves out such as {@code "data": {}}. */
    private static ObjectNode builtIn(ObjectNode content) {
        content.properties()
                .removeIf(field ->
                        field.getValue().isContainerNode() && field.getValue().isEmpty());
        return content;
    }

    /**
     * The API server leaves out every empty list of a NetworkPolicy, and a selector's empty {@code matchLabels}. It
     * keeps empty objects: an item <code>{}</code> of a list, and a selector <code>{}</code>, select everything.
     */
    private static ObjectNode networkPolicy(ObjectNode content) {
        removeEmpty(content);
        return builtIn(content);
    }

    private static void removeEmpty(JsonNode node) {
        if (node instanceof ObjectNode object) {
            object.properties().removeIf(ContentForm::isLeftOut);
        }
        node.forEach(ContentForm::removeEmpty);
    }

    private static boolean isLeftOut(Map.Entry<String, JsonNode> field) {
        JsonNode value = field.getValue();
        return value.isNull()
                || (value.isArray() && value.isEmpty())
                || (field.getKey().equals("matchLabels") && value.isEmpty());
    }
}
