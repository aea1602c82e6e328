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
     * The dialect of the database that the connections lead to.
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

    /** The folder of its migrations, beside this class. */
    String folder() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** How ShedLock calls it. */
    DatabaseProduct lockProduct() {
        return lockProduct;
    }

    /** A named parameter that is JSON in a string. */
    String json(String parameter) {
        return jsonValue(":" + parameter);
    }

    /** A parameter, as it stands in a statement, that is JSON in a string. */
    String jsonValue(String parameter) {
        return switch (this) {
            case POSTGRESQL -> "CAST(" + parameter + " AS JSONB)";
            case MARIADB -> parameter;
            case H2 -> parameter + " FORMAT JSON";
        };
    }

    /** A value for a column of instants. */
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

    /** The value of a column of instants. */
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
