package dev.namespaces.jdbc;

class MariaDbStoresTest extends StoreContracts {
    @Override
    TestDatabase newDatabase() {
        return TestDatabase.mariaDb("");
    }
}
