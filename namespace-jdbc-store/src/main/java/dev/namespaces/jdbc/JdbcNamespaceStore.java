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
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.JdbiException;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.jdbi.v3.core.statement.StatementContext;
import org.jspecify.annotations.Nullable;

/** Namespaces in a table. */
final class JdbcNamespaceStore implements NamespaceStore {

    /** So that a long list does not stand in memory twice. */
    private static final int ROWS_PER_BATCH = 1_000;

    /** Many rows in a statement cost a database less than as many statements. */
    private static final int ROWS_PER_STATEMENT = 50;

    /** MariaDB refuses statements of more than 16 MiB, and a character may take up to six bytes. */
    private static final int JSON_CHARACTERS_PER_STATEMENT = 512 * 1024;

    private static final String COLUMNS =
            "id, environment_id, name, metadata, annotations, version, created_at, updated_at, deleted_at";

    private final Database database;
    private final String table;
    private final String insertOne;
    private final String insertMany;
    private final String findById;
    private final String findByIdToWrite;
    private final String findByEnvironment;
    private final String findByName;
    private final String update;
    private final String softDelete;

    JdbcNamespaceStore(Database database) {
        this.database = database;
        this.table = database.table("namespaces");
        SqlDialect dialect = database.dialect();
        String row = "(?, ?, ?, " + dialect.jsonValue("?") + ", " + dialect.jsonValue("?") + ", ?, ?, ?, ?)";
        this.insertOne = "INSERT INTO " + table + " (" + COLUMNS + ") VALUES " + row;
        this.insertMany = insertOne + (", " + row).repeat(ROWS_PER_STATEMENT - 1);
        this.findById = "SELECT " + COLUMNS + " FROM " + table + " WHERE id = :id";
        this.findByIdToWrite = findById + " FOR UPDATE";
        this.findByEnvironment = "SELECT " + COLUMNS + " FROM " + table
                + " WHERE environment_id = :environment AND live_name IS NOT NULL ORDER BY live_name";
        this.findByName = "SELECT " + COLUMNS + " FROM " + table + " WHERE live_name = :name ORDER BY environment_id";
        this.update = "UPDATE " + table + " SET metadata = " + dialect.json("metadata") + ", annotations = "
                + dialect.json("annotations") + ", updated_at = :updated, version = version + 1"
                + " WHERE id = :id";
        this.softDelete = "UPDATE " + table + " SET deleted_at = :deleted, version = version + 1 WHERE id = :id";
    }

    @Override
    public void insert(List<Namespace> namespaces) {
        List<Namespace> rows = List.copyOf(namespaces);
        if (rows.isEmpty()) {
            return;
        }
        refuseCollisionsWithin(rows);
        Namespace first = rows.get(0);
        ErrorContext context = rows.size() == 1 ? insertContext(first) : ErrorContext.of(Operation.INSERT);
        String key = rows.size() == 1 ? first.id().value() : first.id() + " and " + (rows.size() - 1) + " more";
        database.write(new StoreOperation(context, table, key), handle -> {
            insertAll(handle, rows);
            return null;
        });
    }

    @Override
    public Namespace update(Namespace namespace) {
        Instant updatedAt = Instants.toMicros(namespace.updatedAt());
        ErrorContext context =
                ErrorContext.of(Operation.UPDATE, namespace.environmentId()).withNamespace(namespace.name());
        return database.write(operation(context, namespace.id()), handle -> {
            Namespace current = live(handle, context, namespace.id(), namespace.version());
            handle.createUpdate(update)
                    .bind("id", current.id().value())
                    .bind("metadata", StringMapJson.write(namespace.metadata()))
                    .bind("annotations", StringMapJson.write(namespace.annotations()))
                    .bind("updated", database.dialect().instant(updatedAt))
                    .execute();
            return new Namespace(
                    current.id(),
                    current.environmentId(),
                    current.name(),
                    namespace.metadata(),
                    namespace.annotations(),
                    current.version() + 1,
                    current.createdAt(),
                    updatedAt,
                    null);
        });
    }

    @Override
    public Optional<Namespace> findById(NamespaceId id) {
        return database.read(
                operation(ErrorContext.of(Operation.FIND_NAMESPACES), id),
                handle -> select(handle, findById, "id", id.value()).stream().findFirst());
    }

    @Override
    public List<Namespace> findByEnvironment(EnvironmentId environmentId) {
        return database.read(
                new StoreOperation(
                        ErrorContext.of(Operation.FIND_NAMESPACES, environmentId),
                        table,
                        "environment " + environmentId),
                handle -> select(handle, findByEnvironment, "environment", environmentId.value()));
    }

    @Override
    public List<Namespace> findByName(String name) {
        if (KubernetesSyntax.namespaceNameProblem(name).isPresent()) {
            return List.of();
        }
        return database.read(
                new StoreOperation(
                        ErrorContext.of(Operation.FIND_NAMESPACES).withNamespace(name), table, "name " + name),
                handle -> select(handle, findByName, "name", name));
    }

