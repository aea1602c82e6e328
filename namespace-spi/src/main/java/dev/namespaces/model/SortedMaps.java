package dev.namespaces.model;

import dev.namespaces.error.InvalidTextException;
import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;

final class SortedMaps {

    private SortedMaps() {}

    /** An unmodifiable copy in key order, without null keys or values. */
    static SortedMap<String, String> copy(String what, Map<String, String> map) {
        Objects.requireNonNull(map, what);
        TreeMap<String, String> copy = new TreeMap<>();
        map.forEach((key, value) -> copy.put(
                Objects.requireNonNull(key, () -> what + " has a null key"),
                Objects.requireNonNull(value, () -> what + "[" + key + "] is null")));
        return Collections.unmodifiableSortedMap(copy);
    }

    /** As {@link #copy}, and every entry a valid Kubernetes label. */
    static SortedMap<String, String> labels(String what, Map<String, String> map) {
        SortedMap<String, String> labels = copy(what, map);
        labels.forEach((key, value) -> {
            KubernetesSyntax.labelKeyProblem(key).ifPresent(problem -> {
                throw new InvalidTextException("key in the " + what, key, problem);
            });
            KubernetesSyntax.labelValueProblem(value).ifPresent(problem -> {
                throw invalidValue(what, key, problem);
            });
        });
        return labels;
    }

    /** As {@link #copy}, and every entry a valid Kubernetes annotation, and all of them within the size limit. */
    static SortedMap<String, String> annotations(String what, Map<String, String> map) {
        SortedMap<String, String> annotations = copy(what, map);
        annotations.forEach((key, value) -> {
            KubernetesSyntax.annotationKeyProblem(key).ifPresent(problem -> {
                throw new InvalidTextException("key in the " + what, key, problem);
            });
            KubernetesSyntax.annotationValueProblem(value).ifPresent(problem -> {
                throw invalidValue(what, key, problem);
            });
        });
        KubernetesSyntax.annotationsSizeProblem(annotations).ifPresent(problem -> {
            throw new InvalidTextException(what, null, problem);
        });
        return annotations;
    }

    private static InvalidTextException invalidValue(String what, String key, String problem) {
        return new InvalidTextException(
                "value of '" + InvalidTextException.shown(key) + "' in the " + what, null, problem);
    }
}
