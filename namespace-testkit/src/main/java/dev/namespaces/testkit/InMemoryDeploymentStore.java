package dev.namespaces.testkit;

import dev.namespaces.model.ClusterId;
import dev.namespaces.model.DeploymentRecord;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.NamespaceId;
import dev.namespaces.model.ObjectIdentity;
import dev.namespaces.model.Origin;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.model.Target;
import dev.namespaces.model.TargetObject;
import dev.namespaces.model.WrittenKeys;
import dev.namespaces.spi.BegunDeployment;
import dev.namespaces.spi.DeploymentStore;
import dev.namespaces.spi.ObjectIntent;
import dev.namespaces.spi.ObjectResult;
import dev.namespaces.spi.RecordedUid;
import dev.namespaces.spi.TargetObjectStore;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A {@link DeploymentStore} and a {@link TargetObjectStore} over the same data, in memory. Every method is one
 * transaction. Safe to use from many threads at once.
 */
public final class InMemoryDeploymentStore implements DeploymentStore, TargetObjectStore {

    private static final Comparator<ResourceRef> ORDER = Comparator.comparing(InMemoryDeploymentStore::namespaceOf)
            .thenComparing(ResourceRef::kind)
            .thenComparing(ResourceRef::name)
            .thenComparing(ResourceRef::apiVersion);

    private final Clock clock;
    private final NavigableMap<Target, Row> records = new TreeMap<>();
    private final Map<Target, NavigableMap<ResourceRef, TargetObject>> objects = new HashMap<>();
    private final Map<ClusterId, Map<String, String>> ensuredByUid = new HashMap<>();

    private record Row(DeploymentRecord record, @Nullable String attempt) {}

    /** Creates an empty store that uses the system's clock. */
    public InMemoryDeploymentStore() {
        this(Clock.systemUTC());
    }

    /** Creates an empty store that uses that clock. */
    public InMemoryDeploymentStore(Clock clock) {
        this.clock = Objects.requireNonNull(clock, "clock");
    }

    @Override
    public synchronized List<DeploymentRecord> findByEnvironments(Collection<EnvironmentId> ids) {
        Set<EnvironmentId> wanted = Set.copyOf(ids);
        return records.values().stream()
                .map(Row::record)
                .filter(record -> wanted.contains(record.target().environmentId()))
                .toList();
    }

    @Override
    public synchronized Optional<BegunDeployment> begin(
            Target target, long expectedRevision, List<ObjectIntent> intents) {
        DeploymentRecord before = record(target);
        if (before.revision() != expectedRevision) {
            return Optional.empty();
        }
        String attempt = random();
        Instant now = Instants.toMicros(clock.instant());
        List<BegunDeployment.Entry> entries = new ArrayList<>();
        NavigableMap<ResourceRef, TargetObject> rows = rows(target);
        for (ObjectIntent intent : intents) {
            TargetObject row = rows.get(intent.resource());
            TargetObject begun = row == null
                    ? new TargetObject(
                            target,
                            intent.resource(),
                            intent.namespaceId(),
                            attempt,
                            now,
                            true,
                            random(),
                            null,
                            null,
                            intent.keys(),
                            null)
                    : new TargetObject(
                            target,
                            intent.resource(),
                            intent.namespaceId(),
                            attempt,
                            now,
                            true,
                            intent.recreates() ? random() : row.createNonce(),
                            intent.recreates() ? null : row.identity(),
                            null,
                            intent.recreates() ? intent.keys() : row.keys().plus(intent.keys()),
                            intent.recreates() ? null : row.released());
            rows.put(intent.resource(), begun);
            entries.add(
                    new BegunDeployment.Entry(begun, row != null && row.open(), row == null ? null : row.attempt()));
        }
        long revision = before.revision() + 1;
        records.put(target, new Row(new DeploymentRecord(target, revision, before.planSerial(), null), attempt));
        return Optional.of(new BegunDeployment(target, revision, attempt, entries));
    }

    @Override
    public synchronized void settle(BegunDeployment begun, List<ObjectResult> results) {
        NavigableMap<ResourceRef, TargetObject> rows = rows(begun.target());
        Map<ResourceRef, String> nonces = new HashMap<>();
        begun.objects()
                .forEach(entry ->
                        nonces.put(entry.object().resource(), entry.object().createNonce()));
        for (ObjectResult result : results) {
            rows.computeIfPresent(result.resource(), (resource, row) -> settled(row, nonces.get(resource), result));
        }
    }

