package dev.namespaces.jdbc;

class Postgres18StoresTest extends StoreContracts {
    @Override
    TestDatabase newDatabase() {
        return TestDatabase.postgres(18);
    }
}
