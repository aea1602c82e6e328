package dev.namespaces.dbscheduler;

import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.Operation;
import dev.namespaces.error.Retry;
import dev.namespaces.error.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Objects;
import javax.sql.DataSource;

/**
 * The table of db-scheduler, as a migration in this jar for PostgreSQL, MariaDB and H2. A host that has such a table
 * already does not need it.
 *
 * <p>The host's own Flyway finds the migration in {@code classpath:dev/namespaces/dbscheduler/migration/} followed by
 * {@code postgresql}, {@code mariadb} or {@code h2}. Its placeholder {@code namespaces_task_table} is the name of the
 * table, and {@code namespaces_task_index} is what the names of its indexes begin with.
 */
public final class SchedulerSchema {

    /** The name that db-scheduler gives the table by default. */
    public static final String DEFAULT_TABLE = "scheduled_tasks";

    private static final String MIGRATION = "R__namespaces_db_scheduler_001_table.sql";
    private static final String TABLE_PLACEHOLDER = "${namespaces_task_table}";
    private static final String INDEX_PLACEHOLDER = "${namespaces_task_index}";
    private static final int ATTEMPTS = 5;

    private SchedulerSchema() {}

    /** Creates the table with its default name, if it does not exist. */
    public static void migrate(DataSource dataSource) {
        migrate(dataSource, DEFAULT_TABLE);
    }

    /**
     * Creates the table and its indexes, if they do not exist. Many replicas may do so at once.
     *
     * @param table the name, which may begin with a schema
     * @throws StoreException if the database cannot be reached, is not supported, or refuses a statement
     */
    public static void migrate(DataSource dataSource, String table) {
        String script = sql(dataSource, table);
        for (int attempt = 1; ; attempt++) {
            try (Connection connection = dataSource.getConnection();
                    Statement statement = connection.createStatement()) {
                for (String each : script.split(";", -1)) {
                    if (!each.isBlank()) {
                        statement.execute(each);
                    }
                }
                if (!connection.getAutoCommit()) {
                    connection.commit();
                }
                return;
            } catch (SQLException e) {
                // On PostgreSQL, "if not exists" may collide with a replica that creates the table at the same time.
                if (attempt == ATTEMPTS) {
                    throw new StoreException(
                            ErrorContext.of(Operation.MIGRATE),
                            table,
                            "the table",
                            Retry.never(),
                            String.valueOf(e.getMessage()),
                            e);
                }
            }
        }
    }

    /** Returns the migration for that database as a script, to be run by hand; it can run again. */
    public static String sql(DataSource dataSource, String table) {
        String name = "migration/" + Dialect.of(dataSource).folder() + "/" + MIGRATION;
        try (InputStream stream = Objects.requireNonNull(SchedulerSchema.class.getResourceAsStream(name), name)) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8)
                    .replaceAll("(?m)^--.*$", "")
                    .replace(TABLE_PLACEHOLDER, table)
                    .replace(INDEX_PLACEHOLDER, table.substring(table.lastIndexOf('.') + 1))
                    .strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
