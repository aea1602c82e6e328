package dev.namespaces.core;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.namespaces.model.PolicyDialect;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.List;
import java.util.Set;

/** Compares what objects say, apart from metadata and status. */
final class ManifestContent {

    private static final ObjectMapper JSON = JsonMapper.builder().build();
    private static final Set<String> NOT_CONTENT = Set.of("apiVersion", "kind", "metadata", "status");

    /** Lists for which the API server stores nothing where a NetworkPolicy has an empty one. */
    private static final List<String> DROPPED_IF_EMPTY = List.of("egress", "ingress");

    private ManifestContent() {}

    /** Returns whether both objects say the same, so that applying one to the other would change nothing. */
    static boolean isSame(HasMetadata one, HasMetadata other) {
        return content(one).equals(content(other));
    }

    private static ObjectNode content(HasMetadata object) {
        ObjectNode content = JSON.<ObjectNode>valueToTree(object).without(NOT_CONTENT);
        JsonNode spec = content.get("spec");
        if (PolicyDialect.KUBERNETES.kind().equals(object.getKind()) && spec instanceof ObjectNode fields) {
            DROPPED_IF_EMPTY.stream()
                    .filter(field ->
                            fields.path(field).isArray() && fields.path(field).isEmpty())
                    .forEach(fields::remove);
        }
        return content;
    }
}
