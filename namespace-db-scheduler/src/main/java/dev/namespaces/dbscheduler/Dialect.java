package dev.namespaces.dbscheduler;

import dev.namespaces.error.ErrorCategory;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.Operation;
import dev.namespaces.error.Retry;
import dev.namespaces.error.StoreException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.Locale;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** The databases that have a statement of their own for "insert or update". */
enum Dialect {
    POSTGRESQL("PostgreSQL"),
    MARIADB("MariaDB"),
    H2("H2");

    private final String productName;

    Dialect(String productName) {
        this.productName = productName;
    }

    /**
     * Returns the dialect of the database that the connections lead to.
     *
     * @throws StoreException if there is no connection, or the database is another product
     */
    static Dialect of(DataSource dataSource) {
        try (Connection connection = dataSource.getConnection()) {
            String product = connection.getMetaData().getDatabaseProductName();
            return Arrays.stream(values())
                    .filter(dialect -> dialect.productName.equalsIgnoreCase(product))
                    .findFirst()
                    .orElseThrow(() -> failure(
                            Retry.never(),
                            "its product is '" + product + "'; only PostgreSQL, MariaDB and H2 are supported",
                            null));
        } catch (SQLException e) {
            throw failure(Retry.later(), String.valueOf(e.getMessage()), e);
        }
    }

    /** Returns the folder of its migrations, next to this class. */
    String folder() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * Returns the statement that schedules a task, with the parameters task name, instance, time and priority. A task
     * that waits is brought forward and gets the higher priority, but is never put off.
     *
     * @param again whether a task that runs right now gets another time. The run sees by it that the task was scheduled
     *     again
     */
    String schedule(String table, boolean again) {
        return switch (this) {
            case POSTGRESQL ->
                "INSERT INTO " + table + " AS existing (task_name, task_instance, execution_time, priority, picked,"
                        + " version) VALUES (?, ?, ?, ?, FALSE, 1) ON CONFLICT (task_name, task_instance) DO UPDATE SET "
                        + update(
                                "existing.",
                                "excluded.execution_time",
                                "excluded.priority",
                                again ? "existing.execution_time + INTERVAL '1 microsecond'" : null);
            case MARIADB ->
                "INSERT INTO " + table + " (task_name, task_instance, execution_time, priority, picked, version)"
                        + " VALUES (?, ?, ?, ?, FALSE, 1) ON DUPLICATE KEY UPDATE "
                        + update(
                                "",
                                "VALUES(execution_time)",
                                "VALUES(priority)",
                                again ? "execution_time + INTERVAL 1 MICROSECOND" : null);
            case H2 ->
                "MERGE INTO " + table + " existing USING (VALUES (CAST(? AS VARCHAR), CAST(? AS VARCHAR),"
                        + " CAST(? AS TIMESTAMP(6)), CAST(? AS SMALLINT))) AS asked (name, instance, due, urgency)"
                        + " ON existing.task_name = asked.name AND existing.task_instance = asked.instance"
                        + " WHEN MATCHED THEN UPDATE SET "
                        + update(
                                "existing.",
                                "asked.due",
                                "asked.urgency",
                                again ? "DATEADD(MICROSECOND, 1, existing.execution_time)" : null)
                        + " WHEN NOT MATCHED THEN INSERT (task_name, task_instance, execution_time, priority, picked,"
                        + " version) VALUES (asked.name, asked.instance, asked.due, asked.urgency, FALSE, 1)";
        };
    }

    /** @param later a later time than the stored one, or null if a task that runs is left as it is */
    private static String update(String existing, String due, String urgency, @Nullable String later) {
        String time = existing + "execution_time";
        return "execution_time = CASE WHEN " + existing + "picked THEN "
                + (later == null ? time : "GREATEST(" + later + ", " + due + ")") + " ELSE LEAST(" + time + ", " + due
                + ") END, priority = GREATEST(COALESCE(" + existing + "priority, 0), " + urgency + ")";
    }

    private static StoreException failure(Retry retry, String reason, @Nullable Throwable cause) {
        return new StoreException(
                ErrorContext.of(Operation.INSPECT_DATABASE),
                cause == null ? ErrorCategory.MISCONFIGURED : ErrorCategory.UNAVAILABLE,
                "the database",
                "any key",
                retry,
                reason,
                cause);
    }
}
