package dev.namespaces.jdbc;

import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.Operation;
import dev.namespaces.model.DeploymentRecord;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.ObjectIdentity;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.model.Target;
import dev.namespaces.model.TargetObject;
import dev.namespaces.model.WrittenKeys;
import dev.namespaces.spi.BegunDeployment;
import dev.namespaces.spi.DeploymentStore;
import dev.namespaces.spi.ObjectIntent;
import dev.namespaces.spi.ObjectResult;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** Deployment records in a table. Writes are transactions of their own; only reads take part in the host's. */
final class JdbcDeploymentStore implements DeploymentStore {

    private final Database reads;
    private final Database writes;
    private final DeploymentRecords records;
    private final TargetObjectRows objects;
    private final Clock clock;

    JdbcDeploymentStore(Database reads, Database writes, Clock clock) {
        this.reads = reads;
        this.writes = writes;
        this.records = new DeploymentRecords(writes);
        this.objects = new TargetObjectRows(writes);
        this.clock = clock;
    }

    @Override
    public List<DeploymentRecord> findByEnvironments(Collection<EnvironmentId> ids) {
        List<EnvironmentId> environments = List.copyOf(ids);
        if (environments.isEmpty()) {
            return List.of();
        }
        return reads.read(
                StoreOperation.onEnvironments(Operation.FIND_DEPLOYMENTS, records.table(), environments),
                handle -> records.find(handle, environments));
    }

    @Override
    public Optional<BegunDeployment> begin(Target target, long expectedRevision, List<ObjectIntent> intents) {
        List<ObjectIntent> objectsToSend = List.copyOf(intents);
        Set<String> names = namesOf(objectsToSend);
        Instant now = Instants.toMicros(clock.instant());
        return writes.writeOnOurOwn(StoreOperation.onTarget(Operation.BEGIN, records.table(), target), handle -> {
            if (expectedRevision == 0) {
                records.insertIfAbsent(handle, target);
            }
            OptionalLong newest = records.lock(handle, target);
            if (newest.isEmpty() || newest.getAsLong() != expectedRevision) {
                return Optional.empty();
            }
            String attempt = RandomTokens.next();
            long revision = expectedRevision + 1;
            records.begin(handle, target, revision, attempt);
            List<BegunDeployment.Entry> entries = begin(handle, target, names, objectsToSend, attempt, now);
            return Optional.of(new BegunDeployment(target, revision, attempt, entries));
        });
    }

    private List<BegunDeployment.Entry> begin(
            Handle handle,
            Target target,
            Set<String> names,
            List<ObjectIntent> intents,
            String attempt,
            Instant attemptedAt) {
        Map<ResourceRef, TargetObject> former = byResource(objects.find(handle, target, names));
        List<BegunDeployment.Entry> entries = new ArrayList<>();
        List<TargetObject> inserts = new ArrayList<>();
        List<TargetObject> updates = new ArrayList<>();
        for (ObjectIntent intent : intents) {
            TargetObject row = former.get(intent.resource());
            if (row == null) {
                TargetObject created = begun(target, intent, attempt, attemptedAt, null);
                inserts.add(created);
                entries.add(new BegunDeployment.Entry(created, false, null));
            } else {
                TargetObject begun = begun(target, intent, attempt, attemptedAt, row);
                updates.add(begun);
                entries.add(new BegunDeployment.Entry(begun, row.open(), row.attempt()));
            }
        }
        objects.insert(handle, inserts);
        objects.update(handle, updates);
        return entries;
    }

    private static TargetObject begun(
            Target target, ObjectIntent intent, String attempt, Instant attemptedAt, @Nullable TargetObject former) {
        TargetObject kept = intent.recreates() ? null : former;
        return new TargetObject(
                target,
                intent.resource(),
                intent.namespaceId(),
                attempt,
                attemptedAt,
                true,
                kept == null ? RandomTokens.next() : kept.createNonce(),
                kept == null ? null : kept.identity(),
                null,
                kept == null ? intent.keys() : kept.keys().plus(intent.keys()),
                kept == null ? null : kept.released());
    }

    private static Set<String> namesOf(List<ObjectIntent> intents) {
        Set<ResourceRef> resources = new HashSet<>();
        for (ObjectIntent intent : intents) {
            if (!resources.add(intent.resource())) {
                throw new IllegalArgumentException("Two intents are for " + intent.resource());
            }
        }
        return resources.stream().map(TargetObjectRows::namespaceOf).collect(Collectors.toSet());
    }

