package dev.namespaces.dbscheduler;

import dev.namespaces.testservers.DatabaseAddress;
import dev.namespaces.testservers.MariaDbServer;
import dev.namespaces.testservers.PostgresServer;
import java.util.UUID;
import javax.sql.DataSource;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

/** The databases that the table of tasks can be in. */
enum Db {
    H2,
    POSTGRESQL,
    MARIADB;

    /** Returns a new database without tables. Skips the calling test if the server cannot run. */
    DataSource create() {
        DatabaseAddress address = switch (this) {
            case H2 -> new DatabaseAddress("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1", "sa", "");
            case POSTGRESQL -> PostgresServer.shared(18).newDatabase();
            case MARIADB -> MariaDbServer.shared().newDatabase();
        };
        return new DriverManagerDataSource(address.jdbcUrl(), address.user(), address.password());
    }
}
