package dev.namespaces.jdbc;

/** The databases that everything is tested on. */
enum Server {
    H2,
    POSTGRES_17,
    POSTGRES_18,
    MARIADB;

    /** A database of a test's own, without tables; skips the test where the server cannot run. */
    TestDatabase newDatabase() {
        return switch (this) {
            case H2 -> TestDatabase.h2("");
            case POSTGRES_17 -> TestDatabase.postgres(17);
            case POSTGRES_18 -> TestDatabase.postgres(18);
            case MARIADB -> TestDatabase.mariaDb("");
        };
    }

    /** The same, with tables. */
    TestDatabase migratedDatabase() {
        TestDatabase database = newDatabase();
        JdbcSchema.migrate(database.dataSource());
        return database;
    }
}
