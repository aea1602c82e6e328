package dev.namespaces.jdbc;

import dev.namespaces.error.ErrorCategory;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.InvalidTextException;
import dev.namespaces.error.NamespaceNameTakenException;
import dev.namespaces.error.Operation;
import dev.namespaces.error.Retry;
import dev.namespaces.error.StaleVersionException;
import dev.namespaces.error.StoreException;
import dev.namespaces.error.UnknownNamespaceException;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.KubernetesSyntax;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.NamespaceId;
import dev.namespaces.spi.NamespaceStore;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.JdbiException;
import org.jdbi.v3.core.statement.StatementContext;
import org.jspecify.annotations.Nullable;

/** Namespaces in a table. */
final class JdbcNamespaceStore implements NamespaceStore {

    private static final String COLUMNS =
            "id, environment_id, name, metadata, annotations, version, created_at, updated_at, deleted_at";

    private final Database database;
    private final SqlDialect dialect;
    private final String table;
    private final String insert;
    private final String insertRow;
    private final InListQuery findByIds;
    private final InListQuery findByEnvironments;
    private final InListQuery findByNames;
    private final String findDeleted;
    private final InListQuery lock;
    private final String update;

    JdbcNamespaceStore(Database database) {
        this.database = database;
        this.dialect = database.dialect();
        this.table = database.table("namespaces");
        String json = dialect.jsonValue("?");
        String select = "SELECT " + COLUMNS + " FROM " + table;
        this.insert = "INSERT INTO " + table + " (" + COLUMNS + ") VALUES";
        this.insertRow = "(?, ?, ?, " + json + ", " + json + ", ?, ?, ?, ?)";
        this.findByIds = new InListQuery(select + " WHERE id IN (%s)");
        this.findByEnvironments = new InListQuery(
                select + " WHERE environment_id IN (%s) AND live_name IS NOT NULL ORDER BY environment_id, live_name");
        this.findByNames = new InListQuery(select + " WHERE live_name IN (%s) ORDER BY live_name, environment_id");
        this.findDeleted = select + " WHERE environment_id = ? AND live_name IS NULL ORDER BY name, id";
        this.lock = new InListQuery(
                "SELECT id, version, deleted_at FROM " + table + " WHERE id IN (%s) ORDER BY id FOR UPDATE");
        this.update = "UPDATE " + table + " SET metadata = " + json + ", annotations = " + json
                + ", version = ?, updated_at = ?, deleted_at = ? WHERE id = ?";
    }

    @Override
    public void insert(List<Namespace> namespaces) {
        List<Namespace> rows = List.copyOf(namespaces);
        if (rows.isEmpty()) {
            return;
        }
        refuseCollisionsWithin(rows);
        ErrorContext context = rows.size() == 1 ? insertContext(rows.get(0)) : ErrorContext.of(Operation.INSERT);
        database.write(operation(context, rows), handle -> {
            insertAll(handle, rows);
            return null;
        });
    }

    @Override
    public void update(List<Namespace> namespaces) {
        List<Namespace> rows = List.copyOf(namespaces);
        if (rows.isEmpty()) {
            return;
        }
        ErrorContext context = rows.size() == 1 ? updateContext(rows.get(0)) : ErrorContext.of(Operation.UPDATE);
        List<String> ids = rows.stream().map(row -> row.id().value()).toList();
        database.write(operation(context, rows), handle -> {
            Map<NamespaceId, Version> stored = new HashMap<>();
            lock.run(
                            handle,
                            List.of(),
                            ids,
                            query -> query.map(this::readVersion).list())
                    .forEach(version -> stored.put(version.id(), version));
            for (Namespace row : rows) {
                refuseUnlessNext(row, stored.get(row.id()));
                stored.put(row.id(), new Version(row.id(), row.version(), row.isLive()));
            }
            Batches.run(handle, update, rows, this::updateValues);
            return null;
        });
    }

    /** What decides whether a row may be replaced. */
    private record Version(NamespaceId id, long version, boolean live) {}

    private Version readVersion(ResultSet row, StatementContext context) throws SQLException {
        return new Version(new NamespaceId(row.getString(1)), row.getLong(2), dialect.instant(row, 3) == null);
    }

    private static void refuseUnlessNext(Namespace row, @Nullable Version stored) {
        if (stored == null || !stored.live()) {
            throw new UnknownNamespaceException(updateContext(row), row.id());
        }
        if (stored.version() != row.version() - 1) {
            throw new StaleVersionException(updateContext(row), row.id(), row.version() - 1, stored.version());
        }
    }

    private Values updateValues(Namespace row) {
        return new Values(dialect)
                .text(StringMapJson.write(row.metadata()))
                .text(StringMapJson.write(row.annotations()))
                .number(row.version())
                .instant(Instants.toMicros(row.updatedAt()))
                .instant(toMicros(row.deletedAt()))
                .text(row.id().value());
    }

    @Override
    public List<Namespace> findByIds(Collection<NamespaceId> ids) {
        List<String> wanted = ids.stream().map(NamespaceId::value).toList();
        return find(ErrorContext.of(Operation.FIND_NAMESPACES), "", findByIds, wanted);
    }

    @Override
    public List<Namespace> findByEnvironments(Collection<EnvironmentId> ids) {
        List<EnvironmentId> environments = List.copyOf(ids);
        ErrorContext context = environments.size() == 1
                ? ErrorContext.of(Operation.FIND_NAMESPACES, environments.get(0))
                : ErrorContext.of(Operation.FIND_NAMESPACES);
        return find(
                context,
                "environment ",
                findByEnvironments,
                environments.stream().map(EnvironmentId::value).toList());
    }

