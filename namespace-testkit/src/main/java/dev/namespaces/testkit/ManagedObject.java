package dev.namespaces.testkit;

import dev.namespaces.error.ApplyConflictException.FieldConflict;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * An object and the owners of its fields: the API server's managed fields. Not safe for use by many threads.
 *
 * @see <a href="https://kubernetes.io/docs/reference/using-api/server-side-apply/">Kubernetes: server-side apply</a>
 */
final class ManagedObject {

    /** The fields of {@code metadata} that the API server itself keeps; no manager owns them. */
    static final Set<String> SERVER_METADATA = Set.of(
            "name",
            "namespace",
            "uid",
            "resourceVersion",
            "generation",
            "creationTimestamp",
            "deletionTimestamp",
            "deletionGracePeriodSeconds",
            "selfLink",
            "managedFields",
            "generateName");

    private static final Set<String> NOT_MANAGED = Set.of("apiVersion", "kind", "status");
    private static final String FINALIZERS = "finalizers";
    private static final FieldPath METADATA = FieldPath.of("metadata");
    private static final FieldPath DATA = FieldPath.of("data");
    private static final Manager BEFORE_FIRST_APPLY = new Manager("before-first-apply", false);

    /**
     * A field manager in one of its two roles; the API server tells them apart.
     *
     * @param name the manager's name
     * @param applies whether it applies its fields, rather than updates them
     */
    record Manager(String name, boolean applies) implements Comparable<Manager> {
        @Override
        public int compareTo(Manager other) {
            int order = name.compareTo(other.name);
            return order != 0 ? order : Boolean.compare(other.applies, applies);
        }
    }

    private final Map<String, Object> content;
    private final NavigableMap<Manager, NavigableSet<FieldPath>> owned;

    private ManagedObject(Map<String, Object> content, NavigableMap<Manager, NavigableSet<FieldPath>> owned) {
        this.content = content;
        this.owned = owned;
    }

    /** Returns an object that has only the fields that name it. */
    static ManagedObject blank(Map<String, Object> manifest) {
        Map<String, Object> content = new LinkedHashMap<>();
        content.put("apiVersion", Objects.requireNonNull(manifest.get("apiVersion")));
        content.put("kind", Objects.requireNonNull(manifest.get("kind")));
        Map<String, Object> metadata = Manifests.child(content, "metadata");
        Manifests.child(manifest, "metadata").forEach((key, value) -> {
            if (key.equals("name") || key.equals("namespace")) {
                metadata.put(key, value);
            }
        });
        return new ManagedObject(content, new TreeMap<>());
    }

    ManagedObject copy() {
        NavigableMap<Manager, NavigableSet<FieldPath>> ownedCopy = new TreeMap<>();
        owned.forEach((manager, fields) -> ownedCopy.put(manager, new TreeSet<>(fields)));
        return new ManagedObject(Manifests.copy(content), ownedCopy);
    }

    boolean isSameAs(ManagedObject other) {
        return content.equals(other.content) && owned.equals(other.owned);
    }

    boolean hasContentOf(ManagedObject other) {
        return content.equals(other.content);
    }

    Map<String, Object> content() {
        return content;
    }

    Map<String, Object> metadata() {
        return Manifests.child(content, "metadata");
    }

    /** Returns the finalizers, which keep the object when it is deleted. */
    Set<String> finalizers() {
        return metadata().get(FINALIZERS) instanceof Map<?, ?> finalizers
                ? Manifests.map(finalizers).keySet()
                : Set.of();
    }

    /** Returns the object as the API server returns it, with its managed fields. */
    Map<String, Object> withManagedFields() {
        Map<String, Object> answer = withFinalizersAsList(Manifests.copy(content));
        List<Object> entries = new ArrayList<>();
        owned.forEach((manager, fields) -> {
            Map<String, Object> entry = new LinkedHashMap<>();
            entry.put("manager", manager.name());
            entry.put("operation", manager.applies() ? "Apply" : "Update");
            entry.put("apiVersion", Objects.requireNonNull(content.get("apiVersion")));
            entry.put("fieldsType", "FieldsV1");
            entry.put("fieldsV1", fieldsV1(fields));
            entries.add(entry);
        });
        if (!entries.isEmpty()) {
            Manifests.child(answer, "metadata").put("managedFields", entries);
        }
        return answer;
    }

    /** Returns the fields as a tree. A map that is owned itself and has owned fields has the mark {@code .}. */
    private static Map<String, Object> fieldsV1(Set<FieldPath> fields) {
        Map<String, Object> tree = new LinkedHashMap<>();
        fields.forEach(field -> node(tree, field));
        for (FieldPath field : fields) {
            Map<String, Object> node = node(tree, field);
            if (!node.isEmpty()) {
                node.put(".", new LinkedHashMap<>());
            }
        }
        return tree;
    }

