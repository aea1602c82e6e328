package dev.namespaces.jdbc;

class H2StoresTest extends StoreContracts {
    @Override
    TestDatabase newDatabase() {
        return TestDatabase.h2("");
    }
}
