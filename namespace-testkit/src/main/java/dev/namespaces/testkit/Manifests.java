package dev.namespaces.testkit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.KubernetesResource;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/** Manifests as trees of maps, lists and scalars, which is how the API server sees them. */
final class Manifests {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final TypeReference<LinkedHashMap<String, Object>> TREE = new TypeReference<>() {};

    private Manifests() {}

    /** Returns the manifest without any null; the tree is the caller's own. */
    static Map<String, Object> tree(HasMetadata manifest) {
        try {
            return withoutNulls(JSON.readValue(JSON.writeValueAsBytes(manifest), TREE));
        } catch (IOException e) {
            throw new IllegalArgumentException("Not a manifest: " + manifest.getKind(), e);
        }
    }

    /** Returns the tree as the model class of its kind if that is on the class path, as the fabric8 client does. */
    static HasMetadata object(Map<String, Object> tree) {
        try {
            return (HasMetadata) JSON.readValue(JSON.writeValueAsBytes(tree), KubernetesResource.class);
        } catch (IOException e) {
            throw new IllegalStateException("Not an object of " + tree.get("kind"), e);
        }
    }

    /** Returns a copy of the same class that shares nothing with the manifest. */
    static HasMetadata copy(HasMetadata manifest) {
        try {
            return JSON.readValue(JSON.writeValueAsBytes(manifest), manifest.getClass());
        } catch (IOException e) {
            throw new IllegalArgumentException("Not a manifest: " + manifest.getKind(), e);
        }
    }

    /** Returns the manifest as JSON with its keys in order, to be shown and compared. */
    static String json(HasMetadata manifest) {
        try {
            return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(sorted(tree(manifest)));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("Not a manifest: " + manifest.getKind(), e);
        }
    }

    static Map<String, Object> copy(Map<String, Object> tree) {
        Map<String, Object> copy = new LinkedHashMap<>();
        tree.forEach((key, value) -> copy.put(key, copyOf(value)));
        return copy;
    }

    static Object copyOf(Object value) {
        if (value instanceof Map<?, ?> map) {
            return copy(map(map));
        }
        if (value instanceof List<?> list) {
            List<Object> copy = new ArrayList<>(list.size());
            list.forEach(item -> copy.add(copyOf(item)));
            return copy;
        }
        return value;
    }

    /** Removes every entry of the tree that is an empty list. */
    static void dropEmptyLists(Map<?, ?> tree) {
        tree.values().removeIf(value -> value instanceof List<?> list && list.isEmpty());
        tree.values().forEach(Manifests::dropEmptyListsIn);
    }

    private static void dropEmptyListsIn(Object value) {
        if (value instanceof Map<?, ?> map) {
            dropEmptyLists(map);
        } else if (value instanceof List<?> list) {
            list.forEach(Manifests::dropEmptyListsIn);
        }
    }

    /** Returns the map of that key, added if there is none. */
    static Map<String, Object> child(Map<String, Object> tree, String key) {
        return map((Map<?, ?>) tree.computeIfAbsent(key, k -> new LinkedHashMap<String, Object>()));
    }

    @SuppressWarnings("unchecked") // keys of JSON are strings
    static Map<String, Object> map(Map<?, ?> json) {
        return (Map<String, Object>) json;
    }

    private static Map<String, Object> withoutNulls(Map<String, Object> tree) {
        tree.values().removeIf(Objects::isNull);
        tree.values().forEach(value -> {
            if (value instanceof Map<?, ?> map) {
                withoutNulls(map(map));
            }
        });
        return tree;
    }

    private static Object sorted(Object value) {
        if (value instanceof Map<?, ?> map) {
            Map<String, Object> sorted = new TreeMap<>();
            map(map).forEach((key, item) -> sorted.put(key, sorted(item)));
            return sorted;
        }
        return value instanceof List<?> list
                ? list.stream().map(Manifests::sorted).toList()
                : value;
    }
}
