package dev.namespaces.jdbc;

class Postgres17StoresTest extends StoreContracts {
    @Override
    TestDatabase newDatabase() {
        return TestDatabase.postgres(17);
    }
}
