package dev.namespaces.jdbc;

import dev.namespaces.error.ErrorCategory;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.Retry;
import dev.namespaces.error.StoreException;
import java.sql.BatchUpdateException;
import java.sql.SQLException;
import java.sql.SQLRecoverableException;
import java.sql.SQLTransientException;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a driver's exception means. */
final class SqlErrors {

    // Driver-independent, after SQL:2016, with PostgreSQL's own classes 53 and 57.
    private static final Set<String> TRANSIENT_CLASSES = Set.of("08", "40", "53");
    private static final Set<String> TRANSIENT_STATES = Set.of(
            "25006", // PostgreSQL: read-only, as a standby is until it has taken over
            "55P03", // PostgreSQL: lock not available
            "57014", // PostgreSQL: query canceled, as by a statement timeout
            "57P01", // PostgreSQL: shut down by an administrator
            "57P02", // PostgreSQL: crash of another session
            "57P03", // PostgreSQL: starting up
            "57P05", // PostgreSQL: idle session timeout
            "70100", // MariaDB: query killed
            "90067", // H2: connection broken
            "90098", // H2: database closed
            "90121", // H2: database shut down
            "HYT00", // H2: lock timeout
            "HYT01"); // JDBC: connection timeout
    private static final int MARIADB_LOCK_WAIT_TIMEOUT = 1205;
    private static final int MARIADB_READ_ONLY = 1290;
    // From 11.6 on, for a row that is newer than the transaction's view.
    private static final int MARIADB_RECORD_CHANGED = 1020;

    private static final Set<String> MISSING_TABLE_STATES = Set.of(
            "42P01", // PostgreSQL: no such table
            "3F000", // PostgreSQL: no such schema
            "42S02", // MariaDB and H2: no such table
            "42S03", // H2: no such table, but another spelling of it
            "42S04", // H2: no such table, and no other either
            "90079"); // H2: no such schema
    private static final int MARIADB_UNKNOWN_DATABASE = 1049;

    private static final Set<String> STATES_OF_OWN_CONFLICTS = Set.of("40001", "40P01");

    private static final Set<String> STATES_OF_LOCK_TIMEOUTS = Set.of("55P03", "HYT00");

    private SqlErrors() {}

    /** The exception to throw for it; it names no stored value, and nor does its cause. */
    static StoreException storeException(ErrorContext context, String table, String key, SQLException failure) {
        SQLException cause = withoutValues(failure);
        return new StoreException(context, category(cause), table, key, retry(cause), reason(cause), cause);
    }

    /** Whether the same statement may succeed later. */
    static Retry retry(SQLException failure) {
        String state = state(failure);
        boolean later = TRANSIENT_CLASSES.contains(classOf(state))
                || TRANSIENT_STATES.contains(state)
                || failure instanceof SQLTransientException
                || failure instanceof SQLRecoverableException
                || failure.getErrorCode() == MARIADB_LOCK_WAIT_TIMEOUT
                || failure.getErrorCode() == MARIADB_READ_ONLY
                || failure.getErrorCode() == MARIADB_RECORD_CHANGED;
        return later ? Retry.later() : Retry.never();
    }

    private static ErrorCategory category(SQLException failure) {
        if (retry(failure) instanceof Retry.Later) {
            return ErrorCategory.UNAVAILABLE;
        }
        if (isMissingTable(failure)) {
            return ErrorCategory.MISCONFIGURED;
        }
        return switch (classOf(state(failure))) {
            case "08", "28", "42" -> ErrorCategory.MISCONFIGURED;
            case "22" -> ErrorCategory.INVALID;
            case "23", "44" -> ErrorCategory.REFUSED;
            default -> ErrorCategory.INTERNAL;
        };
    }

    /** Whether two transactions stood in each other's way and the database gave up this one. */
    static boolean isConflictOfTransactions(SQLException failure) {
        return STATES_OF_OWN_CONFLICTS.contains(state(failure)) || failure.getErrorCode() == MARIADB_RECORD_CHANGED;
    }

    /** Returns whether another transaction held a lock for longer than the database waits for one. */
    static boolean isLockTimeout(SQLException failure) {
        return STATES_OF_LOCK_TIMEOUTS.contains(state(failure)) || failure.getErrorCode() == MARIADB_LOCK_WAIT_TIMEOUT;
    }

    static boolean isUniqueViolation(SQLException failure) {
        return state(failure).equals("23505") || (state(failure).equals("23000") && failure.getErrorCode() == 1062);
    }

    /** Whether the violation is of that constraint. */
    static boolean names(SQLException failure, String constraint) {
        String message = failure.getMessage();
        return message != null && message.toLowerCase(Locale.ROOT).contains(constraint);
    }

    static boolean isMissingTable(SQLException failure) {
        return MISSING_TABLE_STATES.contains(state(failure)) || failure.getErrorCode() == MARIADB_UNKNOWN_DATABASE;
    }

    /** The database's own exception, where a library or a batch has wrapped it. */
    static @Nullable SQLException find(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException found) {
                return underlying(found);
            }
        }
        return null;
    }

    // A batch's own exception has the statement in it, with its values.
    private static SQLException underlying(SQLException failure) {
        SQLException found = failure;
        while (found instanceof BatchUpdateException) {
            if (found.getNextException() != null) {
                found = found.getNextException();
            } else if (found.getCause() instanceof SQLException cause) {
                found = cause;
            } else {
                return new SQLException("A batch failed", state(found), found.getErrorCode());
            }
        }
        return found;
    }

    /** The same exception, or one that tells less: about data and constraints drivers quote whole rows. */
    static SQLException withoutValues(SQLException failure) {
        SQLException found = underlying(failure);
        String stateClass = classOf(state(found));
        if (!stateClass.equals("22") && !stateClass.equals("23") && !stateClass.equals("44")) {
            return found;
        }
        SQLException quiet = new SQLException(
                found.getClass().getSimpleName() + " (its message may quote stored values and is left out)",
                found.getSQLState(),
                found.getErrorCode());
        quiet.setStackTrace(found.getStackTrace());
        return quiet;
    }

    private static String reason(SQLException failure) {
        String state = state(failure);
        String code = "SQLState " + (state.isEmpty() ? "unknown" : state) + ", code " + failure.getErrorCode();
        return switch (classOf(state)) {
            case "08" -> "the connection failed (" + code + ")";
            case "22" -> "the database cannot keep such a value (" + code + ")";
            case "23" -> "a constraint of the database refuses it (" + code + ")";
            case "28" -> "the database does not accept the credentials (" + code + ")";
            case "40" -> "another transaction stood in the way (" + code + ")";
            case "42" ->
                isMissingTable(failure)
                        ? "the table is not there; was the schema migrated? (" + code + ")"
                        : "the database refuses the statement (" + code + ")";
            default ->
                retry(failure) instanceof Retry.Later
                        ? "the database cannot do it now (" + code + ")"
                        : "the database failed (" + code + ")";
        };
    }

    private static String state(SQLException failure) {
        return failure.getSQLState() == null ? "" : failure.getSQLState();
    }

    private static String classOf(String state) {
        return state.length() < 2 ? "" : state.substring(0, 2);
    }
}
