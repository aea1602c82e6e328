package dev.namespaces.jdbc;

import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.Operation;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import javax.sql.DataSource;

/**
 * Finds out whether the calling thread is in a transaction of the host. The host's own answer comes first. Then the
 * connections are asked: a data source that knows the host's transactions hands out the connection of the transaction,
 * whose auto-commit is off.
 */
final class HostTransactions implements BooleanSupplier {

    /**
     * Pools and drivers that hand out a connection of its own to each caller, by the names of their classes. Such a
     * connection is in no transaction, so there is no need to take one.
     */
    private static final Set<String> UNAWARE = Set.of(
            "com.mchange.v2.c3p0.ComboPooledDataSource",
            "com.zaxxer.hikari.HikariDataSource",
            "org.apache.commons.dbcp2.BasicDataSource",
            "org.apache.tomcat.jdbc.pool.DataSource",
            "org.h2.jdbcx.JdbcConnectionPool",
            "org.h2.jdbcx.JdbcDataSource",
            "org.mariadb.jdbc.MariaDbDataSource",
            "org.mariadb.jdbc.MariaDbPoolDataSource",
            "org.postgresql.ds.PGSimpleDataSource");

    private final BooleanSupplier host;
    private final List<DataSource> asked;

    /**
     * @param host whether the host knows of a transaction
     * @param dataSources the data sources whose connections have auto-commit on outside of transactions
     */
    HostTransactions(BooleanSupplier host, Collection<DataSource> dataSources) {
        this.host = host;
        this.asked = dataSources.stream()
                .filter(dataSource -> !UNAWARE.contains(dataSource.getClass().getName()))
                .toList();
    }

    /** @throws dev.namespaces.error.StoreException if there is no connection to ask */
    @Override
    public boolean getAsBoolean() {
        return host.getAsBoolean() || asked.stream().anyMatch(HostTransactions::handsOutTransaction);
    }

    private static boolean handsOutTransaction(DataSource dataSource) {
        try (Connection connection = dataSource.getConnection()) {
            return !connection.getAutoCommit();
        } catch (SQLException e) {
            throw SqlErrors.storeException(ErrorContext.of(Operation.INSPECT_DATABASE), "the database", "any key", e);
        }
    }
}
