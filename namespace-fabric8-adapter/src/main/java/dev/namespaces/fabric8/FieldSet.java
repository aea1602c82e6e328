package dev.namespaces.fabric8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The fields that a manager owns, read from a {@code managedFields} entry.
 *
 * <p>Kubernetes writes them as nested objects, one level for each step: {@code f:name} for a field, {@code k:{...}},
 * {@code v:...} and {@code i:...} for an item of a list, and {@code .} for the thing itself.
 */
final class FieldSet {

    private final Set<List<String>> leaves;

    private FieldSet(Set<List<String>> leaves) {
        this.leaves = leaves;
    }

    static FieldSet of(JsonNode fieldsV1) {
        Set<List<String>> leaves = new LinkedHashSet<>();
        collect(fieldsV1, List.of(), leaves);
        return new FieldSet(leaves);
    }

    static FieldSet none() {
        return new FieldSet(Set.of());
    }

    FieldSet plus(FieldSet other) {
        Set<List<String>> union = new LinkedHashSet<>(leaves);
        union.addAll(other.leaves);
        return new FieldSet(union);
    }

    FieldSet minus(FieldSet other) {
        Set<List<String>> difference = new LinkedHashSet<>(leaves);
        difference.removeAll(other.leaves);
        return new FieldSet(difference);
    }

    /** Returns the labels and annotations among the fields, except the one that the API server sets by itself. */
    FieldSet labelsAndAnnotations() {
        Set<List<String>> kept = new LinkedHashSet<>();
        for (List<String> leaf : leaves) {
            if (leaf.size() == 3
                    && leaf.get(0).equals("f:metadata")
                    && (leaf.get(1).equals("f:labels") || leaf.get(1).equals("f:annotations"))
                    && !leaf.get(2).equals("f:kubernetes.io/metadata.name")) {
                kept.add(leaf);
            }
        }
        return new FieldSet(kept);
    }

    /** Returns whether the object has all of the fields. Items of a list are not compared, only the list. */
    boolean isWithin(ObjectNode object) {
        for (List<String> leaf : leaves) {
            JsonNode node = object;
            for (String step : leaf) {
                if (!step.startsWith("f:")) {
                    break;
                }
                node = node.path(step.substring(2));
                if (node.isMissingNode()) {
                    return false;
                }
            }
        }
        return true;
    }

    /** Removes the fields from an object. An item of a list stays. */
    void removeFrom(ObjectNode object) {
        for (List<String> leaf : leaves) {
            JsonNode parent = object;
            for (int i = 0; i < leaf.size() && parent instanceof ObjectNode node; i++) {
                String step = leaf.get(i);
                if (!step.startsWith("f:")) {
                    break;
                }
                String field = step.substring(2);
                if (i == leaf.size() - 1) {
                    node.remove(field);
                }
                parent = node.path(field);
            }
        }
    }

    /** Returns both sets as one, in Kubernetes' own form. */
    static ObjectNode union(JsonNode first, JsonNode second) {
        ObjectNode union = first instanceof ObjectNode object ? object.deepCopy() : Json.object();
        for (Map.Entry<String, JsonNode> field : fields(second).toList()) {
            JsonNode before = union.path(field.getKey());
            union.set(field.getKey(), union(before, field.getValue()));
        }
        return union;
    }

    private static void collect(JsonNode node, List<String> path, Set<List<String>> leaves) {
        boolean isLeaf = true;
        for (Map.Entry<String, JsonNode> field : fields(node).toList()) {
            if (field.getKey().equals(".")) {
                continue;
            }
            isLeaf = false;
            collect(
                    field.getValue(),
                    Stream.concat(path.stream(), Stream.of(field.getKey())).toList(),
                    leaves);
        }
        if (isLeaf && !path.isEmpty() && !node.has(".")) {
            leaves.add(path);
        }
    }

    private static Stream<Map.Entry<String, JsonNode>> fields(JsonNode node) {
        return node.properties().stream();
    }
}
