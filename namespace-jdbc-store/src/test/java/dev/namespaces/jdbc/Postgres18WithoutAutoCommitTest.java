package dev.namespaces.jdbc;

import dev.namespaces.testservers.OnDatabaseServer;

/** The pool of a host whose connections never commit by themselves. */
@OnDatabaseServer
class Postgres18WithoutAutoCommitTest extends StoreContracts {
    @Override
    TestDatabase newDatabase() {
        return TestDatabase.postgres(18);
    }

    @Override
    boolean autoCommit() {
        return false;
    }
}
