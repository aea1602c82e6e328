package dev.namespaces.jdbc;

import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.InvalidTextException;
import dev.namespaces.error.Operation;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.KubernetesSyntax;
import dev.namespaces.model.NamespaceId;
import dev.namespaces.model.ObjectIdentity;
import dev.namespaces.model.Origin;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.model.Target;
import dev.namespaces.model.TargetObject;
import dev.namespaces.spi.RecordedUid;
import dev.namespaces.spi.TargetObjectStore;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Target objects in a table. Writes are transactions of their own; only reads take part in the host's. */
final class JdbcTargetObjectStore implements TargetObjectStore {

    private final Database reads;
    private final Database writes;
    private final DeploymentRecords records;
    private final TargetObjectRows objects;
    private final Clock clock;
    private final String ensuredTable;
    private final InListQuery findByUids;
    private final String recordEnsured;

    JdbcTargetObjectStore(Database reads, Database writes, Clock clock) {
        this.reads = reads;
        this.writes = writes;
        this.records = new DeploymentRecords(writes);
        this.objects = new TargetObjectRows(writes);
        this.clock = clock;
        this.ensuredTable = writes.table("ensured_namespaces");
        ResourceRef namespace = ResourceRef.namespace("any");
        this.findByUids = new InListQuery(
                "SELECT namespace_name, kind, name, api_version, uid, origin, environment_id, namespace_id FROM "
                        + objects.table() + " WHERE cluster_id = ? AND uid IN (%s) UNION ALL SELECT name, '"
                        + namespace.kind() + "', name, '" + namespace.apiVersion() + "', uid, '" + Origin.ENSURED
                        + "', NULL, NULL FROM " + ensuredTable + " WHERE cluster_id = ? AND uid IN (%s)");
        this.recordEnsured = writes.dialect()
                .insertIfAbsent(
                        "INSERT INTO " + ensuredTable + " (cluster_id, uid, name, ensured_at)"
                                + " VALUES (:cluster, :uid, :name, :at)",
                        "cluster_id");
    }

    @Override
    public List<TargetObject> findByNamespaces(Target target, Collection<String> names) {
        // PostgreSQL refuses text that no object's name can be.
        List<String> wanted = List.copyOf(names).stream()
                .filter(name -> KubernetesSyntax.annotationValueProblem(name).isEmpty())
                .toList();
        StoreOperation operation = find(target);
        return wanted.isEmpty() ? List.of() : reads.read(operation, handle -> objects.find(handle, target, wanted));
    }

    @Override
    public List<TargetObject> findPage(Target target, @Nullable ResourceRef after, int limit) {
        if (limit < 1) {
            throw new IllegalArgumentException("The limit must be at least 1, is " + limit);
        }
        return reads.read(find(target), handle -> objects.findPage(handle, target, after, limit));
    }

    @Override
    public List<RecordedUid> findByUids(ClusterId cluster, Collection<String> uids) {
        List<String> wanted = List.copyOf(uids);
        String key = "UIDs on " + cluster.value();
        if (wanted.isEmpty()) {
            return List.of();
        }
        return reads.read(
                new StoreOperation(ErrorContext.of(Operation.FIND_TARGET_OBJECTS, cluster), objects.table(), key),
                handle -> findByUids.run(
                        handle,
                        List.of(cluster.value()),
                        wanted,
                        query -> query.map((row, context) -> recordedUid(row, cluster))
                                .list()));
    }

    @Override
    public void recordEnsured(ClusterId cluster, String namespace, String uid) {
        Objects.requireNonNull(cluster, "cluster");
        ObjectIdentity identity = new ObjectIdentity(uid, Origin.ENSURED);
        Instant now = Instants.toMicros(clock.instant());
        ErrorContext context = ErrorContext.of(Operation.RECORD_ENSURED, cluster, ResourceRef.namespace(namespace));
        writes.writeOnOurOwn(new StoreOperation(context, ensuredTable, cluster + "/" + namespace), handle -> {
            Database.insertIfAbsent(handle.createUpdate(recordEnsured)
                    .bind("cluster", cluster.value())
                    .bind("uid", identity.uid())
                    .bind("name", namespace)
                    .bind("at", writes.dialect().instant(now)));
            return null;
        });
    }

    @Override
    public List<TargetObject> release(Target target, Collection<String> names) {
        List<String> wanted = List.copyOf(names);
        return writes.writeOnOurOwn(StoreOperation.onTarget(Operation.RELEASE, objects.table(), target), handle -> {
            records.lockToForget(handle, target);
            List<TargetObject> rows = objects.find(handle, target, wanted).stream()
                    .map(JdbcTargetObjectStore::released)
                    .toList();
            objects.update(handle, rows);
            records.forgetAndRaiseSerial(handle, target);
            return rows;
        });
    }

    private static TargetObject released(TargetObject row) {
        ObjectIdentity identity = row.identity();
        TargetObject.Released unfinished = row.released();
        return new TargetObject(
                row.target(),
                row.resource(),
                row.namespaceId(),
                RandomTokens.next(),
                row.attemptedAt(),
                row.open(),
                RandomTokens.next(),
                null,
                null,
                row.keys(),
                unfinished != null
                        ? unfinished
                        : new TargetObject.Released(identity == null ? null : identity.uid(), row.createNonce()));
    }

    @Override
    public void move(Target from, Target to, String name, NamespaceId receiver) {
        if (from.equals(to) || !from.clusterId().equals(to.clusterId())) {
            throw new IllegalArgumentException("An object cannot move from " + from + " to " + to);
        }
        Objects.requireNonNull(receiver, "receiver");
        List<String> names = List.of(name);
        List<Target> inOrder = Stream.of(from, to).sorted().toList();
        ErrorContext context = ErrorContext.of(Operation.MOVE, from.clusterId(), ResourceRef.namespace(name));
        StoreOperation operation =
                new StoreOperation(context.withEnvironment(from.environmentId()), objects.table(), from + " to " + to);
        writes.writeOnOurOwn(operation, handle -> {
            inOrder.forEach(target -> records.lockToForget(handle, target));
            List<TargetObject> rows = objects.find(handle, from, names);
            List<TargetObject> moved =
                    rows.stream().map(row -> moved(row, to, receiver)).toList();
            objects.delete(handle, rows);
            // They delete what the receiving target has for the same objects.
            objects.delete(handle, moved);
            objects.insert(handle, moved);
            inOrder.forEach(target -> records.forgetAndRaiseSerial(handle, target));
            return null;
        });
    }

    private static TargetObject moved(TargetObject row, Target to, NamespaceId receiver) {
        return new TargetObject(
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
                row.released());
    }

    private StoreOperation find(Target target) {
        return StoreOperation.onTarget(Operation.FIND_TARGET_OBJECTS, objects.table(), target);
    }

    private static RecordedUid recordedUid(ResultSet row, ClusterId cluster) throws SQLException {
        try {
            String environment = row.getString(7);
            return new RecordedUid(
                    TargetObjectRows.resource(row, 1),
                    TargetObjectRows.identity(row.getString(5), row.getString(6)),
                    environment == null ? null : new Target(new EnvironmentId(environment), cluster),
                    environment == null ? null : new NamespaceId(row.getString(8)));
        } catch (IllegalArgumentException | InvalidTextException e) {
            throw new UnreadableRowException("it is not a valid target object", e);
        }
    }
}
