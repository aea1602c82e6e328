package dev.namespaces.jdbc;

import dev.namespaces.error.ErrorCategory;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.Operation;
import dev.namespaces.error.Retry;
import dev.namespaces.error.StoreException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.Locale;
import javax.sql.DataSource;
import net.javacrumbs.shedlock.provider.sql.DatabaseProduct;
import org.jdbi.v3.core.argument.Argument;
import org.jspecify.annotations.Nullable;

/** The databases that the stores work on. */
public enum SqlDialect {
    /** PostgreSQL 14 and newer. */
    POSTGRESQL("PostgreSQL", DatabaseProduct.POSTGRES_SQL),
    /** MariaDB 10.6 and newer. */
    MARIADB("MariaDB", DatabaseProduct.MARIA_DB),
    /** H2 2, embedded or as a server. */
    H2("H2", DatabaseProduct.H2);

    private final String productName;
    private final DatabaseProduct lockProduct;

    SqlDialect(String productName, DatabaseProduct lockProduct) {
        this.productName = productName;
        this.lockProduct = lockProduct;
    }

    /**
     * Returns the dialect of the database that the connections lead to.
     *
     * @throws StoreException if there is no connection, or the database is another product
     */
    public static SqlDialect of(DataSource dataSource) {
        ErrorContext context = ErrorContext.of(Operation.INSPECT_DATABASE);
        String product;
        try (Connection connection = dataSource.getConnection()) {
            product = connection.getMetaData().getDatabaseProductName();
        } catch (SQLException e) {
            throw SqlErrors.storeException(context, "the database", "any key", e);
        }
        return Arrays.stream(values())
                .filter(dialect -> dialect.productName.equalsIgnoreCase(product))
                .findFirst()
                .orElseThrow(() -> new StoreException(
                        context,
                        ErrorCategory.MISCONFIGURED,
                        "the database",
                        "any key",
                        Retry.never(),
                        "its product is '" + product + "'; only PostgreSQL, MariaDB and H2 are supported",
                        null));
    }

    /** Returns the folder of its migrations, next to this class. */
    String folder() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Returns what ShedLock calls it. */
    DatabaseProduct lockProduct() {
        return lockProduct;
    }

    /** Returns a query for 1 if the server is a replica, and for 0 if not. */
    String isReplica() {
        return switch (this) {
            case POSTGRESQL -> "SELECT CASE WHEN pg_is_in_recovery() THEN 1 ELSE 0 END";
            case MARIADB -> "SELECT @@global.read_only";
            case H2 -> "SELECT 0";
        };
    }

    /** Returns a named parameter that is JSON in a string. */
    String json(String parameter) {
        return jsonValue(":" + parameter);
    }

    /**
     * Returns a parameter that is JSON in a string.
     *
     * @param parameter as it is in the statement, such as {@code ?}
     */
    String jsonValue(String parameter) {
        return switch (this) {
            case POSTGRESQL -> "CAST(" + parameter + " AS JSONB)";
            case MARIADB -> parameter;
            case H2 -> parameter + " FORMAT JSON";
        };
    }

    /**
     * Returns an INSERT that does nothing if a row of the same primary key exists. On H2 it fails instead, with a
     * unique violation that undoes this statement only. The table has no other unique key.
     *
     * @param insert the plain INSERT
     * @param keyColumn a column of the primary key
     */
    String insertIfAbsent(String insert, String keyColumn) {
        return switch (this) {
            case POSTGRESQL -> insert + " ON CONFLICT DO NOTHING";
            // Locks the row that exists at once for writing. A plain INSERT would lock it for reading, and two
            // transactions that both go on to write it would be a deadlock.
            case MARIADB -> insert + " ON DUPLICATE KEY UPDATE " + keyColumn + " = " + keyColumn;
            case H2 -> insert;
        };
    }

    /** Returns a value for a column of instants. */
    Argument instant(@Nullable Instant instant) {
        if (instant == null) {
            Object none = this == MARIADB ? LocalDateTime.class : OffsetDateTime.class;
            int type = none == LocalDateTime.class ? java.sql.Types.TIMESTAMP : java.sql.Types.TIMESTAMP_WITH_TIMEZONE;
            return (position, statement, context) -> statement.setNull(position, type);
        }
        Object value =
                this == MARIADB ? LocalDateTime.ofInstant(instant, ZoneOffset.UTC) : instant.atOffset(ZoneOffset.UTC);
        return (position, statement, context) -> statement.setObject(position, value);
    }

    /** Returns the value of a column of instants. */
    @Nullable
    Instant instant(ResultSet row, int column) throws SQLException {
        if (this == MARIADB) {
            LocalDateTime utc = row.getObject(column, LocalDateTime.class);
            return utc == null ? null : utc.toInstant(ZoneOffset.UTC);
        }
        OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
        return time == null ? null : time.toInstant();
    }
}
