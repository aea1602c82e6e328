package dev.namespaces.testkit;

import dev.namespaces.error.ApplyConflictException;
import dev.namespaces.error.ApplyConflictException.FieldConflict;
import dev.namespaces.error.Arrival;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.KindNotServedException;
import dev.namespaces.error.ListExpiredException;
import dev.namespaces.error.ManifestRejectedException;
import dev.namespaces.error.ManifestRejectedException.FieldCause;
import dev.namespaces.error.NamespaceAbsentException;
import dev.namespaces.error.NamespaceTerminatingException;
import dev.namespaces.error.Operation;
import dev.namespaces.error.PreconditionFailedException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.DeletionCondition;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.spi.ApplyOptions;
import dev.namespaces.spi.ApplyResult;
import dev.namespaces.spi.CreateOptions;
import dev.namespaces.spi.CreateResult;
import dev.namespaces.spi.DeleteOptions;
import dev.namespaces.spi.DeleteResult;
import dev.namespaces.spi.ListQuery;
import dev.namespaces.spi.ObjectPage;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One of the {@link FakeClusters}, as a test sees it: without the gateway, so that no fault applies here. Safe to use
 * from many threads at once.
 */
public final class FakeCluster {

    private static final String NAME_LABEL = "kubernetes.io/metadata.name";
    private static final List<String> ENDPOINTS = List.of("v1", "Endpoints");

    private final ClusterId id;
    private final Clock clock;
    private final ServedKinds kinds = new ServedKinds();
    private final Map<ResourceRef, ManagedObject> objects = new LinkedHashMap<>();
    private final List<WarningRule> warningRules = new ArrayList<>();
    private final ListSnapshots snapshots = new ListSnapshots();
    private boolean finishesDeletionsAtOnce;
    private long revision = 100;

    private record WarningRule(Predicate<HasMetadata> manifests, String text) {}

    FakeCluster(ClusterId id, Clock clock) {
        this.id = id;
        this.clock = clock;
        warnAbout(
                manifest ->
                        List.of(manifest.getApiVersion(), manifest.getKind()).equals(ENDPOINTS),
                "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice");
    }

    /** Returns the cluster's id. */
    public ClusterId id() {
        return id;
    }

    /** Returns a user with a field manager other than the one under test, such as {@code kubectl}. */
    public User as(String fieldManager) {
        return new User(fieldManager);
    }

    /** Returns copies of all objects, ordered by kind, namespace and name. */
    public synchronized List<HasMetadata> objects() {
        return objects.keySet().stream()
                .sorted(Comparator.comparing(ResourceRef::kind)
                        .thenComparing(ref -> Objects.requireNonNullElse(ref.namespace(), ""))
                        .thenComparing(ResourceRef::name))
                .map(ref -> find(ref).orElseThrow())
                .toList();
    }

    /** Returns copies of all objects of that kind, ordered by namespace and name. */
    public List<HasMetadata> objects(String kind) {
        return objects().stream()
                .filter(object -> object.getKind().equals(kind))
                .toList();
    }

    /**
     * Returns all objects as YAML for a golden file: one document for each, ordered by kind, namespace and name, with
     * the keys in order. The text is the same in each run. It leaves out what the API server adds: UIDs, versions,
     * times, owners of fields, the status of a namespace that is not being deleted. A text that is a UUID, such as the
     * library's random values, is {@code (uuid)}, and the time of a deletion is {@code (time)}.
     */
    public String toYaml() {
        return Snapshot.of(objects());
    }

    /** Returns a copy of the object, or empty if it is absent or its kind is not served. */
    public synchronized Optional<HasMetadata> find(ResourceRef resource) {
        return kinds.has(resource.apiVersion(), resource.kind())
                ? Optional.ofNullable(objects.get(resource)).map(FakeCluster::answer)
                : Optional.empty();
    }

    /** Makes the cluster serve the kind from now on, as if its CustomResourceDefinition had been installed. */
    public void serve(String apiVersion, String kind, boolean namespaced) {
        kinds.add(apiVersion, kind, namespaced);
    }

