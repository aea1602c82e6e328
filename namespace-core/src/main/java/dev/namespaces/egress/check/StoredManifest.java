package dev.namespaces.egress.check;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.namespaces.model.PolicyDialect;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.Set;

/**
 * Reads explicit nulls in a policy manifest as the API server does. Of a custom resource it drops each null field and
 * keeps a null in a list, which the schema then refuses. Of a NetworkPolicy a null is the empty value of its type: a
 * field that is absent, an empty item, or an empty text.
 *
 * @see <a
 *     href="https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#defaulting-and-nullable">
 *     Kubernetes: defaulting and nullable</a>
 */
public final class StoredManifest {

    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final Set<String> MAPS_OF_TEXTS = Set.of("annotations", "labels", "matchLabels");
    private static final Set<String> LISTS_OF_TEXTS = Set.of("except", "finalizers", "policyTypes", "values");

    private StoredManifest() {}

    /** Returns the manifest without its nulls, as far as the API server takes them; the argument is not changed. */
    public static HasMetadata of(HasMetadata manifest) {
        ObjectNode tree = MAPPER.valueToTree(manifest);
        boolean builtIn = tree.path("apiVersion").asText().equals(PolicyDialect.KUBERNETES.apiVersion());
        resolve(tree, "", builtIn);
        return MAPPER.convertValue(tree, GenericKubernetesResource.class);
    }

    private static void resolve(JsonNode node, String name, boolean builtIn) {
        if (node instanceof ObjectNode object) {
            if (builtIn && MAPS_OF_TEXTS.contains(name)) {
                object.properties().stream()
                        .filter(field -> field.getValue().isNull())
                        .forEach(field -> field.setValue(object.textNode("")));
            }
            object.properties().removeIf(field -> field.getValue().isNull());
            object.properties().forEach(field -> resolve(field.getValue(), field.getKey(), builtIn));
        } else if (node instanceof ArrayNode array) {
            for (int i = 0; i < array.size(); i++) {
                if (builtIn && array.get(i).isNull()) {
                    array.set(i, LISTS_OF_TEXTS.contains(name) ? array.textNode("") : array.objectNode());
                }
                resolve(array.get(i), name, builtIn);
            }
        }
    }
}
