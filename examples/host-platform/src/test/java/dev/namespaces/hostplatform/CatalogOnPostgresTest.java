package dev.namespaces.hostplatform;

import dev.namespaces.testservers.DatabaseAddress;
import dev.namespaces.testservers.OnDatabaseServer;
import dev.namespaces.testservers.PostgresServer;
import org.junit.jupiter.api.BeforeEach;

/** The platform's own store of environments, on a PostgreSQL that sorts like a language. */
@OnDatabaseServer
class CatalogOnPostgresTest extends CatalogTest {

    @Override
    @BeforeEach
    void create() {
        DatabaseAddress address = PostgresServer.shared(18).newDatabase();
        create(
                address.jdbcUrl() + "?user=" + address.user() + "&password=" + address.password(),
                "schema.sql",
                "schema-postgresql.sql");
    }
}
