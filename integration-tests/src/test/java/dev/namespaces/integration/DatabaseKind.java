package dev.namespaces.integration;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.namespaces.jdbc.JdbcSchema;
import dev.namespaces.testservers.DatabaseAddress;
import dev.namespaces.testservers.MariaDbServer;
import dev.namespaces.testservers.PostgresServer;
import java.util.UUID;

/** The kinds of databases that hosts use. The tests of a JVM share one server of each kind. */
enum DatabaseKind {
    POSTGRESQL,
    MARIADB,
    H2;

    /** Returns a new database with our tables. Skips the calling test if the server cannot run. */
    DatabaseAddress newDatabase() {
        DatabaseAddress address = switch (this) {
            case POSTGRESQL -> PostgresServer.shared(18).newDatabase();
            case MARIADB -> MariaDbServer.shared().newDatabase();
            case H2 -> new DatabaseAddress("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1", "sa", "");
        };
        try (HikariDataSource pool = new HikariDataSource(pool(address, 2))) {
            JdbcSchema.migrate(pool);
        }
        return address;
    }

    /** Returns the configuration of a pool that opens a connection only if it is needed. */
    static HikariConfig pool(DatabaseAddress address, int connections) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(address.jdbcUrl());
        config.setUsername(address.user());
        config.setPassword(address.password());
        config.setMaximumPoolSize(connections);
        config.setMinimumIdle(0);
        config.setConnectionTimeout(5_000);
        return config;
    }
}