    @Override
    public Namespace softDelete(NamespaceId id, long version, Instant deletedAt) {
        Instant deleted = Instants.toMicros(deletedAt);
        ErrorContext context = ErrorContext.of(Operation.SOFT_DELETE);
        return database.write(operation(context, id), handle -> {
            Namespace current = live(handle, context, id, version);
            handle.createUpdate(softDelete)
                    .bind("id", id.value())
                    .bind("deleted", database.dialect().instant(deleted))
                    .execute();
            return new Namespace(
                    id,
                    current.environmentId(),
                    current.name(),
                    current.metadata(),
                    current.annotations(),
                    version + 1,
                    current.createdAt(),
                    current.updatedAt(),
                    deleted);
        });
    }

    /** The row, locked until the end of the transaction. */
    private Namespace live(Handle handle, ErrorContext context, NamespaceId id, long version) {
        Namespace current = select(handle, findByIdToWrite, "id", id.value()).stream()
                .filter(Namespace::isLive)
                .findFirst()
                .orElseThrow(() -> new UnknownNamespaceException(context, id));
        if (current.version() != version) {
            throw new StaleVersionException(context, id, version, current.version());
        }
        return current;
    }

    private List<Namespace> select(Handle handle, String sql, String parameter, String value) {
        return handle.createQuery(sql).bind(parameter, value).map(this::read).list();
    }

    private Namespace read(ResultSet row, StatementContext context) throws SQLException {
        try {
            SqlDialect dialect = database.dialect();
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
                for (int from = 0; from < rows.size(); from += ROWS_PER_BATCH) {
                    insertBatch(same, rows.subList(from, Math.min(from + ROWS_PER_BATCH, rows.size())));
                }
                return null;
            });
        } catch (JdbiException e) {
            SQLException failure = SqlErrors.find(e);
            if (failure == null || !SqlErrors.isUniqueViolation(failure)) {
                throw e;
            }
            // No driver says reliably which row of a batch it was, so the halves tell.
            insertAll(handle, rows.subList(0, rows.size() / 2));
            insertAll(handle, rows.subList(rows.size() / 2, rows.size()));
        }
    }

    private void insertOne(Handle handle, Namespace row) {
        try {
            insertBatch(handle, List.of(row));
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
                    "a namespace of that id stands already, possibly soft-deleted",
                    SqlErrors.withoutValues(failure));
        }
    }

    private void insertBatch(Handle handle, List<Namespace> namespaces) {
        List<Row> rows = namespaces.stream().map(Row::new).toList();
        PreparedBatch many = handle.prepareBatch(insertMany);
        PreparedBatch one = handle.prepareBatch(insertOne);
        for (int from = 0; from < rows.size(); from += ROWS_PER_STATEMENT) {
            List<Row> group = rows.subList(from, Math.min(from + ROWS_PER_STATEMENT, rows.size()));
            int characters = group.stream().mapToInt(Row::jsonCharacters).sum();
            if (group.size() == ROWS_PER_STATEMENT && characters <= JSON_CHARACTERS_PER_STATEMENT) {
                int position = 0;
                for (Row row : group) {
                    position = bind(many, position, row);
                }
                many.add();
            } else {
                for (Row row : group) {
                    bind(one, 0, row);
                    one.add();
                }
            }
        }
        for (PreparedBatch batch : List.of(many, one)) {
            if (batch.size() > 0) {
                batch.execute();
            }
        }
    }

    /** A namespace with its JSON. */
    private record Row(Namespace namespace, String metadata, String annotations) {
        Row(Namespace namespace) {
            this(namespace, StringMapJson.write(namespace.metadata()), StringMapJson.write(namespace.annotations()));
        }

        int jsonCharacters() {
            return metadata.length() + annotations.length();
        }
    }

    /** Binds the row's columns from that position on, and answers the position after them. */
    private int bind(PreparedBatch batch, int position, Row row) {
        SqlDialect dialect = database.dialect();
        Namespace namespace = row.namespace();
        int next = position;
        batch.bind(next++, namespace.id().value())
                .bind(next++, namespace.environmentId().value())
                .bind(next++, namespace.name())
                .bind(next++, row.metadata())
                .bind(next++, row.annotations())
                .bind(next++, namespace.version())
                .bind(next++, dialect.instant(Instants.toMicros(namespace.createdAt())))
                .bind(next++, dialect.instant(Instants.toMicros(namespace.updatedAt())))
                .bind(next++, dialect.instant(toMicros(namespace.deletedAt())));
        return next;
    }

    private static @Nullable Instant toMicros(@Nullable Instant instant) {
        return instant == null ? null : Instants.toMicros(instant);
    }

    private static ErrorContext insertContext(Namespace row) {
        return ErrorContext.of(Operation.INSERT, row.environmentId()).withNamespace(row.name());
    }

    private StoreOperation operation(ErrorContext context, NamespaceId id) {
        return new StoreOperation(context, table, id.value());
    }
}