    private static Map<String, Object> node(Map<String, Object> tree, FieldPath field) {
        Map<String, Object> node = tree;
        for (String key : field.keys()) {
            boolean finalizer = field.keys().size() == 3 && field.keys().get(1).equals(FINALIZERS);
            boolean item = finalizer && key.equals(field.keys().get(2));
            node = Manifests.child(node, item ? "v:\"" + key + "\"" : "f:" + key);
        }
        return node;
    }

    /**
     * Applies the manifest, and returns the conflicts with others. If there are any, this object is half-changed and
     * must be thrown away.
     *
     * @param takeOver whether we become the owner of fields that are in conflict
     */
    List<FieldConflict> apply(String managerName, Map<String, Object> manifest, boolean takeOver) {
        Manager manager = new Manager(managerName, true);
        if (owned.isEmpty()) {
            // No owner was recorded, so for the first apply another manager owns every existing field.
            owned.put(BEFORE_FIRST_APPLY, FieldPath.leaves(manageable(content)));
        }
        Map<String, Object> wanted = manageable(manifest);
        NavigableSet<FieldPath> fields = FieldPath.leaves(wanted);
        List<FieldConflict> conflicts = new ArrayList<>();
        for (FieldPath field : fields) {
            Object value = Objects.requireNonNull(field.in(wanted));
            if (holds(field, value)) {
                continue;
            }
            owned.forEach((other, theirs) -> {
                boolean collides = !other.equals(manager) && theirs.removeIf(their -> collide(field, their));
                if (collides && !other.name().equals(managerName)) {
                    conflicts.add(new FieldConflict(other.name(), field.toString()));
                }
            });
        }
        if (!conflicts.isEmpty() && !takeOver) {
            return conflicts;
        }
        NavigableSet<FieldPath> dropped = owned.getOrDefault(manager, new TreeSet<>());
        dropped.removeAll(fields);
        owned.put(manager, fields);
        for (FieldPath field : dropped) {
            if (!hasFields(field) && owners().noneMatch(other -> collide(field, other))) {
                removeFromContent(field);
            }
        }
        fields.forEach(field -> field.set(content, Objects.requireNonNull(field.in(wanted))));
        owned.values().forEach(theirs -> theirs.removeIf(field -> field.in(content) == null));
        forgetManagersOfNothing();
        return List.of();
    }

    /** Returns whether an apply of the manifest would change a field that a create of the same manager owns. */
    boolean createConflicts(String managerName, Map<String, Object> manifest) {
        Set<FieldPath> created = owned.getOrDefault(new Manager(managerName, false), new TreeSet<>());
        Map<String, Object> wanted = manageable(manifest);
        return FieldPath.leaves(wanted).stream()
                .filter(field -> !holds(field, Objects.requireNonNull(field.in(wanted))))
                .anyMatch(field -> created.stream().anyMatch(their -> collide(field, their)));
    }

    /** Moves what the manager has set by a create to its apply, as the gateway does with each apply. */
    void moveCreateToApply(String managerName) {
        NavigableSet<FieldPath> created = owned.remove(new Manager(managerName, false));
        if (created != null) {
            owned.computeIfAbsent(new Manager(managerName, true), m -> new TreeSet<>())
                    .addAll(created);
        }
    }

    /** Removes the labels and annotations that only a create of the manager owns, as the gateway predicts. */
    void removeMetadataOfCreateOnly(String managerName) {
        Manager create = new Manager(managerName, false);
        for (FieldPath field : owned.getOrDefault(create, new TreeSet<>())) {
            boolean ownedByOthers = owned.entrySet().stream()
                    .anyMatch(entry ->
                            !entry.getKey().equals(create) && entry.getValue().contains(field));
            if (field.isLabelOrAnnotation() && !ownedByOthers) {
                removeFromContent(field);
            }
        }
    }

    /** Makes all fields outside of the metadata exactly those of the manifest, in spite of other owners. */
    void replaceAllButMetadata(Map<String, Object> manifest) {
        Map<String, Object> wanted = manageable(manifest);
        wanted.remove("metadata");
        update(null, live -> {
            live.keySet().removeIf(key -> !key.equals("metadata") && !wanted.containsKey(key));
            wanted.forEach((key, value) -> live.put(key, Manifests.copyOf(value)));
        });
    }

