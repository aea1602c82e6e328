package dev.namespaces.jdbc;

import dev.namespaces.testservers.OnDatabaseServer;

@OnDatabaseServer
class MariaDbPoolOfOneTest extends StoreContracts {
    @Override
    TestDatabase newDatabase() {
        return TestDatabase.mariaDb("");
    }

    @Override
    int connections() {
        return 1;
    }
}
