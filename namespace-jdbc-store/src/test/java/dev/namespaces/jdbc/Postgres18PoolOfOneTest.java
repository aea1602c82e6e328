package dev.namespaces.jdbc;

import dev.namespaces.testservers.OnDatabaseServer;

@OnDatabaseServer
class Postgres18PoolOfOneTest extends StoreContracts {
    @Override
    TestDatabase newDatabase() {
        return TestDatabase.postgres(18);
    }

    @Override
    int connections() {
        return 1;
    }
}