    /**
     * Makes the cluster not serve the kind any more, and deletes its objects, as if its CustomResourceDefinition were
     * deleted.
     */
    public synchronized void stopServing(String apiVersion, String kind) {
        kinds.remove(apiVersion, kind);
        objects.keySet()
                .removeIf(
                        ref -> ref.apiVersion().equals(apiVersion) && ref.kind().equals(kind));
    }

    /** Adds that warning to the result of each later create and apply of such a manifest. */
    public synchronized void warnAbout(Predicate<HasMetadata> manifests, String text) {
        warningRules.add(new WarningRule(manifests, text));
    }

    /** Makes a deleted namespace disappear at once from now on, with all its objects, unless a finalizer holds one. */
    public synchronized void finishDeletionsAtOnce() {
        finishesDeletionsAtOnce = true;
        List.copyOf(objects.keySet()).stream()
                .filter(this::isTerminatingNamespace)
                .forEach(ref -> empty(ref.name()));
    }

    /**
     * Works once as the namespace controller does: deletes the objects in a terminating namespace and then the
     * namespace. An object with a finalizer stays, and so does its namespace.
     *
     * @return the conditions that delay the deletion, as the namespace's status has them now; empty if the namespace is
     *     gone
     * @throws IllegalStateException if no such namespace is terminating
     */
    public synchronized List<DeletionCondition> finishDeletion(String namespace) {
        terminating(namespace);
        return empty(namespace);
    }

    /**
     * Writes conditions into the status of a terminating namespace, as the namespace controller does when it cannot
     * finish.
     *
     * @throws IllegalStateException if no such namespace is terminating
     */
    public synchronized void reportDeletion(String namespace, DeletionCondition... conditions) {
        setConditions(terminating(namespace), List.of(conditions));
    }

    synchronized ApplyResult apply(HasMetadata manifest, ApplyOptions options) {
        ResourceRef resource = ResourceRef.of(manifest);
        ErrorContext context = ErrorContext.of(Operation.APPLY, id, resource);
        Map<String, Object> wanted = Manifests.tree(manifest);
        requireAcceptable(context, resource);
        requireKnownFields(context, wanted, options.dryRun() ? Arrival.SETTLED : Arrival.MAY_STILL_ARRIVE);
        if (options.extent() == ApplyOptions.Extent.WHOLE_OBJECT) {
            // In any other apply, fields that are never stored are sent, too, and can conflict.
            dropWhatIsNeverStored(resource, wanted);
        }
        ManagedObject live = objects.get(resource);
        if (live == null) {
            requirePreconditions(context, wanted, null);
            requireNamespace(context, resource, options.dryRun());
            if (isInAbsentNamespace(resource)) {
                return new ApplyResult(
                        Manifests.object(wanted), ApplyResult.Effect.CREATED, List.of(), Arrival.SETTLED);
            }
        }
        ManagedObject next = live == null ? newObject(wanted) : live.copy();
        if (live != null && options.extent() == ApplyOptions.Extent.WHOLE_OBJECT) {
            next.replaceAllButMetadata(wanted);
        }
        if (!options.dryRun()) {
            next.moveCreateToApply(options.fieldManager());
        }
        List<FieldConflict> conflicts =
                next.apply(options.fieldManager(), wanted, options.conflicts() == ApplyOptions.Conflicts.TAKE_OVER);
        if (!conflicts.isEmpty()) {
            throw new ApplyConflictException(context, conflicts, null).settled();
        }
        dropWhatIsNeverStored(resource, next.content());
        rejectOtherUidWithInvalidValues(context, Manifests.child(wanted, "metadata"), live, next);
        requirePreconditions(context, wanted, live);
        if (options.dryRun()) {
            next.removeMetadataOfCreateOnly(options.fieldManager());
        } else if (live != null && movesCreateFirst(live, wanted, options)) {
            ManagedObject moved = live.copy();
            moved.moveCreateToApply(options.fieldManager());
            write(context, resource, live, moved, false);
        }
        ManagedObject stored = write(context, resource, live, next, options.dryRun());
        // A dry run has no version to compare, so owners of fields do not count.
        boolean unchanged = stored == live || (options.dryRun() && live != null && stored.hasContentOf(live));
        ApplyResult.Effect changed = unchanged ? ApplyResult.Effect.UNCHANGED : ApplyResult.Effect.CHANGED;
        return new ApplyResult(
                answer(stored),
                live == null ? ApplyResult.Effect.CREATED : changed,
                warnings(manifest),
                Arrival.SETTLED);
    }

