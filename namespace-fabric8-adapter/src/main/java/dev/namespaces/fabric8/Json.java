package dev.namespaces.fabric8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.stream.IntStream;

/** JSON as trees, which keep the fields that a model class does not know. */
final class Json {

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private Json() {}

    static JsonNode read(byte[] text) throws IOException {
        JsonNode tree = MAPPER.readTree(text);
        return tree == null ? MissingNode.getInstance() : tree;
    }

    static JsonNode read(String text) {
        try {
            return MAPPER.readTree(text);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("A manifest was written as invalid JSON", e);
        }
    }

    static String write(JsonNode tree) {
        return tree.toString();
    }

    static JsonNode text(String value) {
        return MAPPER.getNodeFactory().textNode(value);
    }

    static ArrayNode array() {
        return MAPPER.createArrayNode();
    }

    static ObjectNode object() {
        return MAPPER.createObjectNode();
    }

    /** Returns whether {@code found} has all of {@code wanted}; it may have more fields, but not more items. */
    static boolean contains(JsonNode found, JsonNode wanted) {
        if (wanted.isObject()) {
            return found.isObject()
                    && wanted.properties().stream()
                            .allMatch(field -> contains(found.path(field.getKey()), field.getValue()));
        }
        if (wanted.isArray()) {
            return found.isArray()
                    && found.size() == wanted.size()
                    && IntStream.range(0, wanted.size()).allMatch(i -> contains(found.get(i), wanted.get(i)));
        }
        return found.equals(wanted);
    }

    /**
     * Returns JSON that every YAML parser reads alike. YAML refuses some characters unless they are escaped, but has no
     * escapes for half of a surrogate pair, so pairs stay as they are. Outside of strings JSON has none of them.
     */
    static String yamlSafe(String json) {
        StringBuilder safe = null;
        for (int i = 0; i < json.length(); i++) {
            char c = json.charAt(i);
            boolean escape =
                    (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029 || c == 0xfeff || c == 0xfffe || c == 0xffff;
            if (escape && safe == null) {
                safe = new StringBuilder(json.length() + 16).append(json, 0, i);
            }
            if (safe != null) {
                if (escape) {
                    safe.append(String.format("\\u%04x", (int) c));
                } else {
                    safe.append(c);
                }
            }
        }
        return safe == null ? json : safe.toString();
    }
}
