package dev.namespaces.jdbc;

import dev.namespaces.testservers.OnDatabaseServer;

/** As newer releases of MariaDB are set: who meets a row that is newer than its view is refused. */
@OnDatabaseServer
class MariaDbSnapshotIsolationTest extends StoreContracts {
    @Override
    TestDatabase newDatabase() {
        return TestDatabase.mariaDb("&sessionVariables=innodb_snapshot_isolation=ON");
    }
}