    /**
     * Returns whether the first request of the gateway conflicts with the manager's own create. The gateway then moves
     * the fields in a separate request. The move remains if the API server rejects the next apply.
     */
    private static boolean movesCreateFirst(ManagedObject live, Map<String, Object> wanted, ApplyOptions options) {
        return options.conflicts() == ApplyOptions.Conflicts.FAIL
                && live.createConflicts(options.fieldManager(), wanted);
    }

    synchronized CreateResult create(HasMetadata manifest, CreateOptions options) {
        ResourceRef resource = ResourceRef.of(manifest);
        ErrorContext context = ErrorContext.of(Operation.CREATE, id, resource);
        Map<String, Object> wanted = Manifests.tree(manifest);
        requireAcceptable(context, resource);
        requireKnownFields(context, wanted, Arrival.SETTLED);
        dropWhatIsNeverStored(resource, wanted);
        requireNamespace(context, resource, options.dryRun());
        if (isInAbsentNamespace(resource)) {
            return new CreateResult.Created(Manifests.object(wanted), List.of(), Arrival.SETTLED);
        }
        addNameLabel(resource, Manifests.child(wanted, "metadata"));
        ManagedObject next = newObject(wanted);
        next.update(options.fieldManager(), content -> content.putAll(Manifests.copy(wanted)));
        reject(context, ManifestRules.invalidValues(next.content()));
        if (objects.containsKey(resource)) {
            return new CreateResult.AlreadyExists(Arrival.SETTLED);
        }
        ManagedObject stored = write(context, resource, null, next, options.dryRun());
        return new CreateResult.Created(answer(stored), warnings(manifest), Arrival.SETTLED);
    }

    synchronized ObjectPage list(ListQuery query) {
        if (!kinds.has(query.apiVersion(), query.kind())) {
            return ObjectPage.empty();
        }
        if (query.continueToken() == null) {
            return snapshots.page(snapshots.take(matching(query)), query.limit());
        }
        return snapshots
                .find(query.continueToken())
                .map(rest -> snapshots.page(rest, query.limit()))
                .orElseThrow(() -> new ListExpiredException(ErrorContext.of(Operation.LIST, id), null).settled());
    }

    synchronized DeleteResult delete(ResourceRef resource, DeleteOptions options) {
        ManagedObject live = kinds.has(resource.apiVersion(), resource.kind()) ? objects.get(resource) : null;
        if (live == null) {
            return DeleteResult.GONE;
        }
        Map<String, String> expected = Map.of("uid", options.uid(), "resourceVersion", options.resourceVersion());
        expected.forEach((key, value) -> {
            if (!value.equals(live.metadata().get(key))) {
                throw new PreconditionFailedException(
                                ErrorContext.of(Operation.DELETE, id, resource),
                                "the precondition has " + key + " " + value + ", the object has "
                                        + live.metadata().get(key),
                                null)
                        .settled();
            }
        });
        return delete(resource);
    }

    private DeleteResult delete(ResourceRef resource) {
        ManagedObject live = objects.get(resource);
        if (live == null) {
            return DeleteResult.GONE;
        }
        if (!live.metadata().containsKey("deletionTimestamp")) {
            live.metadata().put("deletionTimestamp", now());
            if (isNamespace(resource)) {
                Manifests.child(live.content(), "status").put("phase", "Terminating");
            } else {
                live.metadata().put("deletionGracePeriodSeconds", 0);
            }
            touch(live);
        }
        removeIfNothingHolds(resource);
        if (finishesDeletionsAtOnce && isTerminatingNamespace(resource)) {
            empty(resource.name());
        }
        return DeleteResult.ACCEPTED;
    }

    boolean serves(String apiVersion, String kind) {
        return kinds.has(apiVersion, kind);
    }

    /** A user who changes the cluster in addition to the code under test, with a field manager of its own. */
    public final class User {

        private final String fieldManager;

        private User(String fieldManager) {
            this.fieldManager = fieldManager;
        }

