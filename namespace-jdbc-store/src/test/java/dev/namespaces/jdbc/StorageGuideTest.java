package dev.namespaces.jdbc;

import static dev.namespaces.testkit.TestData.aNamespace;
import static dev.namespaces.testkit.TestData.newEnvironmentId;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.example.platform.HostEnvironmentStore;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.NamespaceNameTakenException;
import dev.namespaces.error.Operation;
import dev.namespaces.error.Retry;
import dev.namespaces.error.StoreException;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.spi.ObjectIntent;
import dev.namespaces.spi.Stores;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

/** The guide's code is that of the tests, and its diagram is that of the databases. */
class StorageGuideTest {

    private static final Logger log = LoggerFactory.getLogger(StorageGuideTest.class);
    private static final Path GUIDE = Path.of("../docs/storage.md");
    private static final Path TESTS = Path.of("src/test/java");
    private static final Path EXAMPLE = TESTS.resolve("com/example/platform/HostEnvironmentStore.java");
    private static final Path EXAMPLE_TEST = TESTS.resolve("com/example/platform/HostEnvironmentStoreTest.java");

    private final EnvironmentId environment = newEnvironmentId();

    private static Stores stores(DataSource dataSource) {
        // spotless:off
        // begin: stores
        Stores stores = JdbcStores.on(dataSource).stores();
        // end: stores
        // spotless:on
        return stores;
    }

    private static Stores ownEnvironments(DataSource dataSource) {
        // spotless:off
        // begin: own-environments
        Stores stores = JdbcStores.on(dataSource).stores().toBuilder()
                .environments(new HostEnvironmentStore(dataSource))
                .build();
        // end: own-environments
        // spotless:on
        return stores;
    }

    private static JdbcStores migrate(DataSource dataSource) {
        // spotless:off
        // begin: migrate
        TableNames tables = TableNames.DEFAULT.withPrefix("platform_").inSchema("namespaces");
        JdbcSchema.migrate(dataSource, tables);
        JdbcStores stores = JdbcStores.builder(dataSource).tables(tables).build();
        // end: migrate
        // spotless:on
        return stores;
    }

    private static void hostFlyway(DataSource dataSource) {
        // spotless:off
        // begin: host-flyway
        Flyway.configure()
                .dataSource(dataSource)
                .locations("classpath:db/migration", JdbcSchema.flywayLocation(SqlDialect.of(dataSource)))
                .placeholders(JdbcSchema.flywayPlaceholders(TableNames.DEFAULT))
                .load()
                .migrate();
        // end: host-flyway
        // spotless:on
    }

    private static void script(Path file) throws IOException {
        // spotless:off
        // begin: script
        Files.writeString(file, JdbcSchema.sql(SqlDialect.POSTGRESQL, TableNames.DEFAULT));
        // end: script
        // spotless:on
    }

    private static void transaction(
            DataSource dataSource, TransactionTemplate transaction, JdbcTemplate host, Namespace namespace) {
        // spotless:off
        // begin: transaction
        JdbcStores stores = JdbcStores.builder(new TransactionAwareDataSourceProxy(dataSource))
                .deploymentDataSource(dataSource)
                .inHostTransaction(TransactionSynchronizationManager::isActualTransactionActive)
                .build();

        transaction.executeWithoutResult(status -> {
            host.update("INSERT INTO app_team (name) VALUES ('shop')");
            stores.namespaces().insert(List.of(namespace));
        }); // both, or neither
        // end: transaction
        // spotless:on
    }

    private static <T> T retry(Supplier<T> work) {
        // spotless:off
        // begin: retry
        for (int attempt = 1; ; attempt++) {
            try {
                return work.get();
            } catch (StoreException e) {
                if (!e.isRetryable() || attempt == 3) {
                    throw e;
                }
                log.warn("Attempt {} failed on {} at {}", attempt, e.table(), e.key(), e);
            }
        }
        // end: retry
        // spotless:on
    }

    @Test
    void the_example_has_fewer_than_100_lines() throws IOException {
        assertThat(Files.readAllLines(EXAMPLE)).hasSizeLessThan(100);
    }

    @Test
    void the_examples_tables_are_those_of_the_guide() throws IOException {
        String shown = block("sql: StorageGuideTest tables").replaceAll("[\\s;]+", "");

        String created = Pattern.compile("jdbc\\.execute\\((.*?)\\);\n", Pattern.DOTALL)
                .matcher(Files.readString(EXAMPLE_TEST))
                .results()
                .map(call -> Pattern.compile("\"([^\"]*)\"|id\\(\\)")
                        .matcher(call.group(1))
                        .replaceAll(part -> part.group(1) == null ? "VARCHAR(63) COLLATE 'C'" : part.group(1)))
                .collect(Collectors.joining())
                .replaceAll("[\\s;+]+", "")
                .replace('\'', '"');

        assertThat(created).isNotEmpty().isEqualTo(shown);
    }

