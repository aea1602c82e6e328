package dev.namespaces.model;

import java.io.Serializable;
import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The label and annotation keys that we may have set on an object. Only these may be removed from it again.
 *
 * @param labels each key, with the value that an adoption overwrote, or null if it overwrote none
 * @param annotations the same for annotations
 */
public record WrittenKeys(SortedMap<String, @Nullable String> labels, SortedMap<String, @Nullable String> annotations)
        implements Serializable {

    private static final WrittenKeys NONE = new WrittenKeys(new TreeMap<>(), new TreeMap<>());

    public WrittenKeys {
        labels = Collections.unmodifiableSortedMap(new TreeMap<>(labels));
        annotations = Collections.unmodifiableSortedMap(new TreeMap<>(annotations));
    }

    /** Returns no keys. */
    public static WrittenKeys none() {
        return NONE;
    }

    /** Returns these keys, none of which overwrote a value. */
    public static WrittenKeys of(Collection<String> labels, Collection<String> annotations) {
        return new WrittenKeys(withoutValues(labels), withoutValues(annotations));
    }

    /**
     * Returns the keys of both. For a key that is among these keys already, the overwritten value stays as it is, null
     * included: it is the older one.
     */
    public WrittenKeys plus(WrittenKeys others) {
        return new WrittenKeys(merged(labels, others.labels), merged(annotations, others.annotations));
    }

    /**
     * Returns these keys. A key that is also among the older keys gets its overwritten value from them, null included.
     */
    public WrittenKeys withValuesOf(WrittenKeys older) {
        SortedMap<String, @Nullable String> olderLabels = new TreeMap<>(older.labels);
        olderLabels.keySet().retainAll(labels.keySet());
        SortedMap<String, @Nullable String> olderAnnotations = new TreeMap<>(older.annotations);
        olderAnnotations.keySet().retainAll(annotations.keySet());
        return new WrittenKeys(merged(olderLabels, labels), merged(olderAnnotations, annotations));
    }

    /** Returns text such as {@code labels [team] and annotations []}, without the overwritten values. */
    @Override
    public String toString() {
        return "labels " + Shown.list(labels.keySet()) + " and annotations " + Shown.list(annotations.keySet());
    }

    private static SortedMap<String, @Nullable String> withoutValues(Collection<String> keys) {
        SortedMap<String, @Nullable String> map = new TreeMap<>();
        keys.forEach(key -> map.put(key, null));
        return map;
    }

    private static SortedMap<String, @Nullable String> merged(
            Map<String, @Nullable String> first, Map<String, @Nullable String> second) {
        SortedMap<String, @Nullable String> map = new TreeMap<>(second);
        map.putAll(first);
        return map;
    }
}