        /** Creates a namespace with these labels. */
        public HasMetadata createNamespace(String name, Map<String, String> labels) {
            Map<String, Object> manifest = new LinkedHashMap<>();
            manifest.put("apiVersion", "v1");
            manifest.put("kind", "Namespace");
            Manifests.child(manifest, "metadata").put("name", name);
            Manifests.child(manifest, "metadata").put("labels", labels);
            return create(Manifests.object(manifest));
        }

        /** Creates a namespace without labels. */
        public HasMetadata createNamespace(String name) {
            return createNamespace(name, Map.of());
        }

        /**
         * Creates the object, as by a POST.
         *
         * @throws IllegalStateException if it exists
         */
        public HasMetadata create(HasMetadata manifest) {
            synchronized (FakeCluster.this) {
                ResourceRef resource = ResourceRef.of(manifest);
                ErrorContext context = ErrorContext.of(Operation.CREATE, id, resource);
                Map<String, Object> wanted = Manifests.tree(manifest);
                requireAcceptable(context, resource);
                requireKnownFields(context, wanted, Arrival.SETTLED);
                dropWhatIsNeverStored(resource, wanted);
                requireNamespace(context, resource, false);
                if (objects.containsKey(resource)) {
                    throw new IllegalStateException(resource + " exists on " + id);
                }
                addNameLabel(resource, Manifests.child(wanted, "metadata"));
                ManagedObject next = newObject(wanted);
                next.update(fieldManager, content -> content.putAll(Manifests.copy(wanted)));
                return answer(write(context, resource, null, next, false));
            }
        }

        /** Applies the manifest by server-side apply, and takes over the fields in conflict. */
        public HasMetadata apply(HasMetadata manifest) {
            return FakeCluster.this
                    .apply(manifest, ApplyOptions.as(fieldManager).withConflicts(ApplyOptions.Conflicts.TAKE_OVER))
                    .live();
        }

        /** Sets a label. */
        public void label(ResourceRef resource, String key, String value) {
            edit(resource, object -> inMetadata(object, "labels").put(key, value));
        }

        /** Removes a label. */
        public void removeLabel(ResourceRef resource, String key) {
            edit(resource, object -> inMetadata(object, "labels").remove(key));
        }

        /** Sets an annotation. */
        public void annotate(ResourceRef resource, String key, String value) {
            edit(resource, object -> inMetadata(object, "annotations").put(key, value));
        }

        /** Adds a finalizer, which keeps the object when it is deleted. */
        public void addFinalizer(ResourceRef resource, String finalizer) {
            edit(resource, object -> {
                List<Object> finalizers = finalizers(object);
                finalizers.add(finalizer);
                Manifests.child(object, "metadata").put("finalizers", finalizers);
            });
        }

        /** Removes a finalizer. If it was the last and the object is being deleted, the object is gone. */
        public void removeFinalizer(ResourceRef resource, String finalizer) {
            edit(resource, object -> {
                List<Object> finalizers = finalizers(object);
                finalizers.remove(finalizer);
                Manifests.child(object, "metadata").put("finalizers", finalizers);
            });
        }

        /**
         * Changes the object as {@code kubectl edit} does. This user becomes the owner of each field that is changed.
         *
         * @param change receives the object as a tree of maps and lists, and changes the tree
         * @throws IllegalStateException if there is no such object
         */
        public void edit(ResourceRef resource, Consumer<Map<String, Object>> change) {
            synchronized (FakeCluster.this) {
                ManagedObject live = objects.get(resource);
                if (live == null) {
                    throw new IllegalStateException("There is no " + resource + " on " + id);
                }
                ManagedObject next = live.copy();
                next.update(fieldManager, change);
                dropWhatIsNeverStored(resource, next.content());
                write(ErrorContext.of(Operation.UPDATE, id, resource), resource, live, next, false);
                removeIfNothingHolds(resource);
                String namespace = resource.namespace();
                if (finishesDeletionsAtOnce
                        && namespace != null
                        && isTerminatingNamespace(ResourceRef.namespace(namespace))) {
                    empty(namespace);
                }
            }
        }

        /** Deletes the object, if there is one. */
        public DeleteResult delete(ResourceRef resource) {
            synchronized (FakeCluster.this) {
                return FakeCluster.this.delete(resource);
            }
        }

        private static Map<String, Object> inMetadata(Map<String, Object> object, String key) {
            return Manifests.child(Manifests.child(object, "metadata"), key);
        }

