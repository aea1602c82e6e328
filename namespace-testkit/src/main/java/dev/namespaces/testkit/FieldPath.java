package dev.namespaces.testkit;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The path of a field of a manifest, down through maps only: a list is one field, and so is a label selector, as the
 * API server's schemas have it.
 *
 * @param keys the keys, outermost first
 */
record FieldPath(List<String> keys) implements Comparable<FieldPath> {

    FieldPath {
        keys = List.copyOf(keys);
    }

    static FieldPath of(String... keys) {
        return new FieldPath(List.of(keys));
    }

    /** Returns the fields of a tree that have a value of their own. */
    static NavigableSet<FieldPath> leaves(Map<String, Object> tree) {
        NavigableSet<FieldPath> leaves = new TreeSet<>();
        tree.forEach((key, value) -> addLeaves(of(key), value, leaves));
        return leaves;
    }

    private static void addLeaves(FieldPath path, Object value, NavigableSet<FieldPath> leaves) {
        if (value instanceof Map<?, ?> map && !map.isEmpty() && !path.isSelector()) {
            Manifests.map(map).forEach((key, item) -> addLeaves(path.child(key), item, leaves));
        } else {
            leaves.add(path);
        }
    }

    /** Returns the maps of a tree that have fields in them. */
    static NavigableSet<FieldPath> maps(Map<String, Object> tree) {
        NavigableSet<FieldPath> maps = new TreeSet<>();
        for (FieldPath leaf : leaves(tree)) {
            for (int depth = 1; depth < leaf.keys.size(); depth++) {
                maps.add(leaf.prefix(depth));
            }
        }
        return maps;
    }

    private FieldPath prefix(int depth) {
        return new FieldPath(keys.subList(0, depth));
    }

    FieldPath child(String key) {
        List<String> longer = new ArrayList<>(keys);
        longer.add(key);
        return new FieldPath(longer);
    }

    boolean isAtOrBelow(FieldPath other) {
        return keys.size() >= other.keys.size()
                && keys.subList(0, other.keys.size()).equals(other.keys);
    }

    boolean isLabelOrAnnotation() {
        return keys.size() > 2
                && keys.get(0).equals("metadata")
                && (keys.get(1).equals("labels") || keys.get(1).equals("annotations"));
    }

    /** Returns whether it is a label selector, which the API server treats as one value. */
    boolean isSelector() {
        return keys.get(keys.size() - 1).endsWith("elector");
    }

    @Nullable
    Object in(Map<String, Object> tree) {
        Object value = tree;
        for (String key : keys) {
            value = value instanceof Map<?, ?> map ? map.get(key) : null;
        }
        return value;
    }

    void set(Map<String, Object> tree, Object value) {
        Map<String, Object> parent = tree;
        for (String key : keys.subList(0, keys.size() - 1)) {
            if (!(parent.get(key) instanceof Map<?, ?>)) {
                parent.put(key, new LinkedHashMap<String, Object>());
            }
            parent = Manifests.child(parent, key);
        }
        String last = keys.get(keys.size() - 1);
        boolean keepsWhatOthersPutInside = value instanceof Map<?, ?> map
                && map.isEmpty()
                && !isSelector()
                && parent.get(last) instanceof Map<?, ?>;
        if (!keepsWhatOthersPutInside) {
            parent.put(last, Manifests.copyOf(value));
        }
    }

    /** Removes the field, and each parent map that becomes empty, unless it is kept. */
    void removeFrom(Map<String, Object> tree, Predicate<FieldPath> kept) {
        remove(tree);
        for (int depth = keys.size() - 1; depth > 0; depth--) {
            FieldPath above = prefix(depth);
            if (!(above.in(tree) instanceof Map<?, ?> map) || !map.isEmpty() || kept.test(above)) {
                return;
            }
            above.remove(tree);
        }
    }

    private void remove(Map<String, Object> tree) {
        if (prefix(keys.size() - 1).in(tree) instanceof Map<?, ?> parent) {
            parent.remove(keys.get(keys.size() - 1));
        }
    }

    @Override
    public int compareTo(FieldPath other) {
        int common = Math.min(keys.size(), other.keys.size());
        for (int i = 0; i < common; i++) {
            int order = keys.get(i).compareTo(other.keys.get(i));
            if (order != 0) {
                return order;
            }
        }
        return Integer.compare(keys.size(), other.keys.size());
    }

    /** Returns the path as the API server writes it, such as {@code .metadata.labels.team}. */
    @Override
    public String toString() {
        return "." + String.join(".", keys);
    }
}
