package dev.namespaces.jdbc;

import dev.namespaces.testservers.OnDatabaseServer;

@OnDatabaseServer
class Postgres17StoresTest extends StoreContracts {
    @Override
    TestDatabase newDatabase() {
        return TestDatabase.postgres(17);
    }
}