        private static List<Object> finalizers(Map<String, Object> object) {
            return Manifests.child(object, "metadata").get("finalizers") instanceof List<?> list
                    ? new ArrayList<>(list)
                    : new ArrayList<>();
        }
    }

    /** Makes every continue token expire, as the compaction of etcd does. Lists then have to begin again. */
    public synchronized void expireContinueTokens() {
        snapshots.clear();
    }

    private List<HasMetadata> matching(ListQuery query) {
        return objects.entrySet().stream()
                .filter(entry -> entry.getKey().apiVersion().equals(query.apiVersion())
                        && entry.getKey().kind().equals(query.kind())
                        && labels(entry.getValue())
                                .entrySet()
                                .containsAll(query.labels().entrySet()))
                .sorted(Comparator.comparing(entry -> key(entry.getKey())))
                .map(entry -> answer(entry.getValue()))
                .toList();
    }

    private static Map<String, Object> labels(ManagedObject object) {
        return object.metadata().get("labels") instanceof Map<?, ?> labels ? Manifests.map(labels) : Map.of();
    }

    /** Returns the last part of the key under which etcd keeps the object. Lists are in this order. */
    private static String key(ResourceRef resource) {
        return resource.namespace() == null ? resource.name() : resource.namespace() + "/" + resource.name();
    }

    /** Removes from the tree what the API server never stores: a NetworkPolicy has no empty list. */
    private static void dropWhatIsNeverStored(ResourceRef resource, Map<String, Object> tree) {
        if (resource.kind().equals("NetworkPolicy")
                && resource.apiVersion().equals("networking.k8s.io/v1")
                && tree.get("spec") instanceof Map<?, ?> spec) {
            Manifests.dropEmptyLists(spec);
        }
    }

    private void requireAcceptable(ErrorContext context, ResourceRef resource) {
        boolean namespaced = kinds.isNamespaced(resource)
                .orElseThrow(() ->
                        new KindNotServedException(context, resource.apiVersion(), resource.kind(), null).settled());
        if (namespaced != (resource.namespace() != null)) {
            String problem = namespaced ? "must be set" : "must not be set on a cluster-scoped object";
            reject(context, List.of(new FieldCause("metadata.namespace", problem)));
        }
    }

    /**
     * Refuses a manifest with unknown fields as strict validation does: the answer names the fields in its text only.
     * To an apply the API server answers as to a fault of its own, so the request may still arrive.
     */
    private static void requireKnownFields(ErrorContext context, Map<String, Object> manifest, Arrival arrival) {
        List<FieldCause> unknown = ManifestRules.unknownFields(manifest);
        if (!unknown.isEmpty()) {
            ManifestRejectedException rejection = rejection(context, List.of(), unknown);
            throw arrival == Arrival.SETTLED ? rejection.settled() : rejection;
        }
    }

    private static void reject(ErrorContext context, List<FieldCause> causes) {
        if (!causes.isEmpty()) {
            throw rejection(context, causes, causes).settled();
        }
    }

    private static ManifestRejectedException rejection(
            ErrorContext context, List<FieldCause> causes, List<FieldCause> problems) {
        String reason = problems.stream()
                .map(problem -> problem.field() + ": " + problem.message())
                .collect(Collectors.joining(", "));
        return new ManifestRejectedException(context, causes, reason, null);
    }

    private void requirePreconditions(
            ErrorContext context, Map<String, Object> manifest, @Nullable ManagedObject live) {
        Map<String, Object> metadata = Manifests.child(manifest, "metadata");
        for (String key : List.of("uid", "resourceVersion")) {
            Object expected = metadata.get(key);
            Object actual = live == null ? null : live.metadata().get(key);
            if (expected != null && !expected.equals(actual)) {
                throw new PreconditionFailedException(
                                context,
                                "the manifest has " + key + " " + expected + ", "
                                        + (actual == null ? "and no such object exists" : "the object has " + actual),
                                null)
                        .settled();
            }
        }
    }

