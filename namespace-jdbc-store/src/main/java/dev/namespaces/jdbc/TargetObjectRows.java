package dev.namespaces.jdbc;

import dev.namespaces.error.InvalidTextException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.NamespaceId;
import dev.namespaces.model.ObjectIdentity;
import dev.namespaces.model.Origin;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.model.Target;
import dev.namespaces.model.TargetObject;
import dev.namespaces.model.WrittenKeys;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;
import org.jdbi.v3.core.statement.StatementContext;
import org.jspecify.annotations.Nullable;

/**
 * The rows of the table of target objects. Code that writes rows of a target must have locked its record before, see
 * {@link DeploymentRecords}.
 */
final class TargetObjectRows {

    private static final String ORDER = " ORDER BY namespace_name, kind, name, api_version";

    private final String table;
    private final SqlDialect dialect;
    private final InListQuery findByNamespaces;
    private final String findFirstPage;
    private final String findNextPage;
    private final String insert;
    private final String insertRow;
    private final String update;
    private final String delete;

    TargetObjectRows(Database database) {
        this.table = database.table("target_objects");
        this.dialect = database.dialect();
        String content = "namespace_id, attempt, attempted_at, open, create_nonce, uid, origin, fingerprint,"
                + " label_keys, annotation_keys, released_uid, released_nonce";
        String columns = "environment_id, cluster_id, namespace_name, kind, name, api_version, " + content;
        String ofTarget = "SELECT " + columns + " FROM " + table + " WHERE environment_id = ? AND cluster_id = ?";
        String json = dialect.jsonValue("?");
        String key = " WHERE environment_id = ? AND cluster_id = ? AND namespace_name = ? AND kind = ? AND name = ?"
                + " AND api_version = ?";
        this.findByNamespaces = InListQuery.bounded(
                ofTarget + " AND namespace_name BETWEEN ? AND ? AND namespace_name IN (%s)" + ORDER);
        this.findFirstPage = ofTarget + ORDER + " LIMIT ?";
        // MariaDB finds no range in a comparison of whole rows. The first comparison is one that every database finds.
        this.findNextPage = ofTarget + " AND namespace_name >= ? AND (namespace_name > ? OR kind > ?"
                + " OR (kind = ? AND (name > ? OR (name = ? AND api_version > ?))))" + ORDER + " LIMIT ?";
        this.insert = "INSERT INTO " + table + " (" + columns + ") VALUES";
        this.insertRow = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, " + json + ", " + json + ", ?, ?)";
        this.update = "UPDATE " + table + " SET namespace_id = ?, attempt = ?, attempted_at = ?, open = ?,"
                + " create_nonce = ?, uid = ?, origin = ?, fingerprint = ?, label_keys = " + json
                + ", annotation_keys = " + json + ", released_uid = ?, released_nonce = ?" + key;
        this.delete = "DELETE FROM " + table + key;
    }

    String table() {
        return table;
    }

    /** Returns the rows of the namespaces of these names, ordered by namespace, then by kind. */
    List<TargetObject> find(Handle handle, Target target, Collection<String> names) {
        return findByNamespaces.run(
                handle, idsOf(target), names, query -> query.map(this::read).list());
    }

    List<TargetObject> findPage(Handle handle, Target target, @Nullable ResourceRef after, int limit) {
        Query query = handle.createQuery(after == null ? findFirstPage : findNextPage);
        int next = InListQuery.bind(query, 0, idsOf(target));
        if (after != null) {
            String namespace = namespaceOf(after);
            next = InListQuery.bind(
                    query,
                    next,
                    List.of(
                            namespace,
                            namespace,
                            after.kind(),
                            after.kind(),
                            after.name(),
                            after.name(),
                            after.apiVersion()));
        }
        return query.bind(next, limit).map(this::read).list();
    }

    void insert(Handle handle, List<TargetObject> rows) {
        Batches.insert(handle, insert, insertRow, rows, row -> content(key(new Values(dialect), row), row));
    }

    void update(Handle handle, List<TargetObject> rows) {
        Batches.run(handle, update, rows, row -> key(content(new Values(dialect), row), row));
    }

    void delete(Handle handle, List<TargetObject> rows) {
        Batches.run(handle, delete, rows, row -> key(new Values(dialect), row));
    }

    private static Values key(Values values, TargetObject row) {
        ResourceRef resource = row.resource();
        return values.text(row.target().environmentId().value())
                .text(row.target().clusterId().value())
                .text(namespaceOf(resource))
                .text(resource.kind())
                .text(resource.name())
                .text(resource.apiVersion());
    }

    private static Values content(Values values, TargetObject row) {
        ObjectIdentity identity = row.identity();
        TargetObject.Released released = row.released();
        return values.text(row.namespaceId().value())
                .text(row.attempt())
                .instant(row.attemptedAt())
                .flag(row.open())
                .text(row.createNonce())
                .text(identity == null ? null : identity.uid())
                .text(identity == null ? null : identity.origin().name())
                .text(row.fingerprint())
                .text(StringMapJson.write(row.keys().labels()))
                .text(StringMapJson.write(row.keys().annotations()))
                .text(released == null ? null : released.uid())
                .text(released == null ? null : released.createNonce());
    }

    /**
     * Returns the namespace that the object is, or is in.
     *
     * @throws IllegalArgumentException if it is another cluster-scoped object
     */
    static String namespaceOf(ResourceRef resource) {
        if (resource.equals(ResourceRef.namespace(resource.name()))) {
            return resource.name();
        }
        String namespace = resource.namespace();
        if (namespace == null) {
            throw new IllegalArgumentException(resource + " is in no namespace");
        }
        return namespace;
    }

    private static ResourceRef resource(String namespace, String kind, String name, String apiVersion) {
        ResourceRef namespaceObject = ResourceRef.namespace(namespace);
        boolean isNamespace = kind.equals(namespaceObject.kind())
                && apiVersion.equals(namespaceObject.apiVersion())
                && name.equals(namespace);
        return isNamespace ? namespaceObject : new ResourceRef(apiVersion, kind, namespace, name);
    }

    /** Reads an object from four columns: namespace, kind, name, API version. */
    static ResourceRef resource(ResultSet row, int firstColumn) throws SQLException {
        return resource(
                row.getString(firstColumn),
                row.getString(firstColumn + 1),
                row.getString(firstColumn + 2),
                row.getString(firstColumn + 3));
    }

    static ObjectIdentity identity(String uid, @Nullable String origin) {
        if (origin == null) {
            throw new UnreadableRowException("it has a UID without an origin");
        }
        return new ObjectIdentity(uid, Origin.valueOf(origin));
    }

    private TargetObject read(ResultSet row, StatementContext context) throws SQLException {
        try {
            String uid = row.getString(12);
            String releasedNonce = row.getString(18);
            return new TargetObject(
                    new Target(new EnvironmentId(row.getString(1)), new ClusterId(row.getString(2))),
                    resource(row, 3),
                    new NamespaceId(row.getString(7)),
                    row.getString(8),
                    Objects.requireNonNull(dialect.instant(row, 9), "attempted_at"),
                    row.getBoolean(10),
                    row.getString(11),
                    uid == null ? null : identity(uid, row.getString(13)),
                    row.getString(14),
                    new WrittenKeys(
                            StringMapJson.readNullable("label_keys", row.getString(15)),
                            StringMapJson.readNullable("annotation_keys", row.getString(16))),
                    releasedNonce == null ? null : new TargetObject.Released(row.getString(17), releasedNonce));
        } catch (IllegalArgumentException | InvalidTextException e) {
            throw new UnreadableRowException("it is not a valid target object", e);
        }
    }

    private static List<String> idsOf(Target target) {
        return List.of(target.environmentId().value(), target.clusterId().value());
    }
}