    /**
     * Changes the object as an update does: the manager becomes the only owner of each field that it changes, unless
     * the object exists and has no owners at all.
     */
    void update(@Nullable String managerName, Consumer<Map<String, Object>> change) {
        Map<String, Object> before = manageable(content);
        Map<String, Object> after = Manifests.copy(before);
        change.accept(withFinalizersAsList(after));
        after = manageable(after);
        if ("v1".equals(content.get("apiVersion"))) {
            // The kinds of v1 leave empty maps out; custom ones keep them.
            after.values().removeIf(ManagedObject::isEmpty);
        }
        NavigableSet<FieldPath> changed = FieldPath.leaves(after);
        for (FieldPath field : List.copyOf(changed)) {
            if (Objects.equals(field.in(before), field.in(after))) {
                changed.remove(field);
            }
        }
        NavigableSet<FieldPath> removed = FieldPath.leaves(before);
        removed.removeAll(FieldPath.leaves(after));
        NavigableSet<FieldPath> newMaps = ownableMaps(after);
        newMaps.removeAll(FieldPath.maps(before));
        NavigableSet<FieldPath> removedMaps = FieldPath.maps(before);
        removedMaps.removeAll(FieldPath.maps(after));
        for (NavigableSet<FieldPath> fields : owned.values()) {
            fields.removeAll(changed);
            fields.removeAll(removed);
            fields.removeAll(removedMaps);
        }
        boolean isNew = !metadata().containsKey("resourceVersion");
        if (managerName != null && (isNew || !owned.isEmpty())) {
            NavigableSet<FieldPath> set = new TreeSet<>(changed);
            set.addAll(newMaps);
            if (isBuiltIn()) {
                Map<String, Object> values = after;
                set.removeIf(field -> isEmpty(field.in(values)));
            }
            owned.computeIfAbsent(new Manager(managerName, false), m -> new TreeSet<>())
                    .addAll(set);
        }
        forgetManagersOfNothing();
        removed.forEach(this::removeFromContent);
        for (FieldPath field : changed) {
            field.set(content, Objects.requireNonNull(field.in(after)));
        }
    }

    /**
     * Returns whether a new value at our field would change theirs. The owner of an empty map does not own new entries.
     */
    private boolean collide(FieldPath ours, FieldPath theirs) {
        return theirs.isAtOrBelow(ours) || (ours.isAtOrBelow(theirs) && !(theirs.in(content) instanceof Map<?, ?>));
    }

    private boolean holds(FieldPath field, Object value) {
        Object live = field.in(content);
        boolean emptyMapAsked = value instanceof Map<?, ?> map && map.isEmpty();
        return Objects.equals(live, value) || (emptyMapAsked && live instanceof Map<?, ?> && !field.isSelector());
    }

    /** Returns whether the kind is the API server's own. An empty map of such a kind counts as not set by an update. */
    private boolean isBuiltIn() {
        String group = String.valueOf(content.get("apiVersion")).replaceFirst("/?[^/]*$", "");
        return !group.contains(".") || group.endsWith(".k8s.io");
    }

    private Stream<FieldPath> owners() {
        return owned.values().stream().flatMap(Set::stream);
    }

    private boolean hasFields(FieldPath field) {
        return !field.isSelector() && field.in(content) instanceof Map<?, ?> map && !map.isEmpty();
    }

    /**
     * Removes a field, and each parent map that becomes empty, unless a manager owns the map itself. The API server's
     * own kinds leave empty maps out.
     */
    private void removeFromContent(FieldPath field) {
        field.removeFrom(content, map -> !isBuiltIn() && !map.isAtOrBelow(METADATA) && owners().anyMatch(map::equals));
    }

    /**
     * Returns the maps that an update owns when they are new. For the API server's own kinds, these are {@code data}
     * and the maps in the metadata; for custom kinds, all maps but the metadata itself.
     */
    private NavigableSet<FieldPath> ownableMaps(Map<String, Object> tree) {
        NavigableSet<FieldPath> maps = FieldPath.maps(tree);
        maps.remove(METADATA);
        maps.removeIf(map -> isBuiltIn() && !map.isAtOrBelow(METADATA) && !map.equals(DATA));
        return maps;
    }

    private void forgetManagersOfNothing() {
        owned.values().removeIf(Set::isEmpty);
    }

    /** Returns a copy of the part of a tree that managers can own. */
    private static Map<String, Object> manageable(Map<String, Object> tree) {
        Map<String, Object> fields = Manifests.copy(tree);
        fields.keySet().removeAll(NOT_MANAGED);
        if ("Namespace".equals(tree.get("kind")) && "v1".equals(tree.get("apiVersion"))) {
            // The finalizers in there are the server's own.
            fields.remove("spec");
        }
        if (fields.get("metadata") instanceof Map<?, ?> metadata) {
            metadata.keySet().removeAll(SERVER_METADATA);
            metadata.values().removeIf(ManagedObject::isEmpty);
            if (metadata.get(FINALIZERS) instanceof List<?> list) {
                Map<String, Object> set = new LinkedHashMap<>();
                list.forEach(finalizer -> set.put(String.valueOf(finalizer), finalizer));
                Manifests.map(metadata).put(FINALIZERS, set);
            }
            if (metadata.isEmpty()) {
                fields.remove("metadata");
            }
        }
        return fields;
    }

    /** Returns the tree with finalizers as a list. Inside they are a map, because each has its own owners. */
    private static Map<String, Object> withFinalizersAsList(Map<String, Object> tree) {
        if (tree.get("metadata") instanceof Map<?, ?> metadata
                && metadata.get(FINALIZERS) instanceof Map<?, ?> finalizers) {
            Manifests.map(metadata)
                    .put(FINALIZERS, new ArrayList<>(Manifests.map(finalizers).keySet()));
        }
        return tree;
    }

    private static boolean isEmpty(@Nullable Object value) {
        return (value instanceof Map<?, ?> map && map.isEmpty()) || (value instanceof List<?> list && list.isEmpty());
    }
}
