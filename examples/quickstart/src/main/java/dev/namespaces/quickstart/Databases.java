package dev.namespaces.quickstart;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Locale;
import javax.sql.DataSource;

/** The database of a run. */
final class Databases {

    private static final String H2 = "jdbc:h2:";
    private static final int H2_DATABASE_NOT_FOUND = 90146;
    private static final String SOME_TABLE = "ns_schema_version";

    private Databases() {}

    /** Whether a driver is here for it. */
    static boolean isKnown(String jdbcUrl) {
        try {
            DriverManager.getDriver(jdbcUrl);
            return true;
        } catch (SQLException e) {
            return false;
        }
    }

    /** A pool of connections. None is opened before the first is asked for. */
    static HikariDataSource pool(String jdbcUrl) {
        HikariDataSource pool = new HikariDataSource();
        pool.setPoolName("quickstart");
        pool.setMaximumPoolSize(4);
        pool.setMinimumIdle(1);
        pool.setJdbcUrl(jdbcUrl);
        return pool;
    }

    /** The same, which never makes a database that does not exist. */
    static HikariDataSource poolOfExisting(String jdbcUrl) {
        boolean makesDatabases =
                jdbcUrl.startsWith(H2) && !jdbcUrl.toUpperCase(Locale.ROOT).contains(";IFEXISTS=");
        return pool(makesDatabases ? jdbcUrl + ";IFEXISTS=TRUE" : jdbcUrl);
    }

    /** Whether the database exists and has our tables. */
    static boolean hasTables(DataSource database) throws SQLException {
        try (Connection connection = database.getConnection()) {
            boolean upperCase = connection.getMetaData().storesUpperCaseIdentifiers();
            String name = upperCase ? SOME_TABLE.toUpperCase(Locale.ROOT) : SOME_TABLE;
            try (ResultSet tables = connection
                    .getMetaData()
                    .getTables(
                            connection.getCatalog(), connection.getSchema(), name, new String[] {"TABLE", "BASE TABLE"
                            })) {
                return tables.next();
            }
        } catch (SQLException e) {
            if (e.getErrorCode() == H2_DATABASE_NOT_FOUND) {
                return false;
            }
            throw e;
        }
    }
}
