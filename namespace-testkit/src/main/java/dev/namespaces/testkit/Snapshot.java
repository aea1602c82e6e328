package dev.namespaces.testkit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Writes objects as YAML that is the same in each run, for golden files. */
final class Snapshot {

    private static final ObjectWriter YAML = new ObjectMapper(YAMLFactory.builder()
                    .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
                    .disable(YAMLGenerator.Feature.SPLIT_LINES)
                    .enable(YAMLGenerator.Feature.INDENT_ARRAYS_WITH_INDICATOR)
                    .build())
            .writer();

    private static final Pattern UUID = Pattern.compile("\\p{XDigit}{8}(-\\p{XDigit}{4}){3}-\\p{XDigit}{12}");
    private static final String NAME_LABEL = "kubernetes.io/metadata.name";

    private static final List<String> LAST_TO_FIRST = List.of("namespace", "name", "metadata", "kind", "apiVersion");
    private static final Comparator<String> ORDER =
            Comparator.<String>comparingInt(LAST_TO_FIRST::indexOf).reversed().thenComparing(Comparator.naturalOrder());

    private Snapshot() {}

    /** Returns the objects in this order, one document for each. */
    static String of(List<HasMetadata> objects) {
        return objects.stream().map(Snapshot::document).collect(Collectors.joining("---\n"));
    }

    private static String document(HasMetadata object) {
        Map<String, Object> tree = Manifests.tree(object);
        removeWhatTheServerAdds(tree);
        try {
            return YAML.writeValueAsString(stable(tree));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("Not a manifest: " + object.getKind(), e);
        }
    }

    private static void removeWhatTheServerAdds(Map<String, Object> tree) {
        Map<String, Object> metadata = Manifests.child(tree, "metadata");
        boolean deleted = metadata.containsKey("deletionTimestamp");
        metadata.keySet()
                .removeIf(key ->
                        ManagedObject.SERVER_METADATA.contains(key) && !key.equals("name") && !key.equals("namespace"));
        if (deleted) {
            metadata.put("deletionTimestamp", "(time)");
        }
        if (metadata.get("labels") instanceof Map<?, ?> labels) {
            labels.remove(NAME_LABEL);
        }
        metadata.values().removeIf(value -> value instanceof Map<?, ?> map && map.isEmpty());
        if ("Namespace".equals(tree.get("kind"))) {
            tree.remove("spec");
            if (!deleted) {
                tree.remove("status");
            }
        }
    }

    /** Returns the value with its keys in order, and without what differs from run to run. */
    private static Object stable(Object value) {
        if (value instanceof Map<?, ?> map) {
            Map<String, Object> ordered = new TreeMap<>(ORDER);
            Manifests.map(map).forEach((key, item) -> ordered.put(key, stable(item)));
            ordered.remove("lastTransitionTime");
            return ordered;
        }
        if (value instanceof List<?> list) {
            return list.stream().map(Snapshot::stable).toList();
        }
        return value instanceof String text && UUID.matcher(text).matches() ? "(uuid)" : value;
    }
}