    @Override
    public void settle(BegunDeployment begun, List<ObjectResult> results) {
        Target target = begun.target();
        List<ObjectResult> found = List.copyOf(results);
        Set<String> names = found.stream()
                .map(result -> TargetObjectRows.namespaceOf(result.resource()))
                .collect(Collectors.toSet());
        Map<ResourceRef, String> nonces = new HashMap<>();
        begun.objects()
                .forEach(entry ->
                        nonces.put(entry.object().resource(), entry.object().createNonce()));
        writes.writeOnOurOwn(StoreOperation.onTarget(Operation.SETTLE, objects.table(), target), handle -> {
            records.lock(handle, target);
            Map<ResourceRef, TargetObject> before = byResource(objects.find(handle, target, names));
            Map<ResourceRef, TargetObject> after = new HashMap<>(before);
            found.forEach(result ->
                    after.computeIfPresent(result.resource(), (key, row) -> settled(row, nonces.get(key), result)));
            List<TargetObject> updates = new ArrayList<>();
            List<TargetObject> deletes = new ArrayList<>();
            before.forEach((resource, row) -> {
                TargetObject settled = after.get(resource);
                if (settled == null) {
                    deletes.add(row);
                } else if (!settled.equals(row)) {
                    updates.add(settled);
                }
            });
            objects.update(handle, updates);
            objects.delete(handle, deletes);
            return null;
        });
    }

    /**
     * Returns the row with the result, or null if the row is to be deleted.
     *
     * @param nonce the create nonce that the row had when the deployment began, or null if it had no intent for it
     */
    private static @Nullable TargetObject settled(TargetObject row, @Nullable String nonce, ObjectResult result) {
        boolean sameAttempt = row.attempt().equals(result.attempt());
        // A new nonce means that the object was released or created again, so the result is about the former object.
        boolean sameObject = nonce == null ? sameAttempt : nonce.equals(row.createNonce());
        if (!sameObject) {
            return row;
        }
        ObjectIdentity identity = result.identity() == null ? row.identity() : result.identity();
        TargetObject.Released released = identity == null ? row.released() : null;
        if (!sameAttempt) {
            return settled(row, row.open(), identity, row.fingerprint(), row.keys(), released);
        }
        if (result.state() instanceof ObjectResult.State.Absent) {
            return null;
        }
        if (result.state() instanceof ObjectResult.State.Released) {
            return row.released() == null ? row : releaseEnded(row);
        }
        return result.state() instanceof ObjectResult.State.Closed closed
                ? settled(row, false, identity, closed.fingerprint(), keys(row, identity, closed), released)
                : settled(row, true, identity, null, row.keys(), released);
    }

    private static @Nullable TargetObject releaseEnded(TargetObject row) {
        return row.open() ? settled(row, true, row.identity(), null, WrittenKeys.none(), null) : null;
    }

    /**
     * Returns the keys of the result. The object of an unfinished release keeps the values that were overwritten first.
     */
    private static WrittenKeys keys(
            TargetObject row, @Nullable ObjectIdentity identity, ObjectResult.State.Closed closed) {
        boolean takenBack = identity != null
                && row.released() != null
                && identity.uid().equals(row.released().uid());
        return takenBack ? closed.keys().withValuesOf(row.keys()) : closed.keys();
    }

    private static TargetObject settled(
            TargetObject row,
            boolean open,
            @Nullable ObjectIdentity identity,
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

    @Override
    public CompleteResult complete(BegunDeployment begun, DeploymentRecord.Completion completion) {
        Target target = begun.target();
        Objects.requireNonNull(completion, "completion");
        return writes.writeOnOurOwn(
                StoreOperation.onTarget(Operation.COMPLETE, records.table(), target),
                handle -> records.complete(handle, target, begun.revision(), begun.attempt(), completion)
                        ? CompleteResult.COMPLETED
                        : CompleteResult.OVERTAKEN);
    }

    @Override
    public void forget(Target target) {
        writes.writeOnOurOwn(StoreOperation.onTarget(Operation.FORGET_RECORD, records.table(), target), handle -> {
            records.forget(handle, target);
            return null;
        });
    }

    @Override
    public boolean consume(Map<Target, Long> planSerials) {
        TreeMap<Target, Long> serials = new TreeMap<>(Map.copyOf(planSerials));
        if (serials.isEmpty()) {
            return true;
        }
        StoreOperation operation = new StoreOperation(
                ErrorContext.of(Operation.CONSUME_PLAN),
                records.table(),
                StoreOperation.several(List.copyOf(serials.keySet()), Target::toString));
        try {
            writes.writeOnOurOwn(operation, handle -> {
                serials.forEach((target, serial) -> raiseSerial(handle, target, serial));
                return null;
            });
            return true;
        } catch (SerialMovedException e) {
            return false;
        }
    }

    private void raiseSerial(Handle handle, Target target, long serial) {
        if (serial == 0) {
            records.insertIfAbsent(handle, target);
        }
        if (!records.raiseSerial(handle, target, serial)) {
            throw new SerialMovedException();
        }
    }

    /** Rolls the transaction back. */
    private static final class SerialMovedException extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    private static Map<ResourceRef, TargetObject> byResource(List<TargetObject> rows) {
        Map<ResourceRef, TargetObject> byResource = new HashMap<>();
        rows.forEach(row -> byResource.put(row.resource(), row));
        return byResource;
    }
}
