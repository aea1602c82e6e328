package dev.namespaces.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.NamespaceId;
import dev.namespaces.model.OrganizationId;
import dev.namespaces.model.ProjectId;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.model.Target;
import dev.namespaces.spi.BegunDeployment;
import dev.namespaces.spi.ObjectIntent;
import dev.namespaces.spi.ObjectResult;
import dev.namespaces.testkit.TestData;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The plans of the databases for our own statements, as the stores send them, with many rows in a table. */
class QueryPlanTest {

    private static final int ENVIRONMENTS = 50_000;

    private static final List<String> TABLES = List.of(
            "namespaces",
            "environments",
            "environment_clusters",
            "egress_policies",
            "deployments",
            "target_objects",
            "ensured_namespaces",
            "locks");

    /** A condition on a column that few rows share. */
    private static final Pattern SELECTIVE = Pattern.compile("\\b(id|environment_id|live_name|name|owner_id|uid)\\b");

    /** A statement with the values that were bound to it. */
    private record Sent(String sql, Map<Integer, Object> values) {}

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "H2")
    void every_statement_uses_an_index(Server server) {
        assertEachUsesIndex(server, 200_000);
    }

    @Tag("long")
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "H2")
    void every_statement_uses_an_index_if_a_table_has_a_million_rows(Server server) {
        assertEachUsesIndex(server, 1_000_000);
    }

    private static void assertEachUsesIndex(Server server, int rows) {
        TestDatabase database = server.migratedDatabase();
        fill(database, rows, ENVIRONMENTS);
        analyze(database);

        eachOperation(database, (name, statement) -> assertUsesIndex(database, name, statement, rows));
    }

    @Test
    void h2_reads_only_rows_of_the_named_namespaces_of_a_large_target() {
        TestDatabase database = Server.H2.migratedDatabase();
        database.execute("INSERT INTO ns_target_objects (environment_id, cluster_id, namespace_name, kind, name,"
                + " api_version, namespace_id, attempt, attempted_at, open, create_nonce, label_keys, annotation_keys)"
                + " SELECT 'env-78', 'eu-1', 'name-' || x, 'Namespace', 'name-' || x, 'v1', 'id-' || x, 'attempt',"
                + " CURRENT_TIMESTAMP, FALSE, 'nonce', JSON '{}', JSON '{}' FROM SYSTEM_RANGE(1000, 9999)");
        List<Sent> sent = new ArrayList<>();
        JdbcStores stores = JdbcStores.on(recording(database.dataSource(), sent));
        sent.clear();

        stores.targetObjects()
                .findByNamespaces(
                        DeploymentData.target(new EnvironmentId("env-78")),
                        IntStream.range(5000, 5400).mapToObj(i -> "name-" + i).toList());

        assertThat(sent).hasSize(1);
        assertThat(explain(database, "EXPLAIN ANALYZE ", sent.get(0)).toString())
                .containsPattern("scanCount: (400|401)\\b");
    }

    /** PostgreSQL has no statistics of a table until about a minute after its first rows. */
    @Test
    void rows_are_found_by_a_selective_column_without_statistics() {
        TestDatabase database = Server.POSTGRES_18.migratedDatabase();
        for (String table : TABLES) {
            database.execute("ALTER TABLE ns_" + table + " SET (autovacuum_enabled = false)");
        }
        fill(database, 20_000, 10_000);

        List<String> conditions = new ArrayList<>();
        eachOperation(
                database,
                (name, statement) -> explain(database, "EXPLAIN ", statement).stream()
                        .map(Map::toString)
                        .filter(row -> row.contains("Index Cond"))
                        .forEach(conditions::add));
        assertThat(conditions)
                .hasSizeGreaterThan(20)
                .allMatch(row -> SELECTIVE.matcher(row).find());
    }

    /** Calls each operation, and checks each statement that it sends, except inserts. */
    private static void eachOperation(TestDatabase database, BiConsumer<String, Sent> check) {
        List<Sent> sent = new ArrayList<>();
        JdbcStores stores = JdbcStores.on(recording(database.dataSource(), sent));
        Map<String, Consumer<JdbcStores>> operations = new LinkedHashMap<>();
        ofNamespaces(operations);
        ofEnvironmentsAndPolicies(operations);
        ofDeployments(operations);
        ofTargetObjects(operations);

        operations.forEach((name, operation) -> {
            sent.clear();
            operation.accept(stores);
            List<Sent> statements = sent.stream()
                    .filter(statement -> !statement.sql().startsWith("INSERT"))
                    .toList();
            assertThat(statements).as(name).isNotEmpty();
            statements.forEach(statement -> check.accept(name, statement));
        });
    }

    private static void ofNamespaces(Map<String, Consumer<JdbcStores>> operations) {
        EnvironmentId environment = new EnvironmentId("env-77");
        operations.put("ids", all -> all.namespaces().findByIds(List.of(new NamespaceId("id-77"))));
        operations.put("many ids", all -> all.namespaces().findByIds(many("id-", NamespaceId::new)));
        operations.put("environments", all -> all.namespaces().findByEnvironments(List.of(environment)));
        operations.put(
                "many environments", all -> all.namespaces().findByEnvironments(many("env-", EnvironmentId::new)));
        operations.put("names", all -> all.namespaces().findByNames(List.of("name-77")));
        operations.put("many names", all -> all.namespaces().findByNames(many("name-", name -> name)));
        operations.put("deleted", all -> all.namespaces().findDeleted(new EnvironmentId("env-80")));
        operations.put("update", all -> {
            List<Namespace> found = all.namespaces().findByIds(List.of(new NamespaceId("id-77")));
            all.namespaces()
                    .update(found.stream().map(row -> row.deleted(TestData.NOW)).toList());
        });
    }

    private static void ofEnvironmentsAndPolicies(Map<String, Consumer<JdbcStores>> operations) {
        EnvironmentId environment = new EnvironmentId("env-77");
        operations.put("environment", all -> all.environments().findByIds(List.of(environment)));
        operations.put("page of environments", all -> all.environments().findIds(environment, 100));
        operations.put(
                "policies",
                all -> all.egressPolicies()
                        .findByOwners(List.of(new ProjectId("owner-77"), new OrganizationId("owner-78"))));
        operations.put("policies of many", all -> all.egressPolicies().findByOwners(many("owner-", ProjectId::new)));
        operations.put(
                "policy",
                all -> all.egressPolicies()
                        .save(TestData.anEgressPolicy()
                                .id("policy-77")
                                .ofProject("owner-77")
                                .version(2)
                                .build()));
    }

    private static void ofDeployments(Map<String, Consumer<JdbcStores>> operations) {
        Target target = DeploymentData.target(new EnvironmentId("env-77"));
        operations.put("records", all -> all.deployments().findByEnvironments(List.of(target.environmentId())));
        operations.put("many records", all -> all.deployments().findByEnvironments(many("env-", EnvironmentId::new)));
        operations.put("deployment", all -> {
            // The first row of the target exists, the second one does not.
            List<ObjectIntent> intents = List.of(
                    DeploymentData.intent(ResourceRef.namespace("name-77")),
                    DeploymentData.intent(ResourceRef.namespace("unknown")));
            BegunDeployment begun = all.deployments().begin(target, 1, intents).orElseThrow();
            List<ObjectResult> results = new ArrayList<>(DeploymentData.applied(begun, "f"));
            results.set(
                    1,
                    new ObjectResult(
                            intents.get(1).resource(), begun.attempt(), null, new ObjectResult.State.Absent()));
            all.deployments().settle(begun, results);
            all.deployments().complete(begun, DeploymentData.completion("f"));
            all.deployments().forget(target);
        });
        operations.put("plan", all -> all.deployments().consume(Map.of(target, 0L)));
        operations.put(
                "lock",
                all -> all.deploymentLock().tryAcquire(target).orElseThrow().close());
    }

    private static void ofTargetObjects(Map<String, Consumer<JdbcStores>> operations) {
        Target target = DeploymentData.target(new EnvironmentId("env-78"));
        Target other = DeploymentData.target(new EnvironmentId("env-79"));
        operations.put("objects", all -> all.targetObjects().findByNamespaces(target, List.of("name-78")));
        operations.put(
                "many objects", all -> all.targetObjects().findByNamespaces(target, many("name-", name -> name)));
        operations.put("first page", all -> all.targetObjects().findPage(target, null, 10));
        operations.put(
                "next page", all -> all.targetObjects().findPage(target, ResourceRef.namespace("name-50078"), 10));
        operations.put("uids", all -> all.targetObjects().findByUids(target.clusterId(), List.of("uid-78")));
        operations.put(
                "many uids", all -> all.targetObjects().findByUids(target.clusterId(), many("uid-", uid -> uid)));
        operations.put("release", all -> all.targetObjects().release(target, List.of("name-78")));
        operations.put("move", all -> all.targetObjects().move(target, other, "name-78", new NamespaceId("moved")));
    }

    private static <T> List<T> many(String prefix, Function<String, T> id) {
        return IntStream.range(0, 600).mapToObj(i -> id.apply(prefix + i)).toList();
    }

    private static void assertUsesIndex(TestDatabase database, String name, Sent statement, int rows) {
        List<Map<String, String>> plan = explain(database, "EXPLAIN ", statement);
        if (database.dialect() == SqlDialect.POSTGRESQL) {
            String text = plan.stream()
                    .map(row -> row.values().iterator().next())
                    .toList()
                    .toString();
            assertThat(text).as(name + ": " + statement.sql()).contains("Index").doesNotContain("Seq Scan");
        } else {
            assertThat(plan)
                    .as(name + ": " + statement.sql())
                    .anySatisfy(row -> assertThat(row.get("key")).isNotNull());
            assertThat(plan).as(name + ": " + statement.sql()).allSatisfy(row -> {
                if (row.get("table") != null && !row.get("table").startsWith("<")) {
                    assertThat(row.get("type")).isIn("const", "eq_ref", "ref", "range");
                    assertThat(Long.parseLong(row.get("rows"))).isLessThan(rows / 10);
                }
            });
        }
    }

    private static List<Map<String, String>> explain(TestDatabase database, String explain, Sent statement) {
        try (Connection connection = database.dataSource().getConnection();
                PreparedStatement plan = connection.prepareStatement(explain + statement.sql())) {
            for (Map.Entry<Integer, Object> value : statement.values().entrySet()) {
                plan.setObject(value.getKey(), value.getValue());
            }
            List<Map<String, String>> rows = new ArrayList<>();
            try (ResultSet row = plan.executeQuery()) {
                while (row.next()) {
                    Map<String, String> columns = new LinkedHashMap<>();
                    for (int i = 1; i <= row.getMetaData().getColumnCount(); i++) {
                        columns.put(row.getMetaData().getColumnLabel(i), row.getString(i));
                    }
                    rows.add(columns);
                }
            }
            return rows;
        } catch (SQLException e) {
            throw new IllegalStateException(statement.sql(), e);
        }
    }

    private static DataSource recording(DataSource dataSource, List<Sent> sent) {
        return Probe.intercept(dataSource, (target, method, arguments, proceed) -> {
            if (target instanceof Connection && method.getName().equals("prepareStatement")) {
                sent.add(new Sent((String) arguments[0], new TreeMap<>()));
            }
            if (target instanceof PreparedStatement
                    && method.getName().startsWith("set")
                    && arguments.length >= 2
                    && arguments[0] instanceof Integer position) {
                sent.get(sent.size() - 1)
                        .values()
                        .put(position, method.getName().equals("setNull") ? null : arguments[1]);
            }
            return proceed.call();
        });
    }

    private static void fill(TestDatabase database, int rows, int environments) {
        boolean postgres = database.dialect() == SqlDialect.POSTGRESQL;
        String now = postgres ? "CURRENT_TIMESTAMP" : "UTC_TIMESTAMP(6)";
        String json = postgres ? "CAST('{}' AS JSONB)" : "'{}'";
        String list = postgres ? "CAST('[]' AS JSONB)" : "'[]'";
        String n = postgres ? "CAST(n AS VARCHAR)" : "n";
        String environment = postgres ? "CAST(n % " + environments + " AS VARCHAR)" : "n % " + environments;
        database.execute(
                "INSERT INTO ns_namespaces (id, environment_id, name, metadata, annotations, version, created_at,"
                        + " updated_at, deleted_at) SELECT CONCAT('id-', " + n + "), CONCAT('env-', " + environment
                        + "), CONCAT('name-', " + n + "), " + json + ", " + json + ", 1, " + now + ", " + now
                        + ", CASE WHEN n % 10 = 0 THEN " + now + " END FROM " + sequence(postgres, rows),
                "INSERT INTO ns_environments (id, organization_id, project_id, name, labels, promotion_order)"
                        + " SELECT CONCAT('env-', " + n + "), 'acme', 'shop', 'dev', " + json + ", 0 FROM "
                        + sequence(postgres, environments),
                "INSERT INTO ns_environment_clusters (environment_id, position, cluster_id) SELECT CONCAT('env-', " + n
                        + "), 0, 'eu-1' FROM " + sequence(postgres, environments),
                "INSERT INTO ns_egress_policies (id, owner_kind, owner_id, egress_mode, rules, version) SELECT CONCAT('policy-', "
                        + n + "), CASE WHEN n % 2 = 0 THEN 'organization' ELSE 'project' END, CONCAT('owner-', " + n
                        + "), 'allow-list', " + list + ", 1 FROM " + sequence(postgres, environments),
                "INSERT INTO ns_deployments (environment_id, cluster_id, revision, plan_serial) SELECT CONCAT('env-', "
                        + n + "), 'eu-1', 1, 0 FROM " + sequence(postgres, environments),
                "INSERT INTO ns_target_objects (environment_id, cluster_id, namespace_name, kind, name, api_version,"
                        + " namespace_id, attempt, attempted_at, open, create_nonce, uid, origin, fingerprint,"
                        + " label_keys, annotation_keys) SELECT CONCAT('env-', " + environment
                        + "), 'eu-1', CONCAT('name-', " + n + "), 'Namespace', CONCAT('name-', " + n
                        + "), 'v1', CONCAT('id-', " + n + "), 'attempt', " + now + ", FALSE, 'nonce', CONCAT('uid-', "
                        + n + "), 'CREATED', 'f', " + json + ", " + json + " FROM " + sequence(postgres, rows),
                "INSERT INTO ns_ensured_namespaces (cluster_id, uid, name, ensured_at) SELECT 'eu-1', CONCAT('ensured-', "
                        + n + "), CONCAT('ensured-', " + n + "), " + now + " FROM " + sequence(postgres, environments),
                "INSERT INTO ns_locks (name, lock_until, locked_at, locked_by) SELECT CONCAT('env-', " + n
                        + ", '/eu-1'), TIMESTAMP '2000-01-01 00:00:00', TIMESTAMP '2000-01-01 00:00:00', 'nobody' FROM "
                        + sequence(postgres, environments));
    }

    private static void analyze(TestDatabase database) {
        String analyze = database.dialect() == SqlDialect.POSTGRESQL ? "ANALYZE ns_" : "ANALYZE TABLE ns_";
        TABLES.forEach(table -> database.execute(analyze + table));
    }

    private static String sequence(boolean postgres, int size) {
        return postgres
                ? "generate_series(1, " + size + ") AS numbers (n)"
                : "(SELECT seq AS n FROM seq_1_to_" + size + ") AS numbers";
    }
}
