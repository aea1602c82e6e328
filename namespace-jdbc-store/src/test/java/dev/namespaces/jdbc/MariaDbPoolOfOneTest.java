package dev.namespaces.jdbc;

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
