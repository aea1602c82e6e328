package dev.namespaces.jdbc;

import dev.namespaces.testservers.OnDatabaseServer;

/** As some hosts set their databases: transactions that conflict are refused. */
@OnDatabaseServer
class PostgresSerializableTest extends StoreContracts {
    @Override
    TestDatabase newDatabase() {
        TestDatabase database = TestDatabase.postgres(18);
        return TestDatabase.at(
                database.dialect(), database.url() + "&options=-c%20default_transaction_isolation=serializable");
    }
}