    @Override
    public synchronized CompleteResult complete(BegunDeployment begun, DeploymentRecord.Completion completion) {
        Row current = records.get(begun.target());
        if (current == null
                || current.record().revision() != begun.revision()
                || !begun.attempt().equals(current.attempt())) {
            return CompleteResult.OVERTAKEN;
        }
        DeploymentRecord.Completion stored = new DeploymentRecord.Completion(
                completion.inputFingerprint(),
                completion.renderedFingerprint(),
                completion.renderingGeneration(),
                completion.dialect(),
                Instants.toMicros(completion.deployedAt()));
        records.put(
                begun.target(),
                new Row(
                        new DeploymentRecord(
                                begun.target(),
                                begun.revision(),
                                current.record().planSerial(),
                                stored),
                        begun.attempt()));
        return CompleteResult.COMPLETED;
    }

    @Override
    public synchronized void forget(Target target) {
        records.computeIfPresent(target, (key, row) -> forgotten(row.record(), 0));
    }

    @Override
    public synchronized boolean consume(Map<Target, Long> planSerials) {
        Map<Target, Long> serials = Map.copyOf(planSerials);
        if (!serials.entrySet().stream()
                .allMatch(entry -> record(entry.getKey()).planSerial() == entry.getValue())) {
            return false;
        }
        serials.forEach((target, serial) -> {
            Row row = records.get(target);
            DeploymentRecord record = record(target);
            records.put(
                    target,
                    new Row(
                            new DeploymentRecord(target, record.revision(), serial + 1, record.completion()),
                            row == null ? null : row.attempt()));
        });
        return true;
    }

    @Override
    public synchronized List<TargetObject> findByNamespaces(Target target, Collection<String> names) {
        Set<String> wanted = Set.copyOf(names);
        return rows(target).values().stream()
                .filter(row -> wanted.contains(namespaceOf(row.resource())))
                .toList();
    }

    @Override
    public synchronized List<TargetObject> findPage(Target target, @Nullable ResourceRef after, int limit) {
        if (limit < 1) {
            throw new IllegalArgumentException("The limit must be at least 1, is " + limit);
        }
        NavigableMap<ResourceRef, TargetObject> rows = rows(target);
        return (after == null ? rows : rows.tailMap(after, false))
                .values().stream().limit(limit).toList();
    }

    @Override
    public synchronized List<RecordedUid> findByUids(ClusterId cluster, Collection<String> uids) {
        Set<String> wanted = Set.copyOf(uids);
        List<RecordedUid> found = new ArrayList<>();
        objects.forEach((target, rows) -> {
            if (target.clusterId().equals(cluster)) {
                rows.values().forEach(row -> {
                    ObjectIdentity identity = row.identity();
                    if (identity != null && wanted.contains(identity.uid())) {
                        found.add(new RecordedUid(row.resource(), identity, target, row.namespaceId()));
                    }
                });
            }
        });
        ensuredByUid.getOrDefault(cluster, Map.of()).forEach((uid, namespace) -> {
            if (wanted.contains(uid)) {
                found.add(new RecordedUid(
                        ResourceRef.namespace(namespace), new ObjectIdentity(uid, Origin.ENSURED), null, null));
            }
        });
        return found;
    }

    @Override
    public synchronized void recordEnsured(ClusterId cluster, String namespace, String uid) {
        ensuredByUid
                .computeIfAbsent(Objects.requireNonNull(cluster, "cluster"), key -> new TreeMap<>())
                .putIfAbsent(new ObjectIdentity(uid, Origin.ENSURED).uid(), Objects.requireNonNull(namespace));
    }

    @Override
    public synchronized List<TargetObject> release(Target target, Collection<String> names) {
        List<TargetObject> released = findByNamespaces(target, names).stream()
                .map(InMemoryDeploymentStore::released)
                .toList();
        released.forEach(row -> rows(target).put(row.resource(), row));
        forgetAndRaiseSerial(target);
        return released;
    }

    private static TargetObject released(TargetObject row) {
        ObjectIdentity identity = row.identity();
        TargetObject.Released unfinished = row.released();
        return new TargetObject(
                row.target(),
                row.resource(),
                row.namespaceId(),
                random(),
                row.attemptedAt(),
                row.open(),
                random(),
                null,
                null,
                row.keys(),
                unfinished != null
                        ? unfinished
                        : new TargetObject.Released(identity == null ? null : identity.uid(), row.createNonce()));
    }

