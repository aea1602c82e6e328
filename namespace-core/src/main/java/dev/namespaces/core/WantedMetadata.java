package dev.namespaces.core;

import dev.namespaces.core.render.LabelScheme;
import dev.namespaces.model.Shown;
import dev.namespaces.model.TargetObject;
import dev.namespaces.model.WrittenKeys;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The labels and annotations that one of our objects should have, next to the row that says which keys we may have set.
 *
 * @param labels the labels that the stored state wants
 * @param annotations the annotations that the stored state wants
 * @param row the row of the object, or null if there is none
 */
record WantedMetadata(
        Map<String, String> labels,
        Map<String, String> annotations,
        @Nullable TargetObject row) {

    static WantedMetadata of(HasMetadata manifest, @Nullable TargetObject row) {
        return new WantedMetadata(LiveMetadata.labels(manifest), LiveMetadata.annotations(manifest), row);
    }

    /** Returns whether the live object has every value that is wanted, and no key of the row that is not wanted. */
    boolean isMetBy(HasMetadata live, LabelScheme scheme) {
        Map<String, String> liveLabels = LiveMetadata.labels(live);
        Map<String, String> liveAnnotations = LiveMetadata.annotations(live);
        return liveLabels.entrySet().containsAll(labels.entrySet())
                && liveAnnotations.entrySet().containsAll(annotations.entrySet())
                && keys().labels().keySet().stream()
                        .noneMatch(key -> !labels.containsKey(key) && liveLabels.containsKey(key))
                && keys().annotations().keySet().stream()
                        .filter(key -> !isOwnAnnotation(key, scheme))
                        .noneMatch(key -> !annotations.containsKey(key) && liveAnnotations.containsKey(key));
    }

    /**
     * Returns the keys that a write sets, each with the live value that it overwrites. A live value that an earlier
     * attempt has written overwrote the value that the row has.
     *
     * @param live the object that is adopted, or null if nothing of others is overwritten
     */
    WrittenKeys keysToSet(@Nullable HasMetadata live, LabelScheme scheme) {
        if (live == null) {
            return keysToSet(Map.of(), Map.of(), scheme);
        }
        String manager = scheme.fieldManager();
        return keysToSet(
                overwritten(LiveMetadata.labels(live), LiveMetadata.labelsOwnedBy(manager, live), keys().labels()),
                overwritten(
                        LiveMetadata.annotations(live),
                        LiveMetadata.annotationsOwnedBy(manager, live),
                        keys().annotations()),
                scheme);
    }

    private static Map<String, @Nullable String> overwritten(
            Map<String, String> live, Set<String> own, Map<String, @Nullable String> recorded) {
        Map<String, @Nullable String> values = new TreeMap<>(live);
        own.forEach(key -> values.put(key, recorded.get(key)));
        return values;
    }

    private WrittenKeys keysToSet(
            Map<String, @Nullable String> labelValues,
            Map<String, @Nullable String> annotationValues,
            LabelScheme scheme) {
        SortedMap<String, @Nullable String> labelKeys = new TreeMap<>();
        labels.keySet().forEach(key -> labelKeys.put(key, labelValues.get(key)));
        SortedMap<String, @Nullable String> annotationKeys = new TreeMap<>();
        annotations.keySet().forEach(key -> annotationKeys.put(key, annotationValues.get(key)));
        annotationKeys.put(scheme.attemptKey(), null);
        annotationKeys.put(scheme.createdKey(), null);
        return new WrittenKeys(labelKeys, annotationKeys);
    }

    /** Returns the keys that exist on the object because of us once a write has succeeded. */
    WrittenKeys keysAfterwards(LabelScheme scheme) {
        WrittenKeys before = keys();
        SortedMap<String, @Nullable String> labelKeys = new TreeMap<>(before.labels());
        labelKeys.keySet().retainAll(labels.keySet());
        SortedMap<String, @Nullable String> annotationKeys = new TreeMap<>(before.annotations());
        annotationKeys.keySet().removeIf(key -> !annotations.containsKey(key) && !isOwnAnnotation(key, scheme));
        return new WrittenKeys(labelKeys, annotationKeys).plus(keysToSet(null, scheme));
    }

    /**
     * Puts labels and annotations into a manifest for an apply to the live object. Keys that {@code managedFields}
     * attributes to us, although no row says that we set them, are sent along with their live values: a user who forges
     * such an entry must not have us remove labels of others.
     *
     * @param attempt the token of the deployment that writes, or null for none
     * @param bearsOurCreate whether the live object is ours, so that its create nonce is sent back as read
     * @return what a person should know, as sentences
     */
    List<String> putInto(
            HasMetadata manifest,
            HasMetadata live,
            @Nullable String attempt,
            boolean bearsOurCreate,
            LabelScheme scheme) {
        List<String> notes = new ArrayList<>();
        Map<String, String> allLabels = new TreeMap<>(labels);
        Map<String, String> allAnnotations = new TreeMap<>(annotations);
        Predicate<String> isOwn = key -> isOwnAnnotation(key, scheme);
        for (String key : LiveMetadata.labelsOwnedBy(scheme.fieldManager(), live)) {
            keep(key, LiveMetadata.labels(live), allLabels, keys().labels().containsKey(key), "label", notes);
        }
        for (String key : LiveMetadata.annotationsOwnedBy(scheme.fieldManager(), live)) {
            boolean known = keys().annotations().containsKey(key) || isOwn.test(key);
            keep(key, LiveMetadata.annotations(live), allAnnotations, known, "annotation", notes);
        }
        String created = LiveMetadata.annotations(live).get(scheme.createdKey());
        if (bearsOurCreate && created != null) {
            allAnnotations.put(scheme.createdKey(), created);
        }
        if (attempt != null) {
            allAnnotations.put(scheme.attemptKey(), attempt);
        }
        manifest.getMetadata().setLabels(allLabels);
        manifest.getMetadata().setAnnotations(allAnnotations.isEmpty() ? null : allAnnotations);
        return notes;
    }

    private static void keep(
            String key,
            Map<String, String> live,
            Map<String, String> manifest,
            boolean known,
            String what,
            List<String> notes) {
        String value = live.get(key);
        if (!known && value != null && !manifest.containsKey(key)) {
            manifest.put(key, value);
            notes.add("the " + what + " " + Shown.name(key)
                    + " stays: its managed fields name us, but no record says that we set it");
        }
    }

    private static boolean isOwnAnnotation(String key, LabelScheme scheme) {
        return key.equals(scheme.attemptKey()) || key.equals(scheme.createdKey());
    }

    private WrittenKeys keys() {
        return row == null ? WrittenKeys.none() : row.keys();
    }
}
