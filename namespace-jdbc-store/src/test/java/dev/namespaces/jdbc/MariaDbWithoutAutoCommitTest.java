package dev.namespaces.jdbc;

import dev.namespaces.testservers.OnDatabaseServer;

/** The pool of a host whose connections never commit by themselves. */
@OnDatabaseServer
class MariaDbWithoutAutoCommitTest extends StoreContracts {
    @Override
    TestDatabase newDatabase() {
        return TestDatabase.mariaDb("");
    }

    @Override
    boolean autoCommit() {
        return false;
    }
}