    @Override
    public List<Namespace> findByNames(Collection<String> names) {
        List<String> possible = List.copyOf(names).stream()
                .filter(name -> KubernetesSyntax.namespaceNameProblem(name).isEmpty())
                .toList();
        ErrorContext context = ErrorContext.of(Operation.FIND_NAMESPACES);
        return find(
                possible.size() == 1 ? context.withNamespace(possible.get(0)) : context,
                "name ",
                findByNames,
                possible);
    }

    private List<Namespace> find(ErrorContext context, String keyKind, InListQuery query, List<String> keys) {
        if (keys.isEmpty()) {
            return List.of();
        }
        return database.read(
                new StoreOperation(context, table, keyKind + StoreOperation.several(keys, key -> key)),
                handle -> query.run(
                        handle, List.of(), keys, part -> part.map(this::read).list()));
    }

    @Override
    public List<Namespace> findDeleted(EnvironmentId environmentId) {
        return database.read(
                StoreOperation.onEnvironments(Operation.FIND_NAMESPACES, table, List.of(environmentId)),
                handle -> handle.createQuery(findDeleted)
                        .bind(0, environmentId.value())
                        .map(this::read)
                        .list());
    }

    private Namespace read(ResultSet row, StatementContext context) throws SQLException {
        try {
            return new Namespace(
                    new NamespaceId(row.getString(1)),
                    new EnvironmentId(row.getString(2)),
                    row.getString(3),
                    StringMapJson.read("metadata", row.getString(4)),
                    StringMapJson.read("annotations", row.getString(5)),
                    row.getLong(6),
                    Objects.requireNonNull(dialect.instant(row, 7), "created_at"),
                    Objects.requireNonNull(dialect.instant(row, 8), "updated_at"),
                    dialect.instant(row, 9));
        } catch (IllegalArgumentException | InvalidTextException e) {
            throw new UnreadableRowException("it is not a valid namespace", e);
        }
    }

    private static void refuseCollisionsWithin(List<Namespace> rows) {
        record Name(EnvironmentId environmentId, String name) {}
        Set<Name> names = new HashSet<>();
        for (Namespace row : rows) {
            if (row.isLive() && !names.add(new Name(row.environmentId(), row.name()))) {
                throw new NamespaceNameTakenException(row.environmentId(), row.name(), null);
            }
        }
    }

    /** Inserts all of them, or throws for the first that the database refuses, with nothing inserted. */
    private void insertAll(Handle handle, List<Namespace> rows) {
        if (rows.size() == 1) {
            insertOne(handle, rows.get(0));
            return;
        }
        try {
            Database.withSavepoint(handle, same -> {
                insert(same, rows);
                return null;
            });
        } catch (JdbiException e) {
            SQLException failure = SqlErrors.find(e);
            if (failure == null || !SqlErrors.isUniqueViolation(failure)) {
                throw e;
            }
            // No driver says reliably which row of a batch was refused, so each half is tried.
            insertAll(handle, rows.subList(0, rows.size() / 2));
            insertAll(handle, rows.subList(rows.size() / 2, rows.size()));
        }
    }

    private void insertOne(Handle handle, Namespace row) {
        try {
            insert(handle, List.of(row));
        } catch (JdbiException e) {
            SQLException failure = SqlErrors.find(e);
            if (failure == null || !SqlErrors.isUniqueViolation(failure)) {
                throw e;
            }
            if (SqlErrors.names(failure, database.constraint("namespaces_live_name"))) {
                throw new NamespaceNameTakenException(
                        row.environmentId(), row.name(), SqlErrors.withoutValues(failure));
            }
            throw new StoreException(
                    insertContext(row),
                    ErrorCategory.CONFLICT,
                    table,
                    row.id().value(),
                    Retry.never(),
                    "a namespace of that id exists already, possibly soft-deleted",
                    SqlErrors.withoutValues(failure));
        }
    }

    private void insert(Handle handle, List<Namespace> rows) {
        Batches.insert(
                handle,
                insert,
                insertRow,
                rows,
                row -> new Values(dialect)
                        .text(row.id().value())
                        .text(row.environmentId().value())
                        .text(row.name())
                        .text(StringMapJson.write(row.metadata()))
                        .text(StringMapJson.write(row.annotations()))
                        .number(row.version())
                        .instant(Instants.toMicros(row.createdAt()))
                        .instant(Instants.toMicros(row.updatedAt()))
                        .instant(toMicros(row.deletedAt())));
    }

    private static @Nullable Instant toMicros(@Nullable Instant instant) {
        return instant == null ? null : Instants.toMicros(instant);
    }

    private static ErrorContext insertContext(Namespace row) {
        return ErrorContext.of(Operation.INSERT, row.environmentId()).withNamespace(row.name());
    }

    private static ErrorContext updateContext(Namespace row) {
        Operation operation = row.isLive() ? Operation.UPDATE : Operation.SOFT_DELETE;
        return ErrorContext.of(operation, row.environmentId()).withNamespace(row.name());
    }

    private StoreOperation operation(ErrorContext context, List<Namespace> rows) {
        return new StoreOperation(
                context, table, StoreOperation.several(rows, row -> row.id().value()));
    }
}
