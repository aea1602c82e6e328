package dev.namespaces.dbscheduler;

import com.github.kagkarlsson.scheduler.jdbc.JdbcCustomization;
import com.github.kagkarlsson.scheduler.serializer.Serializer;
import com.github.kagkarlsson.scheduler.task.Execution;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.Operation;
import dev.namespaces.error.Retry;
import dev.namespaces.error.StoreException;
import dev.namespaces.model.Target;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The rows of our tasks in db-scheduler's table. db-scheduler picks them, keeps their heartbeats and revives those of
 * dead replicas. Our own statements schedule them and end their runs, because two things need one statement each:
 *
 * <ul>
 *   <li>Scheduling a task that may be absent, waiting or running. In a transaction of the host, an insert that fails
 *       would end the transaction on PostgreSQL.
 *   <li>Ending a run, unless its task was scheduled again. A schedule of a running task changes the time of its row,
 *       and each statement that ends a run compares that time.
 * </ul>
 *
 * No schedule changes the version of the row of a running task, because db-scheduler's heartbeats compare the version.
 */
final class TaskTable {

    private static final int ATTEMPTS = 5;
    private static final int MARIADB_NEWER_ROW = 1020;

    private final DataSource dataSource;
    private final BooleanSupplier inHostTransaction;
    private final String table;
    private final String task;
    private final JdbcCustomization jdbc;
    private final Serializer serializer;
    private final String scheduleAgain;
    private final String scheduleIfIdle;

    /** @param task the name of our task */
    TaskTable(
            DataSource dataSource,
            BooleanSupplier inHostTransaction,
            String table,
            String task,
            JdbcCustomization jdbc,
            Serializer serializer) {
        Dialect dialect = Dialect.of(dataSource);
        this.dataSource = dataSource;
        this.inHostTransaction = inHostTransaction;
        this.table = table;
        this.task = task;
        this.jdbc = jdbc;
        this.serializer = serializer;
        this.scheduleAgain = dialect.schedule(table, true);
        this.scheduleIfIdle = dialect.schedule(table, false);
    }

    /** Schedules the target, once more if it runs right now. */
    void schedule(Target target, Instant due, Urgency urgency) {
        schedule(scheduleAgain, target, due, urgency);
    }

    /** Schedules the target, unless it runs right now. */
    void scheduleIfIdle(Target target, Instant due, Urgency urgency) {
        schedule(scheduleIfIdle, target, due, urgency);
    }

    private void schedule(String sql, Target target, Instant due, Urgency urgency) {
        ErrorContext context =
                ErrorContext.of(Operation.SCHEDULE, target.clusterId()).withEnvironment(target.environmentId());
        execute(context, TaskIds.of(target), sql, statement -> {
            statement.setString(1, task);
            statement.setString(2, TaskIds.of(target));
            jdbc.setInstant(statement, 3, due);
            statement.setInt(4, urgency.priority());
        });
    }

    /**
     * Removes the row of a run that needs no further one. If the target was scheduled during the run, the row becomes
     * due instead.
     *
     * @return whether the row was still that of the run; otherwise another replica has taken it for dead
     */
    boolean remove(Execution run) {
        int removed = execute(
                ErrorContext.of(Operation.COMPLETE),
                run.getId(),
                "DELETE FROM " + table
                        + " WHERE task_name = ? AND task_instance = ? AND version = ? AND execution_time = ?",
                statement -> {
                    setKey(statement, 1, run);
                    jdbc.setInstant(statement, 4, run.executionTime);
                });
        return removed > 0 || release(run, run.executionTime, 0, null, null);
    }