    @ParameterizedTest
    @EnumSource
    void the_diagram_is_true_to_the_migrations(Server server) throws Exception {
        TestDatabase database = server.migratedDatabase();
        String diagram = block("diagram: StorageGuideTest");
        Map<String, List<String>> shown = shownTables(diagram);

        try (Connection connection = database.dataSource().getConnection()) {
            Map<String, List<String>> real = new TreeMap<>();
            Set<String> foreignKeys = new TreeSet<>();
            for (String table : tables(connection)) {
                real.put(table.toLowerCase(Locale.ROOT), columns(connection, table, database.dialect()));
                for (String other :
                        names(connection.getMetaData().getImportedKeys(connection.getCatalog(), null, table), 3)) {
                    foreignKeys.add(lower(other) + " -- " + lower(table));
                }
            }
            assertThat(shown).isEqualTo(real);
            assertThat(solidLines(diagram)).isEqualTo(foreignKeys).isNotEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource
    void its_code_runs(Server server, @TempDir Path directory) throws IOException {
        Namespace namespace = aNamespace().in(environment).name("shop").build();
        TestDatabase elsewhere = server.newDatabase();
        if (server == Server.MARIADB) {
            // A schema is a database there, and all tests share the server.
            elsewhere.execute("DROP DATABASE IF EXISTS namespaces");
        }
        migrate(elsewhere.dataSource()).namespaces().insert(List.of(namespace));
        assertThat(elsewhere.query("SELECT COUNT(*) FROM namespaces.platform_namespaces", 1))
                .isEqualTo("1");

        TestDatabase database = server.newDatabase();
        hostFlyway(database.dataSource());
        database.execute("CREATE TABLE app_team (name VARCHAR(63) PRIMARY KEY)");
        TransactionTemplate transaction =
                new TransactionTemplate(new DataSourceTransactionManager(database.dataSource()));
        JdbcTemplate host = new JdbcTemplate(database.dataSource());
        transaction(database.dataSource(), transaction, host, namespace);
        host.update("DELETE FROM app_team");
        assertThatExceptionOfType(NamespaceNameTakenException.class)
                .isThrownBy(() -> transaction(
                        database.dataSource(),
                        transaction,
                        host,
                        aNamespace().in(environment).name(namespace.name()).build()));
        assertThat(database.query("SELECT COUNT(*) FROM app_team", 1)).isEqualTo("0");
        assertThat(database.query("SELECT COUNT(*) FROM ns_namespaces", 1)).isEqualTo("1");

        assertThat(stores(database.dataSource()).namespaces().findByEnvironments(List.of(environment)))
                .containsExactly(namespace);
        assertThat(ownEnvironments(database.dataSource()).environments())
                .isEqualTo(new HostEnvironmentStore(database.dataSource()));

        script(directory.resolve("tables.sql"));
        assertThat(directory.resolve("tables.sql")).content().contains("CREATE TABLE IF NOT EXISTS ns_namespaces");
    }

    @ParameterizedTest
    @EnumSource
    void its_purge_deletes_old_namespaces_that_no_object_refers_to(Server server) throws IOException {
        TestDatabase database = server.migratedDatabase();
        JdbcStores stores = JdbcStores.on(database.dataSource());
        Instant old = Instant.parse("2025-12-31T00:00:00Z");
        Namespace purged = aNamespace().in(environment).deletedAt(old).build();
        Namespace referredTo = aNamespace().in(environment).deletedAt(old).build();
        Namespace recent =
                aNamespace().in(environment).deletedAt(old.plusSeconds(200_000)).build();
        Namespace live = aNamespace().in(environment).build();
        stores.namespaces().insert(List.of(purged, referredTo, recent, live));
        ObjectIntent intent =
                new ObjectIntent(ResourceRef.namespace("shop"), referredTo.id(), DeploymentData.keys(), false);
        assertThat(stores.deployments().begin(DeploymentData.target(environment), 0, List.of(intent)))
                .isPresent();

        database.execute(block("sql: StorageGuideTest purge").replace(";", ""));

        assertThat(stores.namespaces().findByIds(List.of(purged.id(), referredTo.id(), recent.id(), live.id())))
                .containsExactlyInAnyOrder(referredTo, recent, live);
    }

    @Test
    void its_retries_end() {
        AtomicInteger calls = new AtomicInteger();

        assertThatExceptionOfType(StoreException.class).isThrownBy(() -> retry(failing(calls, Retry.later())));
        assertThat(calls.getAndSet(0)).isEqualTo(3);
        assertThatExceptionOfType(StoreException.class).isThrownBy(() -> retry(failing(calls, Retry.never())));
        assertThat(calls).hasValue(1);
        assertThat(StorageGuideTest.<String>retry(() -> "done")).isEqualTo("done");
    }

    private static Supplier<String> failing(AtomicInteger calls, Retry retry) {
        return () -> {
            calls.incrementAndGet();
            throw new StoreException(ErrorContext.of(Operation.FIND), "table", "key", retry, "reason", null);
        };
    }

    /** Returns the text of the guide's block under that marker. */
    private static String block(String marker) throws IOException {
        return Pattern.compile("<!-- " + marker + " -->\n```[a-z]+\n(.*?)```", Pattern.DOTALL)
                .matcher(Files.readString(GUIDE))
                .results()
                .map(block -> block.group(1))
                .findFirst()
                .orElseThrow();
    }

    /** Of each table the columns in order, as {@code type name keys}. */
    private static Map<String, List<String>> shownTables(String diagram) {
        Map<String, List<String>> tables = new TreeMap<>();
        Pattern column = Pattern.compile("\\s+(\\w+) (\\w+)((?: [PFU]K,?)*)(?: \"[^\"]*\")?");
        Pattern.compile("    (\\w+) \\{\n(.*?)    }\n", Pattern.DOTALL)
                .matcher(diagram)
                .results()
                .forEach(table -> tables.put(
                        table.group(1),
                        table.group(2)
                                .lines()
                                .map(line -> {
                                    var parts = column.matcher(line);
                                    assertThat(parts.matches()).as(line).isTrue();
                                    return parts.group(1) + " " + parts.group(2) + parts.group(3);
                                })
                                .toList()));
        return tables;
    }

    private static Set<String> solidLines(String diagram) {
        return Pattern.compile("    (\\w+) \\S+--\\S+ (\\w+) : ")
                .matcher(diagram)
                .results()
                .map(line -> line.group(1) + " -- " + line.group(2))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static List<String> tables(Connection connection) throws SQLException {
        return names(
                        connection
                                .getMetaData()
                                .getTables(connection.getCatalog(), null, "%", new String[] {"TABLE", "BASE TABLE"}),
                        3)
                .stream()
                .filter(table -> lower(table).startsWith("ns_"))
                // Flyway's own.
                .filter(table -> !lower(table).equals("ns_schema_history"))
                .toList();
    }

    private static List<String> columns(Connection connection, String table, SqlDialect dialect) throws SQLException {
        DatabaseMetaData metaData = connection.getMetaData();
        List<String> primary = names(metaData.getPrimaryKeys(connection.getCatalog(), null, table), 4);
        List<String> foreign = names(metaData.getImportedKeys(connection.getCatalog(), null, table), 8);
        List<String> unique =
                new ArrayList<>(names(metaData.getIndexInfo(connection.getCatalog(), null, table, true, false), 9));
        unique.removeAll(primary);
        List<String> columns = new ArrayList<>();
        try (ResultSet row = metaData.getColumns(connection.getCatalog(), null, table, "%")) {
            while (row.next()) {
                String name = row.getString(4);
                List<String> keys = new ArrayList<>();
                if (primary.contains(name)) {
                    keys.add("PK");
                }
                if (foreign.contains(name)) {
                    keys.add("FK");
                }
                if (unique.contains(name)) {
                    keys.add("UK");
                }
                columns.add(type(row.getString(6), lower(name), dialect) + " " + lower(name)
                        + (keys.isEmpty() ? "" : " " + String.join(", ", keys)));
            }
        }
        return columns;
    }

    private static String type(String databaseType, String column, SqlDialect dialect) {
        String type = lower(databaseType);
        if (type.contains("json")) {
            return "json";
        }
        // MariaDB's BOOLEAN is a TINYINT or a BIT to its driver.
        if (type.contains("bool") || type.equals("bit") || type.equals("tinyint")) {
            return "bool";
        }
        if (type.contains("int")) {
            return type.contains("big") || type.equals("int8") ? "long" : "int";
        }
        if (type.contains("time")) {
            return "instant";
        }
        // MariaDB's JSON is text to its driver. Another test sees that it is JSON.
        boolean json = dialect == SqlDialect.MARIADB
                && Set.of("labels", "metadata", "annotations", "rules", "label_keys", "annotation_keys")
                        .contains(column);
        return json ? "json" : "string";
    }

    private static List<String> names(ResultSet rows, int column) throws SQLException {
        try (rows) {
            List<String> names = new ArrayList<>();
            while (rows.next()) {
                if (rows.getString(column) != null) {
                    names.add(rows.getString(column));
                }
            }
            return names;
        }
    }

    private static String lower(String name) {
        return name.toLowerCase(Locale.ROOT);
    }
}
