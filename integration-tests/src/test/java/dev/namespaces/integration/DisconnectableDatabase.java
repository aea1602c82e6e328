package dev.namespaces.integration;

import java.sql.Connection;
import java.sql.SQLException;
import org.postgresql.ds.PGSimpleDataSource;

/** A PostgreSQL database that a test can disconnect from a replica. */
final class DisconnectableDatabase extends PGSimpleDataSource {

    private static final String UNREACHABLE = "08001";

    private volatile boolean isDisconnected;

    DisconnectableDatabase(String url) {
        setURL(url);
    }

    void disconnect() {
        isDisconnected = true;
    }

    @Override
    public Connection getConnection(String user, String password) throws SQLException {
        if (isDisconnected) {
            throw new SQLException("no route to the database", UNREACHABLE);
        }
        return super.getConnection(user, password);
    }
}
