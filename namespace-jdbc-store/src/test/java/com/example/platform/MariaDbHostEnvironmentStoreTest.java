package com.example.platform;

import dev.namespaces.testservers.DatabaseAddress;
import dev.namespaces.testservers.MariaDbServer;
import dev.namespaces.testservers.OnDatabaseServer;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.mariadb.jdbc.MariaDbDataSource;
import org.springframework.jdbc.core.JdbcTemplate;

@OnDatabaseServer
class MariaDbHostEnvironmentStoreTest extends HostEnvironmentStoreTest {

    @Override
    DataSource newDatabase() {
        DatabaseAddress address = MariaDbServer.shared().newDatabase();
        try {
            DataSource mariaDb = new MariaDbDataSource(address.jdbcUrl() + "?user=" + address.user());
            // Its default is a character set without emoji.
            new JdbcTemplate(mariaDb).execute("ALTER DATABASE CHARACTER SET utf8mb4");
            return mariaDb;
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    String id() {
        return "VARCHAR(63) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin";
    }
}
