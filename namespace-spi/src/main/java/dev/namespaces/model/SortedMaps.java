package dev.namespaces.model;

import dev.namespaces.error.InvalidTextException;
import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;

final class SortedMaps {

    private SortedMaps() {}

    /** Returns an unmodifiable copy in key order, without null keys or values. */
    static SortedMap<String, String> copy(String what, String owner, Map<String, String> map) {
        Objects.requireNonNull(map, what + owner);
        TreeMap<String, String> copy = new TreeMap<>();
        map.forEach((key, value) -> copy.put(
                Objects.requireNonNull(key, () -> what + owner + " has a null key"),
                Objects.requireNonNull(value, () -> what + "[" + Shown.name(key) + "]" + owner + " is null")));
        return Collections.unmodifiableSortedMap(copy);
    }

    /** Returns a {@link #copy} in which every entry is a valid Kubernetes label. */
    static SortedMap<String, String> labels(String what, String owner, Map<String, String> map) {
        SortedMap<String, String> labels = copy(what, owner, map);
        labels.forEach((key, value) -> {
            KubernetesSyntax.labelKeyProblem(key).ifPresent(problem -> {
                throw invalid("key", what, key, owner, problem);
            });
            KubernetesSyntax.labelValueProblem(value).ifPresent(problem -> {
                throw invalid("value", what, key, owner, problem);
            });
        });
        return labels;
    }

    /**
     * Returns a {@link #copy} in which every entry is a valid Kubernetes annotation, and all of them are within the
     * size limit.
     */
    static SortedMap<String, String> annotations(String what, String owner, Map<String, String> map) {
        SortedMap<String, String> annotations = copy(what, owner, map);
        annotations.forEach((key, value) -> {
            KubernetesSyntax.annotationKeyProblem(key).ifPresent(problem -> {
                throw invalid("key", what, key, owner, problem);
            });
            KubernetesSyntax.annotationValueProblem(value).ifPresent(problem -> {
                throw invalid("value", what, key, owner, problem);
            });
        });
        KubernetesSyntax.annotationsSizeProblem(annotations).ifPresent(problem -> {
            throw new InvalidTextException(what + owner, null, problem);
        });
        return annotations;
    }

    private static InvalidTextException invalid(String part, String what, String key, String owner, String problem) {
        return new InvalidTextException(part + " of " + what + "[" + Shown.name(key) + "]" + owner, null, problem);
    }
}
