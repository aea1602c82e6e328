package dev.namespaces.core;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ManagedFieldsEntry;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Reads labels, annotations and field owners of a live object. */
final class LiveMetadata {

    /** The API server sets this label by itself, and names the creator of the namespace as its owner. */
    private static final String SET_BY_THE_SERVER = "kubernetes.io/metadata.name";

    private LiveMetadata() {}

    /** Returns whether the stored labels and annotations are those that were sent, and any others existed before. */
    static boolean isOf(HasMetadata sent, @Nullable HasMetadata before, HasMetadata stored) {
        return isOf(labels(sent), labels(before), labels(stored))
                && isOf(annotations(sent), annotations(before), annotations(stored));
    }

    private static boolean isOf(Map<String, String> sent, Map<String, String> before, Map<String, String> stored) {
        return stored.entrySet().containsAll(sent.entrySet())
                && stored.entrySet().stream()
                        .allMatch(entry -> sent.entrySet().contains(entry)
                                || before.entrySet().contains(entry));
    }

    static Map<String, String> labels(@Nullable HasMetadata live) {
        Map<String, String> labels = live == null ? null : live.getMetadata().getLabels();
        return labels == null ? Map.of() : labels;
    }

    static Map<String, String> annotations(@Nullable HasMetadata live) {
        Map<String, String> annotations =
                live == null ? null : live.getMetadata().getAnnotations();
        return annotations == null ? Map.of() : annotations;
    }

    /**
     * Returns the label keys that {@code managedFields} says the field manager owns, but the one that the API server
     * sets. Others can write {@code managedFields}, too.
     */
    static Set<String> labelsOwnedBy(String fieldManager, HasMetadata live) {
        Set<String> keys = keysOwnedBy(fieldManager::equals, live, "f:labels");
        keys.remove(SET_BY_THE_SERVER);
        return keys;
    }

    /** Returns the annotation keys that {@code managedFields} says the field manager owns. */
    static Set<String> annotationsOwnedBy(String fieldManager, HasMetadata live) {
        return keysOwnedBy(fieldManager::equals, live, "f:annotations");
    }

    /** Returns the label keys that no other field manager owns. */
    static Set<String> labelsOwnedOnlyBy(String fieldManager, HasMetadata live) {
        Set<String> keys = labelsOwnedBy(fieldManager, live);
        keys.removeAll(keysOwnedBy(manager -> !fieldManager.equals(manager), live, "f:labels"));
        return keys;
    }

    /** Returns the annotation keys that no other field manager owns. */
    static Set<String> annotationsOwnedOnlyBy(String fieldManager, HasMetadata live) {
        Set<String> keys = annotationsOwnedBy(fieldManager, live);
        keys.removeAll(keysOwnedBy(manager -> !fieldManager.equals(manager), live, "f:annotations"));
        return keys;
    }

    private static Set<String> keysOwnedBy(Predicate<String> fieldManagers, HasMetadata live, String part) {
        if (live.getMetadata().getManagedFields() == null) {
            return new TreeSet<>();
        }
        Set<String> keys = new TreeSet<>();
        for (ManagedFieldsEntry entry : live.getMetadata().getManagedFields()) {
            if (!fieldManagers.test(String.valueOf(entry.getManager())) || entry.getFieldsV1() == null) {
                continue;
            }
            child(child(entry.getFieldsV1().getAdditionalProperties(), "f:metadata"), part)
                    .keySet()
                    .forEach(key -> {
                        if (String.valueOf(key).startsWith("f:")) {
                            keys.add(String.valueOf(key).substring(2));
                        }
                    });
        }
        return keys;
    }

    private static Map<?, ?> child(@Nullable Map<?, ?> map, String key) {
        return map != null && map.get(key) instanceof Map<?, ?> child ? child : Collections.emptyMap();
    }
}
