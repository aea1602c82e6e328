package dev.namespaces.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.namespaces.model.ClusterId;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.NamespaceId;
import dev.namespaces.model.OrganizationId;
import dev.namespaces.model.ProjectId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the databases make of our own statements, as the stores send them, with 100,000 namespaces. */
class QueryPlanTest {

    private static final int NAMESPACES = 100_000;
    private static final int ENVIRONMENTS = 10_000;

    /** A statement with the values that were bound to it. */
    private record Sent(String sql, Map<Integer, Object> values) {}

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "H2")
    void every_look_up_uses_an_index(Server server) throws Exception {
        TestDatabase database = server.migratedDatabase();
        fill(database);
        List<Sent> sent = new ArrayList<>();
        JdbcStores stores = JdbcStores.on(recording(database.dataSource(), sent));
        EnvironmentId environment = new EnvironmentId("env-77");
        Map<String, Consumer<JdbcStores>> lookUps = new LinkedHashMap<>();
        lookUps.put("namespace by id", all -> all.namespaces().findByIds(List.of(new NamespaceId("id-4711"))));
        lookUps.put("namespaces by environment", all -> all.namespaces().findByEnvironments(List.of(environment)));
        lookUps.put("namespaces by name", all -> all.namespaces().findByNames(List.of("name-77")));
        lookUps.put("environments by ids", all -> all.environments().findByIds(List.of(environment)));
        lookUps.put(
                "several environments by ids",
                all -> all.environments()
                        .findByIds(List.of(environment, new EnvironmentId("env-78"), new EnvironmentId("env-79"))));
        lookUps.put("a page of ids", all -> all.environments().findIds(environment, 100));
        lookUps.put(
                "policies", all -> all.egressPolicies().find(new ProjectId("owner-77"), new OrganizationId("owner-8")));
        lookUps.put("deployments", all -> all.deployments().findByEnvironment(environment));
        lookUps.put(
                "lock",
                all -> all.deploymentLock()
                        .tryAcquire(environment, new ClusterId("eu-1"), Duration.ZERO)
                        .orElseThrow()
                        .close());

        lookUps.forEach((name, lookUp) -> {
            sent.clear();
            lookUp.accept(stores);
            assertThat(sent).as(name).isNotEmpty();
            for (Sent statement : List.copyOf(sent)) {
                assertUsesIndex(database, name, statement);
            }
        });
    }

    private static void assertUsesIndex(TestDatabase database, String name, Sent statement) {
        List<Map<String, String>> plan = explain(database, statement);
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
                    assertThat(Long.parseLong(row.get("rows"))).isLessThan(NAMESPACES / 10);
                }
            });
        }
    }

    private static List<Map<String, String>> explain(TestDatabase database, Sent statement) {
        try (Connection connection = database.dataSource().getConnection();
                PreparedStatement explain = connection.prepareStatement("EXPLAIN " + statement.sql())) {
            for (Map.Entry<Integer, Object> value : statement.values().entrySet()) {
                explain.setObject(value.getKey(), value.getValue());
            }
            List<Map<String, String>> rows = new ArrayList<>();
            try (ResultSet row = explain.executeQuery()) {
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
                sent.get(sent.size() - 1).values().put(position, arguments[1]);
            }
            return proceed.call();
        });
    }

    private static void fill(TestDatabase database) {
        boolean postgres = database.dialect() == SqlDialect.POSTGRESQL;
        String now = postgres ? "CURRENT_TIMESTAMP" : "UTC_TIMESTAMP(6)";
        String json = postgres ? "CAST('{}' AS JSONB)" : "'{}'";
        String list = postgres ? "CAST('[]' AS JSONB)" : "'[]'";
        String n = postgres ? "CAST(n AS VARCHAR)" : "n";
        String environment = postgres ? "CAST(n % " + ENVIRONMENTS + " AS VARCHAR)" : "n % " + ENVIRONMENTS;
        database.execute(
                "INSERT INTO ns_namespaces (id, environment_id, name, metadata, annotations, version, created_at,"
                        + " updated_at, deleted_at) SELECT CONCAT('id-', " + n + "), CONCAT('env-', " + environment
                        + "), CONCAT('name-', " + n + "), " + json + ", " + json + ", 1, " + now + ", " + now
                        + ", CASE WHEN n % 10 = 0 THEN " + now + " END FROM " + sequence(postgres, NAMESPACES),
                "INSERT INTO ns_environments (id, organization_id, project_id, name, labels, promotion_order)"
                        + " SELECT CONCAT('env-', " + n + "), 'acme', 'shop', 'dev', " + json + ", 0 FROM "
                        + sequence(postgres, ENVIRONMENTS),
                "INSERT INTO ns_environment_clusters (environment_id, position, cluster_id) SELECT CONCAT('env-', " + n
                        + "), 0, 'eu-1' FROM " + sequence(postgres, ENVIRONMENTS),
                "INSERT INTO ns_egress_policies (id, owner_kind, owner_id, egress_mode, rules) SELECT CONCAT('policy-', "
                        + n + "), CASE WHEN n % 2 = 0 THEN 'organization' ELSE 'project' END, CONCAT('owner-', " + n
                        + "), 'allow-list', " + list + " FROM " + sequence(postgres, ENVIRONMENTS),
                "INSERT INTO ns_deployments (environment_id, cluster_id, revision) SELECT CONCAT('env-', " + n
                        + "), 'eu-1', 1 FROM " + sequence(postgres, ENVIRONMENTS),
                "INSERT INTO ns_locks (name, lock_until, locked_at, locked_by) SELECT CONCAT('env-', " + n
                        + ", '/eu-1'), TIMESTAMP '2000-01-01 00:00:00', TIMESTAMP '2000-01-01 00:00:00', 'nobody' FROM "
                        + sequence(postgres, ENVIRONMENTS));
        for (String table : List.of(
                "namespaces", "environments", "environment_clusters", "egress_policies", "deployments", "locks")) {
            database.execute((postgres ? "ANALYZE ns_" : "ANALYZE TABLE ns_") + table);
        }
    }

    private static String sequence(boolean postgres, int size) {
        return postgres
                ? "generate_series(1, " + size + ") AS numbers (n)"
                : "(SELECT seq AS n FROM seq_1_to_" + size + ") AS numbers";
    }
}
