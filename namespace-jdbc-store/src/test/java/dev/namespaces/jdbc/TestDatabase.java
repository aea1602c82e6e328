package dev.namespaces.jdbc;

import dev.namespaces.testservers.DatabaseAddress;
import dev.namespaces.testservers.MariaDbServer;
import dev.namespaces.testservers.PostgresServer;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.UUID;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcDataSource;
import org.mariadb.jdbc.MariaDbDataSource;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A database of a test's own, without tables.
 *
 * @param dialect what it speaks
 * @param dataSource opens a new connection each time
 * @param url where another process finds it, user and password included
 */
record TestDatabase(SqlDialect dialect, DataSource dataSource, String url) {

    /** In memory, until the JVM ends. */
    static TestDatabase h2(String settings) {
        String url = "jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1" + settings;
        return at(SqlDialect.H2, url);
    }

    static TestDatabase postgres(int major) {
        DatabaseAddress address = PostgresServer.shared(major).newDatabase();
        return at(
                SqlDialect.POSTGRESQL,
                address.jdbcUrl() + "?user=" + address.user() + "&password=" + address.password());
    }

    /** @param settings of the driver, as {@code &useAffectedRows=true} */
    static TestDatabase mariaDb(String settings) {
        DatabaseAddress address = MariaDbServer.shared().newDatabase();
        return at(SqlDialect.MARIADB, address.jdbcUrl() + "?user=" + address.user() + settings);
    }

    /** The database at that address. */
    static TestDatabase at(SqlDialect dialect, String url) {
        switch (dialect) {
            case POSTGRESQL -> {
                PGSimpleDataSource postgres = new PGSimpleDataSource();
                postgres.setURL(url);
                return new TestDatabase(dialect, postgres, url);
            }
            case MARIADB -> {
                try {
                    return new TestDatabase(dialect, new MariaDbDataSource(url), url);
                } catch (SQLException e) {
                    throw new IllegalStateException(e);
                }
            }
            case H2 -> {
                JdbcDataSource h2 = new JdbcDataSource();
                h2.setURL(url);
                return new TestDatabase(dialect, h2, url);
            }
        }
        throw new IllegalArgumentException(dialect.name());
    }

    /** Runs statements by hand. */
    void execute(String... statements) {
        try (Connection connection = dataSource.getConnection();
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The first row's value of that column, as text; null where there is no row. */
    String query(String sql, int column) {
        try (Connection connection = dataSource.getConnection();
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            return result.next() ? result.getString(column) : null;
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
