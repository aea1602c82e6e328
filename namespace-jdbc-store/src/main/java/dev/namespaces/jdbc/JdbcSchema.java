package dev.namespaces.jdbc;

import dev.namespaces.error.ErrorCategory;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.Operation;
import dev.namespaces.error.OperationInterruptedException;
import dev.namespaces.error.Retry;
import dev.namespaces.error.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.configuration.FluentConfiguration;
import org.jspecify.annotations.Nullable;

/**
 * The tables, as migrations in this jar. There are three ways to run them, all of which may be mixed, since every
 * migration can run again and itself writes down that it ran:
 *
 * <ul>
 *   <li>{@link #migrate(DataSource)} at start-up; any number of replicas may do so at once;
 *   <li>the host's own Flyway, given {@link #flywayLocation} and {@link #flywayPlaceholders} in addition to its own;
 *   <li>{@link #sql} by hand.
 * </ul>
 *
 * <p>The migrations are repeatable ones to Flyway, which have no version, so that they collide with none of the host's
 * and never count as out of order; they are never changed once released, so each runs once.
 */
public final class JdbcSchema {

    /** The version of the schema that this library needs, as the newest migration writes it. */
    public static final int VERSION = 1;

    private static final List<String> MIGRATIONS = List.of("R__namespaces_001_tables.sql");
    private static final String SCHEMA_PLACEHOLDER = "namespaces_schema";
    private static final String PREFIX_PLACEHOLDER = "namespaces_prefix";
    private static final String VERSION_TABLE = "schema_version";
    private static final String HISTORY_TABLE = "schema_history";

    private static final int MAX_ATTEMPTS = 10;
    private static final int ATTEMPT_PAUSE_MILLIS = 300;

    private JdbcSchema() {}

    /** Migrates as {@link #migrate(DataSource, TableNames)} does, with the default names. */
    public static void migrate(DataSource dataSource) {
        migrate(dataSource, TableNames.DEFAULT);
    }

    /**
     * Brings the tables to the newest version with Flyway, in a history table of our own; does nothing where they are.
     * Many may do so at once. It needs more than one connection, outside of any transaction, and the right to create
     * tables; where {@link TableNames#schema()} names a schema that is not there, also the right to create that.
     *
     * @throws StoreException if the database cannot be reached, is not supported, has a schema that is newer than this
     *     library, or refuses a statement; to call it again once the reason is gone goes on where it stopped
     */
    public static void migrate(DataSource dataSource, TableNames tables) {
        SqlDialect dialect = SqlDialect.of(dataSource);
        StoreOperation operation = new StoreOperation(
                ErrorContext.of(Operation.MIGRATE), tables.table(HISTORY_TABLE), "version " + VERSION);
        refuseNewer(dataSource, tables);
        try {
            FluentConfiguration configuration = Flyway.configure(JdbcSchema.class.getClassLoader())
                    .dataSource(dataSource)
                    .locations(flywayLocation(dialect))
                    .placeholders(flywayPlaceholders(tables))
                    .table(tables.prefix() + HISTORY_TABLE)
                    .baselineOnMigrate(true)
                    .baselineVersion("0");
            String schema = storedSchema(dataSource, tables);
            if (schema != null) {
                configuration.defaultSchema(schema).schemas(schema);
            }
            migrate(configuration.load(), operation);
        } catch (SQLException e) {
            throw SqlErrors.storeException(operation.context(), operation.table(), operation.key(), e);
        } catch (FlywayException e) {
            SQLException failure = SqlErrors.find(e);
            throw failure == null
                    ? new StoreException(
                            operation.context(),
                            ErrorCategory.MISCONFIGURED,
                            operation.table(),
                            operation.key(),
                            Retry.never(),
                            "Flyway gave up: " + e.getMessage(),
                            e)
                    : SqlErrors.storeException(operation.context(), operation.table(), operation.key(), failure);
        }
    }

    /**
     * Migrates, and tries again if another replica is in the way. Flyway creates its history table and fills in the
     * baseline outside of its own lock. One of two replicas that start at the same time may find the table of the other
     * one still empty, and gives up. A moment later the table is complete.
     */
    private static void migrate(Flyway flyway, StoreOperation operation) {
        for (int attempt = 1; ; attempt++) {
            try {
                boolean failedBefore = Arrays.stream(flyway.info().all())
                        .anyMatch(migration -> migration.getState().isFailed());
                if (failedBefore) {
                    flyway.repair();
                }
                flyway.migrate();
                return;
            } catch (FlywayException e) {
                SQLException failure = SqlErrors.find(e);
                // A replica that migrates right now may hold its locks for longer than the database waits for one.
                if (attempt == MAX_ATTEMPTS || (failure != null && !SqlErrors.isLockTimeout(failure))) {
                    throw e;
                }
                pause(operation);
            }
        }
    }

