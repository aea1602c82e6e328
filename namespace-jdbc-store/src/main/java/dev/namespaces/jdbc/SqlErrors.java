package dev.namespaces.jdbc;

import dev.namespaces.error.ErrorCategory;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.Retry;
import dev.namespaces.error.StoreException;
import java.sql.BatchUpdateException;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.SQLRecoverableException;
import java.sql.SQLTransientException;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a driver's exception means. */
final class SqlErrors {

    // Driver-independent, after SQL:2016, with PostgreSQL's own classes 53 and 57. The sources are the appendix
    // "PostgreSQL Error Codes" of PostgreSQL's manual and "MariaDB Error Codes" of MariaDB's documentation.
    private static final Set<String> TRANSIENT_CLASSES = Set.of("08", "40", "53");
    private static final Set<String> TRANSIENT_STATES = Set.of(
            "25006", // PostgreSQL: read-only, as a standby is until it has taken over
            "25P03", // PostgreSQL: idle-in-transaction session timeout, which ends the connection
            "25P04", // PostgreSQL: transaction timeout, which ends the connection
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
    // MariaDB's states for these are general ones, or those of errors in the statement.
    private static final Set<Integer> TRANSIENT_CODES = Set.of(
            1180, // an error at the commit, as when a node of a Galera cluster rejects it
            1203, // too many connections of the user
            MARIADB_LOCK_WAIT_TIMEOUT,
            1206, // no memory left for more locks
            1226, // the user has used up a limit, of connections or for an hour
            1290, // read-only
            1637, // too many transactions at once
            1836, // running in read-only mode
            4031); // disconnected because of inactivity

    private static final Set<String> MISSING_TABLE_STATES = Set.of(
            "42P01", // PostgreSQL: no such table
            "3F000", // PostgreSQL: no such schema
            "42S02", // MariaDB and H2: no such table
            "42S03", // H2: no such table, but another spelling of it
            "42S04", // H2: no such table, and no other either
            "90079"); // H2: no such schema
    private static final int MARIADB_UNKNOWN_DATABASE = 1049;

    private static final Set<String> STATES_OF_OWN_CONFLICTS = Set.of("40001", "40P01");
    private static final Set<Integer> CODES_OF_OWN_CONFLICTS = Set.of(
            1020, // MariaDB 11.6 and newer: a row is newer than the transaction's view
            1412, // MariaDB: the table was altered since the transaction began
            1615); // MariaDB: a prepared statement is too old for its table

    private static final String STALE_PLAN = "0A000";
    private static final Set<String> STATES_OF_LOST_STATEMENTS = Set.of(
            "26000", // PostgreSQL: no prepared statement of that name
            "42P05"); // PostgreSQL: a prepared statement of that name exists already

    private static final Set<String> STATES_OF_LOCK_TIMEOUTS = Set.of("55P03", "HYT00");

    private static final String CANNOT_DO_IT_NOW = "the database cannot do it now";

    private SqlErrors() {}

    /** Returns the exception to throw for the failure; the exception and its cause name no stored value. */
    static StoreException storeException(ErrorContext context, String table, String key, SQLException failure) {
        SQLException cause = withoutValues(failure);
        return new StoreException(context, category(cause), table, key, retry(cause), reason(cause), cause);
    }

    /** Returns whether the same statement may succeed later. */
    static Retry retry(SQLException failure) {
        String state = state(failure);
        boolean later = TRANSIENT_CLASSES.contains(classOf(state))
                || TRANSIENT_STATES.contains(state)
                || TRANSIENT_CODES.contains(failure.getErrorCode())
                || failure instanceof SQLTransientException
                || failure instanceof SQLRecoverableException
                || passesInANewTransaction(failure);
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

    /**
     * Returns whether the same statements may succeed at once in a new transaction: two transactions were in conflict,
     * or what the session has prepared is too old or lost. The driver prepares it again.
     */
    static boolean passesInANewTransaction(SQLException failure) {
        return STATES_OF_OWN_CONFLICTS.contains(state(failure))
                || CODES_OF_OWN_CONFLICTS.contains(failure.getErrorCode())
                || isStalePlan(failure)
                || isLostStatement(failure);
    }

    // Our statements need no feature that a database lacks, so PostgreSQL means "cached plan must not change result
    // type".
    private static boolean isStalePlan(SQLException failure) {
        return state(failure).equals(STALE_PLAN) && !(failure instanceof SQLFeatureNotSupportedException);
    }

    private static boolean isLostStatement(SQLException failure) {
        return STATES_OF_LOST_STATEMENTS.contains(state(failure));
    }

    /** Returns whether another transaction held a lock for longer than the database waits for one. */
    static boolean isLockTimeout(SQLException failure) {
        return STATES_OF_LOCK_TIMEOUTS.contains(state(failure)) || failure.getErrorCode() == MARIADB_LOCK_WAIT_TIMEOUT;
    }

    static boolean isUniqueViolation(SQLException failure) {
        return state(failure).equals("23505") || (state(failure).equals("23000") && failure.getErrorCode() == 1062);
    }

    /** Returns whether the violation is of that constraint. */
    static boolean names(SQLException failure, String constraint) {
        String message = failure.getMessage();
        return message != null && message.toLowerCase(Locale.ROOT).contains(constraint);
    }

    static boolean isMissingTable(SQLException failure) {
        return MISSING_TABLE_STATES.contains(state(failure)) || failure.getErrorCode() == MARIADB_UNKNOWN_DATABASE;
    }

    /** Returns the database's own exception, where a library or a batch has wrapped it. */
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

    /** Returns the same exception, or one that tells less: about data and constraints drivers quote whole rows. */
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
        if (isLostStatement(failure)) {
            return "the session has other prepared statements than the driver expects; behind a pooler of transactions"
                    + " set prepareThreshold=0 (" + code + ")";
        }
        if (isStalePlan(failure)) {
            return "a table was altered since the statement was prepared (" + code + ")";
        }
        return switch (classOf(state)) {
            case "08" -> "the connection failed (" + code + ")";
            case "22" -> "the database cannot keep such a value (" + code + ")";
            case "23" -> "a constraint of the database refuses it (" + code + ")";
            case "28" -> "the database does not accept the credentials (" + code + ")";
            case "40" -> "another transaction stood in the way (" + code + ")";
            case "42" -> {
                if (isMissingTable(failure)) {
                    yield "the table is not there; was the schema migrated? (" + code + ")";
                }
                yield retry(failure) instanceof Retry.Later
                        ? CANNOT_DO_IT_NOW + " (" + code + ")"
                        : "the database refuses the statement (" + code + ")";
            }
            default ->
                retry(failure) instanceof Retry.Later
                        ? CANNOT_DO_IT_NOW + " (" + code + ")"
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
