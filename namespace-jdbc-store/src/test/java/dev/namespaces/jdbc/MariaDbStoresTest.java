package dev.namespaces.jdbc;

import dev.namespaces.testservers.OnDatabaseServer;

@OnDatabaseServer
class MariaDbStoresTest extends StoreContracts {
    @Override
    TestDatabase newDatabase() {
        return TestDatabase.mariaDb("");
    }
}