    private static void pause(StoreOperation operation) {
        try {
            TimeUnit.MILLISECONDS.sleep(ATTEMPT_PAUSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new OperationInterruptedException(operation.context(), e);
        }
    }

    /** Returns where Flyway finds the migrations of that dialect. */
    public static String flywayLocation(SqlDialect dialect) {
        return "classpath:dev/namespaces/jdbc/migration/" + dialect.folder();
    }

    /** Returns what Flyway must replace in the migrations. */
    public static Map<String, String> flywayPlaceholders(TableNames tables) {
        return Map.of(SCHEMA_PLACEHOLDER, tables.schemaQualifier(), PREFIX_PLACEHOLDER, tables.prefix());
    }

    /** Returns all migrations as one script, to be run by hand; it can run again. */
    public static String sql(SqlDialect dialect, TableNames tables) {
        StringBuilder script = new StringBuilder();
        for (String migration : MIGRATIONS) {
            script.append(resource(dialect.folder() + "/" + migration));
        }
        String sql = script.toString();
        for (Map.Entry<String, String> placeholder : flywayPlaceholders(tables).entrySet()) {
            sql = sql.replace("${" + placeholder.getKey() + "}", placeholder.getValue());
        }
        return sql;
    }

    /**
     * Checks that the tables exist in the version that this library needs, that they compare ids by their characters,
     * and that the server is not a replica.
     *
     * @throws StoreException if a check fails, or if the database cannot be asked
     */
    public static void verify(DataSource dataSource, TableNames tables) {
        OptionalInt version = version(dataSource, tables);
        if (version.isEmpty()) {
            throw refusal(
                    tables,
                    "the schema was never migrated, for example with JdbcSchema.migrate,"
                            + " or the tables have another prefix or schema");
        }
        if (version.getAsInt() < VERSION) {
            throw refusal(
                    tables,
                    "the schema has version " + version.getAsInt() + ", and this library needs " + VERSION
                            + "; migrate it, for example with JdbcSchema.migrate");
        }
        refuseNewer(tables, version.getAsInt());
        refuseOtherComparisons(dataSource, tables);
        refuseReplica(dataSource, tables);
    }

    // Two ids that differ in case would be one, and a page of ids in the order of a language would leave some out.
    private static void refuseOtherComparisons(DataSource dataSource, TableNames tables) {
        String environments = tables.table("environments");
        String probe = "SELECT COUNT(*) FROM (SELECT id FROM " + environments
                + " WHERE 1 = 0 UNION ALL SELECT 'a') probe WHERE id = 'A' OR id < 'B'";
        if (number(dataSource, tables, probe).orElse(0) != 0) {
            throw refusal(
                    tables,
                    "the column id of " + environments + " ignores case or sorts like a language;"
                            + " create the tables with our migrations, on H2 in a database without SET COLLATION");
        }
    }

    // A proxy that sends reads to a replica answers with rows from before our own last write.
    private static void refuseReplica(DataSource dataSource, TableNames tables) {
        String isReplica = SqlDialect.of(dataSource).isReplica();
        if (number(dataSource, tables, isReplica).orElse(0) != 0) {
            throw new StoreException(
                    ErrorContext.of(Operation.CHECK_SCHEMA),
                    ErrorCategory.UNAVAILABLE,
                    tables.table(VERSION_TABLE),
                    "version " + VERSION,
                    Retry.later(),
                    "the server is read-only, as a replica is; connect to the primary, and let no proxy send reads elsewhere",
                    null);
        }
    }

    // Flyway would take the newer release's migrations for lost ones, and advise to forget them.
    private static void refuseNewer(DataSource dataSource, TableNames tables) {
        version(dataSource, tables).ifPresent(version -> refuseNewer(tables, version));
    }

    private static void refuseNewer(TableNames tables, int version) {
        if (version > VERSION) {
            throw refusal(
                    tables,
                    "the schema has version " + version + ", and this library knows nothing newer than " + VERSION
                            + "; use a newer release of the library");
        }
    }

    /** Returns the newest version that was written; empty where none was, or nowhere. */
    private static OptionalInt version(DataSource dataSource, TableNames tables) {
        String select = "SELECT MAX(version) FROM " + tables.table(VERSION_TABLE);
        return number(dataSource, tables, select);
    }

    /** Returns the number that the query selects; empty if it is null or a table is missing. */
    private static OptionalInt number(DataSource dataSource, TableNames tables, String query) {
        try (Connection connection = dataSource.getConnection();
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(query)) {
            result.next();
            int number = result.getInt(1);
            return result.wasNull() ? OptionalInt.empty() : OptionalInt.of(number);
        } catch (SQLException e) {
            if (SqlErrors.isMissingTable(e)) {
                return OptionalInt.empty();
            }
            throw SqlErrors.storeException(
                    ErrorContext.of(Operation.CHECK_SCHEMA), tables.table(VERSION_TABLE), "any version", e);
        }
    }

    private static StoreException refusal(TableNames tables, String reason) {
        return new StoreException(
                ErrorContext.of(Operation.CHECK_SCHEMA),
                ErrorCategory.MISCONFIGURED,
                tables.table(VERSION_TABLE),
                "version " + VERSION,
                Retry.never(),
                reason,
                null);
    }

    // Flyway quotes the name, and so must have it as the database turns it when it is not quoted.
    private static @Nullable String storedSchema(DataSource dataSource, TableNames tables) throws SQLException {
        String schema = tables.schema();
        if (schema == null) {
            return null;
        }
        try (Connection connection = dataSource.getConnection()) {
            DatabaseMetaData metaData = connection.getMetaData();
            return metaData.storesUpperCaseIdentifiers() ? schema.toUpperCase(Locale.ROOT) : schema;
        }
    }

    private static String resource(String name) {
        try (InputStream stream =
                Objects.requireNonNull(JdbcSchema.class.getResourceAsStream("migration/" + name), name)) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
