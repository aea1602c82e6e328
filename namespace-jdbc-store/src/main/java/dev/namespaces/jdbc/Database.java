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
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import javax.sql.DataSource;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.jdbi.v3.core.statement.Query;
import org.jdbi.v3.core.statement.SqlStatements;
import org.jdbi.v3.core.statement.TemplateEngine;
import org.jdbi.v3.core.statement.Update;
import org.jspecify.annotations.Nullable;

/**
 * Runs operations on connections, in the host's transaction if the connection is in one, and turns the exceptions of
 * drivers into those of the ports.
 */
final class Database {

    /** How often a transaction of our own is begun before a conflict with other transactions is reported. */
    private static final int ATTEMPTS = 10;

    /** The longest pause before the second attempt. Before each later one it is longer by as much again. */
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(4);

    /** Inserts or updates a row. */
    interface RowWriter {
        /** Writes it, and returns how many rows were changed. */
        int write();
    }

    private final Jdbi jdbi;
    private final SqlDialect dialect;
    private final TableNames tables;
    private final @Nullable BooleanSupplier hostTransaction;

    /**
     * @param hostTransaction whether the calling thread is in a transaction of the host; null if the connections
     *     themselves show it, because they have auto-commit on outside of transactions
     */
    Database(DataSource dataSource, SqlDialect dialect, TableNames tables, @Nullable BooleanSupplier hostTransaction) {
        this.jdbi = Jdbi.create(dataSource);
        this.dialect = dialect;
        this.tables = tables;
        this.hostTransaction = hostTransaction;
        jdbi.getConfig(SqlStatements.class).setTemplateEngine(TemplateEngine.NOP);
    }

    SqlDialect dialect() {
        return dialect;
    }

    String table(String name) {
        return tables.table(name);
    }

    /** Returns the name of a constraint, as drivers have it in their messages. */
    String constraint(String name) {
        return tables.prefix() + name;
    }

    /** Runs statements that only read. */
    <T> T read(StoreOperation operation, Function<Handle, T> work) {
        try (Handle handle = jdbi.open()) {
            return isInHostTransaction(handle) || !handle.isInTransaction()
                    ? work.apply(handle)
                    : inOwnTransaction(handle, work);
        } catch (JdbiException e) {
            throw storeException(operation, e);
        } catch (UnreadableRowException e) {
            throw unreadable(operation, e);
        }
    }

    /**
     * Runs statements that write, all or none of them. If the connection is in a transaction already, that is the
     * host's: nothing is committed, and an exception leaves it as it was before, so that the host can go on.
     */
    <T> T write(StoreOperation operation, Function<Handle, T> work) {
        return write(operation, work, false);
    }

    /** Runs statements that write, all or none of them, in a transaction of our own. The host's must not be running. */
    <T> T writeOnOurOwn(StoreOperation operation, Function<Handle, T> work) {
        return write(operation, work, true);
    }

    private <T> T write(StoreOperation operation, Function<Handle, T> work, boolean onOurOwn) {
        for (int attempt = 1; ; attempt++) {
            boolean own = false;
            try (Handle handle = jdbi.open()) {
                own = !isInHostTransaction(handle);
                if (onOurOwn && !own) {
                    throw isInTransaction(operation);
                }
                return own ? inOwnTransaction(handle, work) : withSavepoint(handle, work);
            } catch (JdbiException e) {
                SQLException failure = SqlErrors.find(e);
                if (!own || attempt == ATTEMPTS || failure == null || !SqlErrors.passesInANewTransaction(failure)) {
                    throw storeException(operation, e);
                }
                letOthersGoFirst(attempt);
            } catch (UnreadableRowException e) {
                throw unreadable(operation, e);
            }
        }
    }

    private boolean isInHostTransaction(Handle handle) {
        return hostTransaction == null ? handle.isInTransaction() : hostTransaction.getAsBoolean();
    }

    private static <T> T inOwnTransaction(Handle handle, Function<Handle, T> work) {
        if (!handle.isInTransaction()) {
            return handle.inTransaction(work::apply);
        }
        // Auto-commit is off, so the first statement begins the transaction.
        Connection connection = handle.getConnection();
        try {
            T result = work.apply(handle);
            connection.commit();
            return result;
        } catch (SQLException e) {
            throw undone(connection, new TransactionException(e));
        } catch (RuntimeException e) {
            throw undone(connection, e);
        }
    }

    private static RuntimeException undone(Connection connection, RuntimeException failure) {
        try {
            connection.rollback();
        } catch (SQLException rollback) {
            failure.addSuppressed(SqlErrors.withoutValues(rollback));
        }
        return failure;
    }

    // Transactions that were in conflict do not meet again at once.
    private static void letOthersGoFirst(int attempt) {
        LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(attempt * PAUSE_NANOS));
    }

    /** Runs statements each of which is committed at once. The host's transaction must not be running. */
    <T> T commitAtOnce(StoreOperation operation, Function<Handle, T> work) {
        for (int attempt = 1; ; attempt++) {
            try (Handle handle = jdbi.open()) {
                if (handle.isInTransaction()) {
                    throw isInTransaction(operation);
                }
                return work.apply(handle);
            } catch (JdbiException e) {
                SQLException failure = SqlErrors.find(e);
                if (attempt == ATTEMPTS || failure == null || !SqlErrors.passesInANewTransaction(failure)) {
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
                    // The victim of a deadlock has lost its whole transaction, and the savepoint with it.
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
     * Runs an INSERT that {@link SqlDialect#insertIfAbsent} has made. If another transaction is inserting a row of the
     * same key, it waits for the end of that transaction.
     */
    static void insertIfAbsent(Update insert) {
        try {
            insert.execute();
        } catch (JdbiException e) {
            // H2 undoes the statement alone; the transaction goes on.
            SQLException failure = SqlErrors.find(e);
            if (failure == null || !SqlErrors.isUniqueViolation(failure)) {
                throw e;
            }
        }
    }

    /**
     * Updates the row if it exists. Otherwise inserts it, or updates it if another transaction inserts it first. No
     * upsert statement is used: MariaDB's also updates the row of another key that collides.
     */
    static void insertOrUpdate(Query exists, RowWriter insert, RowWriter update) {
        Handle handle = exists.getHandle();
        if (exists.mapTo(String.class).findOne().isPresent()) {
            update.write();
            return;
        }
        try {
            withSavepoint(handle, same -> insert.write());
        } catch (JdbiException e) {
            SQLException failure = SqlErrors.find(e);
            if (failure == null || !SqlErrors.isUniqueViolation(failure) || update.write() == 0) {
                throw e;
            }
        }
    }

    // Within XA transactions drivers refuse savepoints; only the host can undo there.
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
            throw new TransactionException(e);
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

    /** The driver refused to commit, to roll back, or to release a savepoint. */
    private static final class TransactionException extends JdbiException {
        private static final long serialVersionUID = 1L;

        TransactionException(SQLException cause) {
            super(cause);
        }
    }
}
