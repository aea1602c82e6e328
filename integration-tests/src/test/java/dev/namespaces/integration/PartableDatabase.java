package dev.namespaces.integration;

import java.sql.Connection;
import java.sql.SQLException;
import org.postgresql.ds.PGSimpleDataSource;

/** A PostgreSQL database that a replica can be parted from. */
final class PartableDatabase extends PGSimpleDataSource {

    private static final String UNREACHABLE = "08001";

    private volatile boolean isParted;

    PartableDatabase(String url) {
        setURL(url);
    }

    void part() {
        isParted = true;
    }

    @Override
    public Connection getConnection(String user, String password) throws SQLException {
        if (isParted) {
            throw new SQLException("no route to the database", UNREACHABLE);
        }
        return super.getConnection(user, password);
    }
}
