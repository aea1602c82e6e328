package com.example.platform;

import dev.namespaces.testservers.DatabaseAddress;
import dev.namespaces.testservers.OnDatabaseServer;
import dev.namespaces.testservers.PostgresServer;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;

/** In a database that sorts like a language unless it is told otherwise. */
@OnDatabaseServer
class PostgresHostEnvironmentStoreTest extends HostEnvironmentStoreTest {

    @Override
    DataSource newDatabase() {
        DatabaseAddress address = PostgresServer.shared(18).newDatabase();
        PGSimpleDataSource postgres = new PGSimpleDataSource();
        postgres.setURL(address.jdbcUrl());
        postgres.setUser(address.user());
        postgres.setPassword(address.password());
        return postgres;
    }

    @Override
    String id() {
        return "VARCHAR(63) COLLATE \"C\"";
    }
}