    @Override
    public synchronized void move(Target from, Target to, String name, NamespaceId receiver) {
        if (from.equals(to) || !from.clusterId().equals(to.clusterId())) {
            throw new IllegalArgumentException("An object cannot move from " + from + " to " + to);
        }
        Objects.requireNonNull(receiver, "receiver");
        for (TargetObject row : findByNamespaces(from, List.of(name))) {
            rows(from).remove(row.resource());
            rows(to).put(
                            row.resource(),
                            new TargetObject(
                                    to,
                                    row.resource(),
                                    receiver,
                                    row.attempt(),
                                    row.attemptedAt(),
                                    true,
                                    row.createNonce(),
                                    row.identity(),
                                    null,
                                    row.keys(),
                                    row.released()));
        }
        forgetAndRaiseSerial(from);
        forgetAndRaiseSerial(to);
    }

    private void forgetAndRaiseSerial(Target target) {
        records.compute(
                target,
                (key, row) -> row == null
                        ? new Row(new DeploymentRecord(target, 0, 1, null), null)
                        : forgotten(row.record(), 1));
    }

    private static Row forgotten(DeploymentRecord record, int raise) {
        return new Row(
                new DeploymentRecord(record.target(), record.revision() + 1, record.planSerial() + raise, null), null);
    }

    /**
     * Returns the row with the result, or null if the object is absent.
     *
     * @param nonce the create nonce of the row when the deployment began, or null if there was no intent for the object
     */
    private static @Nullable TargetObject settled(TargetObject row, @Nullable String nonce, ObjectResult result) {
        boolean sameAttempt = row.attempt().equals(result.attempt());
        boolean sameObject = nonce == null ? sameAttempt : nonce.equals(row.createNonce());
        if (!sameObject) {
            return row;
        }
        ObjectIdentity identity = result.identity() == null ? row.identity() : result.identity();
        if (!sameAttempt) {
            return with(row, identity, row.open(), row.fingerprint(), row.keys());
        }
        if (result.state() instanceof ObjectResult.State.Closed closed) {
            WrittenKeys keys = isTakenBack(row, identity) ? closed.keys().withValuesOf(row.keys()) : closed.keys();
            return with(row, identity, false, closed.fingerprint(), keys);
        }
        if (result.state() instanceof ObjectResult.State.Released) {
            return row.released() == null ? row : row.open() ? withoutRelease(row) : null;
        }
        return result.state() instanceof ObjectResult.State.Absent ? null : with(row, identity, true, null, row.keys());
    }

    /** Returns whether the object is the one of the unfinished release. */
    private static boolean isTakenBack(TargetObject row, @Nullable ObjectIdentity identity) {
        return identity != null
                && row.released() != null
                && identity.uid().equals(row.released().uid());
    }

    private static TargetObject withoutRelease(TargetObject row) {
        return copy(row, row.identity(), true, null, WrittenKeys.none(), null);
    }

    private static TargetObject with(
            TargetObject row,
            @Nullable ObjectIdentity identity,
            boolean open,
            @Nullable String fingerprint,
            WrittenKeys keys) {
        return copy(row, identity, open, fingerprint, keys, identity == null ? row.released() : null);
    }

    private static TargetObject copy(
            TargetObject row,
            @Nullable ObjectIdentity identity,
            boolean open,
            @Nullable String fingerprint,
            WrittenKeys keys,
            TargetObject.@Nullable Released released) {
        return new TargetObject(
                row.target(),
                row.resource(),
                row.namespaceId(),
                row.attempt(),
                row.attemptedAt(),
                open,
                row.createNonce(),
                identity,
                fingerprint,
                keys,
                released);
    }

    private DeploymentRecord record(Target target) {
        Row row = records.get(target);
        return row == null ? DeploymentRecord.none(target) : row.record();
    }

    private NavigableMap<ResourceRef, TargetObject> rows(Target target) {
        return objects.computeIfAbsent(Objects.requireNonNull(target, "target"), key -> new TreeMap<>(ORDER));
    }

    /** Returns the namespace that an object is, or is in. */
    private static String namespaceOf(ResourceRef resource) {
        String namespace =
                resource.equals(ResourceRef.namespace(resource.name())) ? resource.name() : resource.namespace();
        return namespace == null ? "" : namespace;
    }

    private static String random() {
        return UUID.randomUUID().toString();
    }
}
