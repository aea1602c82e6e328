package dev.namespaces.jdbc;

/** As newer releases of MariaDB are set: who meets a row that is newer than its view is refused. */
class MariaDbSnapshotIsolationTest extends StoreContracts {
    @Override
    TestDatabase newDatabase() {
        return TestDatabase.mariaDb("&sessionVariables=innodb_snapshot_isolation=ON");
    }
}
