package dev.namespaces.jdbc;

class H2PoolOfOneTest extends StoreContracts {
    @Override
    TestDatabase newDatabase() {
        return TestDatabase.h2("");
    }

    @Override
    int connections() {
        return 1;
    }
}
