package dev.namespaces.jdbc;

import static dev.namespaces.testkit.TestData.anEnvironment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.namespaces.error.Operation;
import dev.namespaces.error.StoreException;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.NamespaceId;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DatabaseMetaData;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class JdbcSchemaTest {

    @ParameterizedTest
    @EnumSource
    void migrating_again_does_nothing(Server server) {
        TestDatabase database = server.newDatabase();
        JdbcSchema.migrate(database.dataSource());
        insertOne(database, TableNames.DEFAULT);

        JdbcSchema.migrate(database.dataSource());

        assertThat(count(database, "ns_namespaces")).isEqualTo(1);
        assertThat(count(database, "ns_schema_version")).isEqualTo(JdbcSchema.VERSION);
    }

    @ParameterizedTest
    @EnumSource
    void replicas_that_start_at_once_all_succeed(Server server) throws Exception {
        TestDatabase database = server.newDatabase();
        int replicas = 4;
        CountDownLatch start = new CountDownLatch(replicas);
        ExecutorService threads = Executors.newFixedThreadPool(replicas);
        try {
            List<Future<JdbcStores>> started = new ArrayList<>();
            for (int i = 0; i < replicas; i++) {
                started.add(threads.submit(() -> {
                    start.countDown();
                    start.await();
                    JdbcSchema.migrate(database.dataSource());
                    return JdbcStores.on(database.dataSource());
                }));
            }
            for (Future<JdbcStores> replica : started) {
                assertThat(replica.get(120, TimeUnit.SECONDS).namespaces()).isNotNull();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_migration_is_tried_again_after_a_lock_timeout(Server server) {
        TestDatabase database = server.newDatabase();
        AtomicBoolean timedOut = new AtomicBoolean();
        DataSource contended = Probe.intercept(database.dataSource(), (target, method, arguments, proceed) -> {
            if (method.getName().equals("execute")
                    && arguments.length > 0
                    && arguments[0] instanceof String sql
                    && sql.contains("ns_target_objects")
                    && timedOut.compareAndSet(false, true)) {
                throw new SQLException("lock timeout", "HYT00", 50200);
            }
            return proceed.call();
        });

        JdbcSchema.migrate(contended);

        assertThat(timedOut).isTrue();
        insertOne(database, TableNames.DEFAULT);
    }

    @ParameterizedTest
    @EnumSource
    void tables_of_the_host_in_the_same_schema_do_no_harm(Server server) {
        TestDatabase database = server.newDatabase();
        database.execute("CREATE TABLE namespaces (id INTEGER)", "CREATE TABLE flyway_schema_history (id INTEGER)");

        JdbcSchema.migrate(database.dataSource());

        insertOne(database, TableNames.DEFAULT);
    }

    @ParameterizedTest
    @EnumSource
    void the_hosts_own_flyway_runs_our_migrations_and_its_own(Server server, @TempDir Path directory) throws Exception {
        TestDatabase database = server.newDatabase();
        Files.writeString(directory.resolve("V1__first_of_host.sql"), "CREATE TABLE host_one (id INTEGER);");
        hostFlyway(database, directory).migrate();
        insertOne(database, TableNames.DEFAULT);

        Files.writeString(directory.resolve("V2__second_of_host.sql"), "CREATE TABLE host_two (id INTEGER);");
        hostFlyway(database, directory).migrate();

        assertThat(count(database, "host_two")).isZero();
        assertThat(count(database, "ns_namespaces")).isEqualTo(1);
        assertThatCode(() -> JdbcSchema.migrate(database.dataSource())).doesNotThrowAnyException();
        assertThat(count(database, "ns_namespaces")).isEqualTo(1);
    }

    private static Flyway hostFlyway(TestDatabase database, Path directory) {
        return Flyway.configure()
                .dataSource(database.dataSource())
                .locations("filesystem:" + directory, JdbcSchema.flywayLocation(database.dialect()))
                .placeholders(JdbcSchema.flywayPlaceholders(TableNames.DEFAULT))
                .load();
    }

    @ParameterizedTest
    @EnumSource
    void the_script_can_be_run_by_hand_and_run_again(Server server) {
        TestDatabase database = server.newDatabase();
        String[] statements = statements(JdbcSchema.sql(database.dialect(), TableNames.DEFAULT));

        database.execute(statements);
        insertOne(database, TableNames.DEFAULT);
        database.execute(statements);
        JdbcSchema.migrate(database.dataSource());

        assertThat(count(database, "ns_namespaces")).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource
    void tables_of_another_prefix_and_schema_are_tables_of_their_own(Server server) {
        TestDatabase database = server.newDatabase();
        // On MariaDB a schema is a database, which all tests share.
        String schema = server == Server.MARIADB ? "platform_" + System.nanoTime() : "platform";
        List<TableNames> places = List.of(
                TableNames.DEFAULT,
                TableNames.DEFAULT.withPrefix(""),
                TableNames.DEFAULT.withPrefix("p23456789012345678901234567890"),
                TableNames.DEFAULT.inSchema(schema),
                new TableNames(schema, "other_"));

        places.forEach(place -> JdbcSchema.migrate(database.dataSource(), place));

        places.forEach(place -> insertOne(database, place));
        assertThat(count(database, "ns_namespaces")).isEqualTo(1);
        assertThat(count(database, schema + ".other_namespaces")).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource
    void a_script_with_prefix_and_schema_makes_the_tables_there(Server server) {
        TestDatabase database = server.newDatabase();
        String schema = server == Server.MARIADB ? "by_hand_" + System.nanoTime() : "by_hand";
        TableNames place = new TableNames(schema, "x_");
        database.execute("CREATE SCHEMA " + schema);

        database.execute(statements(JdbcSchema.sql(database.dialect(), place)));

        insertOne(database, place);
    }

    @ParameterizedTest
    @EnumSource
    void a_database_that_was_never_migrated_is_a_clear_error(Server server) {
        TestDatabase database = server.newDatabase();

        assertThatExceptionOfType(StoreException.class)
                .isThrownBy(() -> JdbcStores.on(database.dataSource()))
                .withMessageContaining("ns_schema_version")
                .withMessageContaining("never migrated")
                .withMessageContaining("JdbcSchema.migrate")
                .satisfies(error -> assertThat(error.isRetryable()).isFalse());

        TableNames elsewhere = TableNames.DEFAULT.inSchema("nowhere");
        assertThatExceptionOfType(StoreException.class)
                .isThrownBy(() -> JdbcStores.builder(database.dataSource())
                        .tables(elsewhere)
                        .build())
                .withMessageContaining("nowhere.ns_schema_version")
                .withMessageContaining("never migrated");
    }

    @ParameterizedTest
    @EnumSource
    void a_migration_that_left_no_version_behind_is_a_clear_error(Server server) {
        TestDatabase database = server.migratedDatabase();
        database.execute("DELETE FROM ns_schema_version");

        assertThatExceptionOfType(StoreException.class)
                .isThrownBy(() -> JdbcStores.on(database.dataSource()))
                .withMessageContaining("never migrated");
    }

    @ParameterizedTest
    @EnumSource
    void a_schema_that_is_newer_or_older_than_the_library_is_a_clear_error(Server server) {
        TestDatabase database = server.migratedDatabase();
        int newer = JdbcSchema.VERSION + 1;
        database.execute("UPDATE ns_schema_version SET version = " + newer + " WHERE version = " + JdbcSchema.VERSION);

        assertThatExceptionOfType(StoreException.class)
                .isThrownBy(() -> JdbcStores.on(database.dataSource()))
                .withMessageContaining("version " + newer)
                .withMessageContaining("newer release");

        int older = JdbcSchema.VERSION - 1;
        database.execute("UPDATE ns_schema_version SET version = " + older);
        assertThatExceptionOfType(StoreException.class)
                .isThrownBy(() -> JdbcStores.on(database.dataSource()))
                .withMessageContaining("version " + older)
                .withMessageContaining("migrate it");
    }

    @ParameterizedTest
    @EnumSource
    void a_migration_that_failed_goes_on_once_the_reason_is_gone(Server server) {
        TestDatabase database = server.newDatabase();
        database.execute("CREATE VIEW ns_deployments AS SELECT 1 AS revision");
        // A view of that name lets CREATE TABLE pass, or fail, as the database likes; its index cannot be made.
        database.execute("CREATE VIEW ns_namespaces AS SELECT 1 AS live_name");
        assertThatExceptionOfType(StoreException.class)
                .isThrownBy(() -> JdbcSchema.migrate(database.dataSource()))
                .satisfies(error -> assertThat(error.context().operation()).isEqualTo(Operation.MIGRATE));

        database.execute("DROP VIEW ns_namespaces", "DROP VIEW ns_deployments");
        JdbcSchema.migrate(database.dataSource());

        insertOne(database, TableNames.DEFAULT);
    }

    @ParameterizedTest
    @EnumSource
    void ids_are_compared_by_characters_in_a_database_that_ignores_case(Server server) {
        TestDatabase database = server == Server.H2
                ? TestDatabase.h2(";IGNORECASE=TRUE")
                : server == Server.MARIADB
                        ? TestDatabase.mariaDb("&connectionCollation=utf8mb4_general_ci")
                        : server.newDatabase();
        if (server == Server.MARIADB) {
            database.execute("ALTER DATABASE CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci");
        }
        JdbcSchema.migrate(database.dataSource());
        EnvironmentId lower = new EnvironmentId("shop");
        EnvironmentId upper = new EnvironmentId("Shop");
        JdbcEnvironmentStore environments = JdbcStores.on(database.dataSource()).environments();

        environments.save(anEnvironment().id(lower.value()).build());
        environments.save(anEnvironment().id(upper.value()).build());

        assertThat(environments.findIds(null, 10)).containsExactly(upper, lower);
        assertThat(environments.findByIds(List.of(lower))).hasSize(1);
    }

    @ParameterizedTest
    @EnumSource
    void tables_that_ignore_case_are_a_clear_error(Server server) {
        TestDatabase database = server.migratedDatabase();
        switch (database.dialect()) {
            case H2 ->
                database.execute("ALTER TABLE ns_environments ALTER COLUMN id SET DATA TYPE VARCHAR_IGNORECASE(63)");
            case MARIADB ->
                database.execute(
                        "ALTER TABLE ns_environment_clusters DROP FOREIGN KEY ns_environment_clusters_fk",
                        "ALTER TABLE ns_environments CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci");
            case POSTGRESQL ->
                database.execute(
                        "ALTER TABLE ns_environment_clusters DROP CONSTRAINT ns_environment_clusters_fk",
                        "CREATE COLLATION no_case"
                                + " (provider = icu, locale = 'und-u-ks-level2', deterministic = false)",
                        "ALTER TABLE ns_environments ALTER COLUMN id TYPE VARCHAR(63) COLLATE no_case");
        }

        assertRefused(database, "ns_environments ignores case");
    }

    @Test
    void an_h2_database_with_a_collation_is_a_clear_error() {
        TestDatabase database = TestDatabase.h2("");
        database.execute("SET COLLATION ENGLISH STRENGTH PRIMARY");
        JdbcSchema.migrate(database.dataSource());

        assertRefused(database, "SET COLLATION");
    }

    @ParameterizedTest
    @EnumSource(names = "H2", mode = EnumSource.Mode.EXCLUDE)
    void a_replica_is_a_retryable_error(Server server) {
        TestDatabase database = server.migratedDatabase();
        if (database.dialect() == SqlDialect.MARIADB) {
            database.execute("SET GLOBAL read_only = 1");
            try {
                assertReplica(database);
            } finally {
                database.execute("SET GLOBAL read_only = 0");
            }
        } else {
            database.execute(
                    "CREATE FUNCTION public.pg_is_in_recovery() RETURNS BOOLEAN LANGUAGE sql AS 'SELECT TRUE'",
                    "ALTER DATABASE " + database.query("SELECT current_database()", 1)
                            + " SET search_path = public, pg_catalog");
            assertReplica(database);
        }
    }

    private static void assertReplica(TestDatabase database) {
        assertThatExceptionOfType(StoreException.class)
                .isThrownBy(() -> JdbcStores.on(database.dataSource()))
                .withMessageContaining("connect to the primary")
                .satisfies(error -> assertThat(error.isRetryable()).isTrue());
    }

    private static void assertRefused(TestDatabase database, String reason) {
        assertThatExceptionOfType(StoreException.class)
                .isThrownBy(() -> JdbcStores.on(database.dataSource()))
                .withMessageContaining(reason)
                .satisfies(error -> assertThat(error.isRetryable()).isFalse());
    }

    @ParameterizedTest
    @EnumSource
    void a_first_run_of_the_hosts_flyway_follows_ours_with_a_baseline(Server server, @TempDir Path directory)
            throws Exception {
        TestDatabase database = server.migratedDatabase();
        Files.writeString(directory.resolve("V1__first_of_host.sql"), "CREATE TABLE host_one (id INTEGER);");

        Flyway.configure()
                .dataSource(database.dataSource())
                .locations("filesystem:" + directory)
                .baselineOnMigrate(true)
                .baselineVersion("0")
                .load()
                .migrate();

        assertThat(count(database, "host_one")).isZero();
        insertOne(database, TableNames.DEFAULT);
    }

    @ParameterizedTest
    @EnumSource
    void a_host_without_placeholders_runs_our_script(Server server, @TempDir Path directory) throws Exception {
        TestDatabase database = server.newDatabase();
        Files.writeString(
                directory.resolve("R__namespaces.sql"), JdbcSchema.sql(database.dialect(), TableNames.DEFAULT));

        Flyway.configure()
                .dataSource(database.dataSource())
                .locations("filesystem:" + directory)
                .placeholderReplacement(false)
                .load()
                .migrate();

        insertOne(database, TableNames.DEFAULT);
    }

    @Test
    void another_database_product_is_a_clear_error() {
        TestDatabase h2 = TestDatabase.h2("");
        DataSource oracle = Probe.intercept(
                h2.dataSource(),
                (target, method, arguments, proceed) -> method.getDeclaringClass() == DatabaseMetaData.class
                                && method.getName().equals("getDatabaseProductName")
                        ? "Oracle"
                        : proceed.call());

        assertThatExceptionOfType(StoreException.class)
                .isThrownBy(() -> JdbcStores.on(oracle))
                .withMessageContaining("'Oracle'")
                .withMessageContaining("PostgreSQL, MariaDB and H2");
    }

    @ParameterizedTest
    @EnumSource(SqlDialect.class)
    void the_script_has_every_migration_and_leaves_no_placeholder(SqlDialect dialect) throws Exception {
        String script = JdbcSchema.sql(dialect, TableNames.DEFAULT);

        Path folder = Path.of("src/main/resources/dev/namespaces/jdbc/migration", dialect.folder());
        try (Stream<Path> migrations = Files.list(folder)) {
            assertThat(migrations.sorted())
                    .hasSize(JdbcSchema.VERSION)
                    .allSatisfy(file -> assertThat(script)
                            .contains(Files.readString(file).lines().findFirst().orElseThrow()));
        }
        assertThat(script).doesNotContain("${");
    }

    @ParameterizedTest
    @EnumSource
    void values_that_are_json_are_kept_in_json_columns(Server server) throws Exception {
        TestDatabase database = server.migratedDatabase();
        String expected = switch (database.dialect()) {
            case POSTGRESQL -> "jsonb";
            case MARIADB -> "json";
            case H2 -> "JSON";
        };
        for (String column : List.of(
                "namespaces.metadata",
                "namespaces.annotations",
                "environments.labels",
                "egress_policies.rules",
                "target_objects.label_keys",
                "target_objects.annotation_keys")) {
            String table = "ns_" + column.substring(0, column.indexOf('.'));
            String name = column.substring(column.indexOf('.') + 1);
            if (database.dialect() == SqlDialect.MARIADB) {
                // MariaDB's JSON is a LONGTEXT that must be valid JSON.
                assertThat(database.query("SHOW CREATE TABLE " + table, 2)).contains("json_valid(`" + name + "`)");
            } else {
                // H2's own LOWER goes by the JVM's language, in which I need not become i.
                boolean upper = database.dialect() == SqlDialect.H2;
                assertThat(database.query(
                                "SELECT data_type FROM information_schema.columns WHERE table_name = '"
                                        + (upper ? table.toUpperCase(Locale.ROOT) : table) + "' AND column_name = '"
                                        + (upper ? name.toUpperCase(Locale.ROOT) : name) + "'",
                                1))
                        .isEqualTo(expected);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Ns_",
                "1ns",
                "_ns",
                "ns-",
                "ns ",
                "ns;",
                "ns'",
                "ns\"",
                "ns`",
                "ns.x",
                "ns\u0000",
                "ns\n",
                "nß",
                "ns/*",
                "ns--",
                "${ns}",
                "?",
                ":ns",
                "p234567890123456789012345678901"
            })
    void a_prefix_that_is_no_plain_identifier_is_refused(String prefix) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TableNames.DEFAULT.withPrefix(prefix))
                .withMessageContaining("prefix");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Public", "1x", "_x", "a-b", "a b", "a;b", "a'b", "a\"b", "a`b", "a.b", "a\u0000", "ü"})
    void a_schema_that_is_no_plain_identifier_is_refused(String schema) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TableNames.DEFAULT.inSchema(schema))
                .withMessageContaining("schema");
    }

    private static void insertOne(TestDatabase database, TableNames place) {
        JdbcStores stores =
                JdbcStores.builder(database.dataSource()).tables(place).build();
        Instant now = Instant.parse("2026-01-01T00:00:00Z");
        EnvironmentId environment = new EnvironmentId("shop-dev");
        Namespace namespace = new Namespace(
                new NamespaceId("one"), environment, "shop", Map.of("a", "b"), Map.of(), 1, now, now, null);
        stores.namespaces().insert(List.of(namespace));
        assertThat(stores.namespaces().findByEnvironments(List.of(environment))).containsExactly(namespace);
    }

    private static int count(TestDatabase database, String table) {
        return Integer.parseInt(database.query("SELECT COUNT(*) FROM " + table, 1));
    }

    private static String[] statements(String script) {
        return Pattern.compile(";\\s*$", Pattern.MULTILINE)
                .splitAsStream(script)
                .filter(statement -> !statement.isBlank())
                .toArray(String[]::new);
    }
}