    /**
     * Refuses invalid values together with a UID that is not the object's. The API server compares the UID when it
     * validates, and so lists both. It compares the version before that.
     */
    private static void rejectOtherUidWithInvalidValues(
            ErrorContext context, Map<String, Object> metadata, @Nullable ManagedObject live, ManagedObject next) {
        if (live == null || !isSame("resourceVersion", metadata, live) || isSame("uid", metadata, live)) {
            return;
        }
        List<FieldCause> causes = new ArrayList<>(ManifestRules.invalidValues(next.content()));
        if (!causes.isEmpty()) {
            causes.add(new FieldCause("metadata.uid", "field is immutable"));
            reject(context, causes);
        }
    }

    private static boolean isSame(String key, Map<String, Object> metadata, ManagedObject live) {
        Object expected = metadata.get(key);
        return expected == null || expected.equals(live.metadata().get(key));
    }

    private void requireNamespace(ErrorContext context, ResourceRef resource, boolean mayBePlanned) {
        String namespace = resource.namespace();
        if (namespace == null) {
            return;
        }
        ManagedObject live = objects.get(ResourceRef.namespace(namespace));
        if (live == null) {
            if (!mayBePlanned) {
                throw new NamespaceAbsentException(context).settled();
            }
        } else if (live.metadata().containsKey("deletionTimestamp")) {
            throw new NamespaceTerminatingException(context, conditions(live), null).settled();
        }
    }

    /** Returns whether the namespace is absent, as it may be in a dry run. Then the manifest is all that is known. */
    private boolean isInAbsentNamespace(ResourceRef resource) {
        String namespace = resource.namespace();
        return namespace != null && !objects.containsKey(ResourceRef.namespace(namespace));
    }

    private ManagedObject newObject(Map<String, Object> manifest) {
        ManagedObject object = ManagedObject.blank(manifest);
        object.metadata().put("uid", UUID.randomUUID().toString());
        object.metadata().put("creationTimestamp", now());
        if (isNamespace(object.content())) {
            Manifests.child(object.content(), "spec").put("finalizers", List.of("kubernetes"));
            Manifests.child(object.content(), "status").put("phase", "Active");
        }
        return object;
    }

    private static void addNameLabel(ResourceRef resource, Map<String, Object> metadata) {
        if (isNamespace(resource)) {
            Manifests.child(metadata, "labels").put(NAME_LABEL, resource.name());
        }
    }

    /** Validates the next state of an object, and stores it unless it is a dry run or nothing has changed. */
    private ManagedObject write(
            ErrorContext context,
            ResourceRef resource,
            @Nullable ManagedObject live,
            ManagedObject next,
            boolean dryRun) {
        addNameLabel(resource, next.metadata());
        reject(context, ManifestRules.invalidValues(next.content()));
        if (live != null && next.isSameAs(live)) {
            return live;
        }
        if (hasGeneration(resource) && (live == null || !fields(live).equals(fields(next)))) {
            Object before = live == null ? null : live.metadata().get("generation");
            next.metadata().put("generation", before instanceof Integer number ? number + 1 : 1);
        }
        if (!dryRun) {
            touch(next);
            objects.put(resource, next);
        }
        return next;
    }

    private void touch(ManagedObject object) {
        revision++;
        object.metadata().put("resourceVersion", Long.toString(revision));
    }

    private static Map<String, Object> fields(ManagedObject object) {
        Map<String, Object> fields = new TreeMap<>(object.content());
        fields.remove("metadata");
        fields.remove("status");
        return fields;
    }

    private List<String> warnings(HasMetadata manifest) {
        HasMetadata copy = Manifests.copy(manifest);
        return warningRules.stream()
                .filter(rule -> rule.manifests().test(copy))
                .map(WarningRule::text)
                .toList();
    }

    private ManagedObject terminating(String namespace) {
        ResourceRef resource = ResourceRef.namespace(namespace);
        ManagedObject live = objects.get(resource);
        if (live == null || !isTerminatingNamespace(resource)) {
            throw new IllegalStateException("Namespace " + namespace + " is not terminating on " + id);
        }
        return live;
    }

