package dev.namespaces.jdbc;

import dev.namespaces.error.ErrorCategory;
import dev.namespaces.error.Retry;
import dev.namespaces.error.StoreException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import javax.sql.DataSource;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.jdbi.v3.core.statement.Query;
import org.jdbi.v3.core.statement.SqlStatements;
import org.jdbi.v3.core.statement.TemplateEngine;
import org.jspecify.annotations.Nullable;

/**
 * Runs operations on connections, in the host's transaction where the connection is in one, and turns what drivers
 * throw into the port's exceptions.
 */
final class Database {

    /** How often a transaction of our own is begun before another one's precedence is reported. */
    private static final int ATTEMPTS = 10;

    /** The longest pause before the second attempt; before each later one it is longer by as much again. */
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(4);

    /** Inserts or updates a row. */
    interface RowWriter {
        /** Writes it, and answers how many rows were changed. */
        int write();
    }

    private final Jdbi jdbi;
    private final SqlDialect dialect;
    private final TableNames tables;

    Database(DataSource dataSource, SqlDialect dialect, TableNames tables) {
        this.jdbi = Jdbi.create(dataSource);
        this.dialect = dialect;
        this.tables = tables;
        jdbi.getConfig(SqlStatements.class).setTemplateEngine(TemplateEngine.NOP);
    }

    SqlDialect dialect() {
        return dialect;
    }

    String table(String name) {
        return tables.table(name);
    }

    /** The name of a constraint, as drivers have it in their messages. */
    String constraint(String name) {
        return tables.prefix() + name;
    }

    /** Runs statements that only read. */
    <T> T read(StoreOperation operation, Function<Handle, T> work) {
        try (Handle handle = jdbi.open()) {
            return work.apply(handle);
        } catch (JdbiException e) {
            throw storeException(operation, e);
        } catch (UnreadableRowException e) {
            throw unreadable(operation, e);
        }
    }

    /**
     * Runs statements that write, all or none of them. Where the connection is in a transaction already, that is the
     * host's: nothing is committed, and whatever is thrown leaves it as it was before, so that it can go on.
     */
    <T> T write(StoreOperation operation, Function<Handle, T> work) {
        return write(operation, work, false);
    }

    /** The same in a transaction of our own, whatever the host is doing. */
    <T> T writeOnOurOwn(StoreOperation operation, Function<Handle, T> work) {
        return write(operation, work, true);
    }

    private <T> T write(StoreOperation operation, Function<Handle, T> work, boolean onOurOwn) {
        for (int attempt = 1; ; attempt++) {
            boolean own = false;
            try (Handle handle = jdbi.open()) {
                own = !handle.isInTransaction();
                if (onOurOwn && !own) {
                    throw isInTransaction(operation);
                }
                return own ? handle.inTransaction(work::apply) : withSavepoint(handle, work);
            } catch (JdbiException e) {
                SQLException failure = SqlErrors.find(e);
                if (!own || attempt == ATTEMPTS || failure == null || !SqlErrors.isConflictOfTransactions(failure)) {
                    throw storeException(operation, e);
                }
                letOthersGoFirst(attempt);
            } catch (UnreadableRowException e) {
                throw unreadable(operation, e);
            }
        }
    }

    // So that those who stood in each other's way do not meet again at once.
    private static void letOthersGoFirst(int attempt) {
        LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(attempt * PAUSE_NANOS));
    }

    /** Runs statements each of which is committed at once, whatever the host is doing. */
    <T> T commitAtOnce(StoreOperation operation, Function<Handle, T> work) {
        for (int attempt = 1; ; attempt++) {
            try (Handle handle = jdbi.open()) {
                if (handle.isInTransaction()) {
                    throw isInTransaction(operation);
                }
                return work.apply(handle);
            } catch (JdbiException e) {
                SQLException failure = SqlErrors.find(e);
                if (attempt == ATTEMPTS || failure == null || !SqlErrors.isConflictOfTransactions(failure)) {
                    throw storeException(operation, e);
                }
                letOthersGoFirst(attempt);
            }
        }
    }

    private static StoreException isInTransaction(StoreOperation operation) {
        return new StoreException(
                operation.context(),
                ErrorCategory.MISCONFIGURED,
                operation.table(),
                operation.key(),
                Retry.never(),
                "its connection is in a transaction; give JdbcStores a deploymentDataSource outside of transactions",
                null);
    }

    /** Runs the work, and undoes exactly that if it fails. */
    static <T> T withSavepoint(Handle handle, Function<Handle, T> work) {
        Connection connection = handle.getConnection();
        Savepoint before = savepoint(connection);
        T result;
        try {
            result = work.apply(handle);
        } catch (RuntimeException e) {
            if (before != null) {
                try {
                    connection.rollback(before);
                } catch (SQLException rollback) {
                    // A deadlock's victim has lost its whole transaction, and the savepoint with it.
                    e.addSuppressed(SqlErrors.withoutValues(rollback));
                }
            }
            throw e;
        }
        if (before != null) {
            release(connection, before);
        }
        return result;
    }

    /**
     * Updates the row if it is there, and else inserts it, or updates it after all where another one inserts it first.
     * No database's own way is used: MariaDB's would also update the row of another key that collides.
     */
    static void insertOrUpdate(Query exists, RowWriter insert, RowWriter update) {
        Handle handle = exists.getHandle();
        if (exists.mapTo(String.class).findOne().isPresent()) {
            update.write();
            return;
        }
        try {
            withSavepoint(handle, same -> {
                insert.write();
                return null;
            });
        } catch (JdbiException e) {
            SQLException failure = SqlErrors.find(e);
            if (failure == null || !SqlErrors.isUniqueViolation(failure) || update.write() == 0) {
                throw e;
            }
        }
    }

    // Within XA transactions drivers refuse savepoints; there only the host can undo.
    private static @Nullable Savepoint savepoint(Connection connection) {
        try {
            return connection.setSavepoint();
        } catch (SQLException e) {
            return null;
        }
    }

    private static void release(Connection connection, Savepoint savepoint) {
        try {
            connection.releaseSavepoint(savepoint);
        } catch (SQLException e) {
            throw new SavepointException(e);
        }
    }

    private static StoreException storeException(StoreOperation operation, JdbiException e) {
        SQLException failure = SqlErrors.find(e);
        if (failure != null) {
            return SqlErrors.storeException(operation.context(), operation.table(), operation.key(), failure);
        }
        // The library's message quotes the statement with its values, so it is not passed on.
        return new StoreException(
                operation.context(),
                operation.table(),
                operation.key(),
                Retry.never(),
                "the statement could not be run (" + e.getClass().getSimpleName() + ")",
                null);
    }

    private static StoreException unreadable(StoreOperation operation, UnreadableRowException e) {
        return new StoreException(
                operation.context(),
                operation.table(),
                operation.key(),
                Retry.never(),
                "a row cannot be read: " + e.getMessage() + "; was it changed by hand?",
                e);
    }

    private static final class SavepointException extends JdbiException {
        private static final long serialVersionUID = 1L;

        SavepointException(SQLException cause) {
            super(cause);
        }
    }
}