    /**
     * Releases the row of a run, to be run again at that time. If the target was scheduled during the run, that time
     * counts instead.
     *
     * @return whether the row was still that of the run; otherwise another replica has taken it for dead
     */
    boolean release(
            Execution run, Instant next, int failures, @Nullable Instant lastFailure, @Nullable FailureNote note) {
        int released = execute(
                ErrorContext.of(Operation.COMPLETE),
                run.getId(),
                "UPDATE " + table + " SET picked = FALSE, picked_by = NULL, last_heartbeat = NULL,"
                        + " consecutive_failures = ?, last_failure = ?, task_data = ?,"
                        + " execution_time = CASE WHEN execution_time = ? THEN ? ELSE execution_time END,"
                        + " version = version + 1 WHERE task_name = ? AND task_instance = ? AND version = ?",
                statement -> {
                    statement.setInt(1, failures);
                    jdbc.setInstant(statement, 2, lastFailure);
                    jdbc.setTaskData(statement, 3, note == null ? null : serializer.serialize(note.text()));
                    jdbc.setInstant(statement, 4, run.executionTime);
                    jdbc.setInstant(statement, 5, next);
                    setKey(statement, 6, run);
                });
        return released > 0;
    }

    private void setKey(PreparedStatement statement, int first, Execution run) throws SQLException {
        statement.setString(first, task);
        statement.setString(first + 1, run.getId());
        statement.setLong(first + 2, run.version);
    }

    /** Returns a page of the targets that have a note, in the order in which the database sorts their ids. */
    List<FailedTarget> failed(@Nullable Target after, int limit) {
        String sql = "SELECT task_instance, execution_time, consecutive_failures, last_failure, task_data FROM " + table
                + " WHERE task_name = ? AND task_instance > ? AND task_data IS NOT NULL"
                + " ORDER BY task_instance LIMIT ?";
        try (Connection connection = dataSource.getConnection();
                PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, task);
            statement.setString(2, after == null ? "" : TaskIds.of(after));
            statement.setInt(3, limit);
            List<FailedTarget> failed = new ArrayList<>();
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    failed.add(failed(rows));
                }
            }
            commit(connection);
            return failed;
        } catch (SQLException e) {
            throw failure(ErrorContext.of(Operation.FIND_FAILED_TARGETS), "any key", e);
        }
    }

    private FailedTarget failed(ResultSet row) throws SQLException {
        Instant next = jdbc.getInstant(row, "execution_time");
        Instant last = jdbc.getInstant(row, "last_failure");
        byte[] data = jdbc.getTaskData(row, "task_data");
        FailureNote note = Objects.requireNonNull(
                FailureNote.read(() -> serializer.deserialize(String.class, data), last == null ? next : last));
        return new FailedTarget(
                TaskIds.target(row.getString("task_instance")),
                note.since(),
                row.getInt("consecutive_failures"),
                next,
                note.error());
    }

    private interface Parameters {
        void set(PreparedStatement statement) throws SQLException;
    }

    private int execute(ErrorContext context, String key, String sql, Parameters parameters) {
        for (int attempt = 1; ; attempt++) {
            try (Connection connection = dataSource.getConnection();
                    PreparedStatement statement = connection.prepareStatement(sql)) {
                parameters.set(statement);
                int rows = statement.executeUpdate();
                commit(connection);
                return rows;
            } catch (SQLException e) {
                if (attempt == ATTEMPTS || inHostTransaction.getAsBoolean() || !isCollision(e)) {
                    throw failure(context, key, e);
                }
            }
        }
    }

    /**
     * Returns whether the statement collided with another connection: a deadlock or a serialization failure, on H2 two
     * MERGE statements that insert the same row, on MariaDB a row that is newer than the statement's view.
     */
    private static boolean isCollision(SQLException e) {
        String state = e.getSQLState();
        return state != null
                && (state.startsWith("40") || state.startsWith("23") || e.getErrorCode() == MARIADB_NEWER_ROW);
    }

    /** Commits if the pool has turned auto-commit off, and the host does not commit later. */
    private void commit(Connection connection) throws SQLException {
        if (!connection.getAutoCommit() && !inHostTransaction.getAsBoolean()) {
            connection.commit();
        }
    }

    private StoreException failure(ErrorContext context, String key, SQLException cause) {
        return new StoreException(context, table, key, Retry.later(), String.valueOf(cause.getMessage()), cause);
    }
}
