package dev.namespaces.core.policy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.HasMetadata;

/** Manifests as the API server sees them, whatever class they are of. */
final class Manifests {

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private Manifests() {}

    static JsonNode tree(HasMetadata manifest) {
        return MAPPER.valueToTree(manifest);
    }
}