    private List<DeletionCondition> empty(String namespace) {
        ManagedObject live = terminating(namespace);
        Supplier<List<ResourceRef>> content = () -> objects.keySet().stream()
                .filter(ref -> namespace.equals(ref.namespace()))
                .toList();
        content.get().forEach(this::delete);
        List<ResourceRef> held = content.get();
        if (held.isEmpty()) {
            Manifests.child(live.content(), "spec").remove("finalizers");
            Manifests.child(live.content(), "status").remove("conditions");
            touch(live);
            removeIfNothingHolds(ResourceRef.namespace(namespace));
            return List.of();
        }
        Map<String, Long> byKind = new TreeMap<>(
                held.stream().collect(Collectors.groupingBy(ref -> plural(ref.kind()), Collectors.counting())));
        Map<String, Long> byFinalizer = new TreeMap<>(held.stream()
                .flatMap(ref -> finalizers(ref).stream())
                .collect(Collectors.groupingBy(finalizer -> finalizer, Collectors.counting())));
        List<DeletionCondition> conditions = List.of(
                new DeletionCondition(
                        "NamespaceContentRemaining",
                        "SomeResourcesRemain",
                        "Some resources are remaining: " + counted(byKind, ". has ", " resource instances")),
                new DeletionCondition(
                        "NamespaceFinalizersRemaining",
                        "SomeFinalizersRemain",
                        "Some content in the namespace has finalizers remaining: "
                                + counted(byFinalizer, " in ", " resource instances")));
        setConditions(live, conditions);
        return conditions;
    }

    private static String counted(Map<String, Long> counts, String between, String after) {
        return counts.entrySet().stream()
                .map(entry -> entry.getKey() + between + entry.getValue() + after)
                .collect(Collectors.joining(", "));
    }

    private Set<String> finalizers(ResourceRef resource) {
        ManagedObject live = objects.get(resource);
        return live == null ? Set.of() : live.finalizers();
    }

    private void removeIfNothingHolds(ResourceRef resource) {
        ManagedObject live = objects.get(resource);
        if (live != null
                && live.metadata().containsKey("deletionTimestamp")
                && finalizers(resource).isEmpty()
                && !(isNamespace(resource)
                        && Manifests.child(live.content(), "spec").containsKey("finalizers"))) {
            objects.remove(resource);
        }
    }

    private void setConditions(ManagedObject namespace, List<DeletionCondition> conditions) {
        List<Object> entries = new ArrayList<>();
        for (DeletionCondition condition : conditions) {
            Map<String, Object> entry = new LinkedHashMap<>();
            entry.put("type", condition.type());
            entry.put("status", "True");
            entry.put("lastTransitionTime", now());
            entry.put("reason", condition.reason());
            entry.put("message", condition.message());
            entries.add(entry);
        }
        Manifests.child(namespace.content(), "status").put("conditions", entries);
        touch(namespace);
    }

    private static List<DeletionCondition> conditions(ManagedObject namespace) {
        Object conditions = Manifests.child(namespace.content(), "status").get("conditions");
        List<DeletionCondition> result = new ArrayList<>();
        if (conditions instanceof List<?> entries) {
            for (Object entry : entries) {
                if (entry instanceof Map<?, ?> condition) {
                    result.add(new DeletionCondition(
                            String.valueOf(condition.get("type")),
                            String.valueOf(condition.get("reason")),
                            String.valueOf(condition.get("message"))));
                }
            }
        }
        return result;
    }

    private boolean isTerminatingNamespace(ResourceRef resource) {
        ManagedObject live = objects.get(resource);
        return isNamespace(resource) && live != null && live.metadata().containsKey("deletionTimestamp");
    }

    private static boolean isNamespace(ResourceRef resource) {
        return resource.kind().equals("Namespace") && resource.apiVersion().equals("v1");
    }

    private static boolean isNamespace(Map<String, Object> object) {
        return "Namespace".equals(object.get("kind")) && "v1".equals(object.get("apiVersion"));
    }

    /** Returns whether the kind has a generation. Most kinds of {@code v1} have none. */
    private static boolean hasGeneration(ResourceRef resource) {
        return !resource.apiVersion().equals("v1");
    }

    private static String plural(String kind) {
        String lower = kind.toLowerCase(Locale.ROOT);
        return lower.endsWith("y") ? lower.substring(0, lower.length() - 1) + "ies" : lower + "s";
    }

    private String now() {
        return clock.instant().truncatedTo(ChronoUnit.SECONDS).toString();
    }

    private static HasMetadata answer(ManagedObject object) {
        return Manifests.object(object.withManagedFields());
    }
}
