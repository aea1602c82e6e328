package dev.namespaces.jdbc;

import static dev.namespaces.jdbc.DeploymentData.intents;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Target;
import dev.namespaces.spi.DeploymentStore;
import dev.namespaces.spi.NamespaceStore;
import dev.namespaces.testservers.ChildJvm;
import dev.namespaces.testservers.OnDatabaseServer;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Other JVMs, killed with SIGKILL. */
class CrashTest {

    private static final Duration PATIENCE = Duration.ofMinutes(2);

    /** One stretch of work under the lock; {@code left} is null while it lasts. */
    private record Work(String worker, LocalDateTime entered, LocalDateTime left) {}

    @OnDatabaseServer
    @ParameterizedTest
    @EnumSource(names = {"POSTGRES_18", "MARIADB"})
    void work_of_two_processes_never_overlaps_and_continues_after_a_kill(Server server) throws Exception {
        TestDatabase database = server.migratedDatabase();
        String timestamp = server == Server.MARIADB ? "DATETIME(6)" : "TIMESTAMP(6)";
        database.execute("CREATE TABLE work (worker VARCHAR(9) NOT NULL, round INTEGER NOT NULL, steps INTEGER,"
                + " entered_at " + timestamp + " NOT NULL, left_at " + timestamp + ", PRIMARY KEY (worker, round))");
        try (ChildJvm doomed = ChildProcess.start("lock", database, "doomed");
                ChildJvm survivor = ChildProcess.start("lock", database, "survivor")) {
            await().atMost(PATIENCE).until(() -> workers(work(database)).size() == 2);
            await().atMost(PATIENCE).pollInterval(Duration.ofMillis(2)).until(() -> isAtWork(database, "doomed"));
            LocalDateTime stillAlive = now(database);
            doomed.kill();

            int before = work(database).size();
            await().atMost(PATIENCE).until(() -> work(database).size() >= before + 4);
            survivor.kill();

            List<Work> all = work(database);
            for (Work one : all) {
                // The work of killed processes has no end, and neither has work that stopped because its lease was
                // lost.
                LocalDateTime end = one.left();
                if (end == null) {
                    end = one.worker().equals("doomed") && !isFollowed(one, "doomed", all) ? stillAlive : one.entered();
                }
                for (Work other : all) {
                    if (!other.equals(one) && !other.entered().isBefore(one.entered())) {
                        assertThat(other.entered())
                                .as("%s after %s", other, one)
                                .isAfterOrEqualTo(end);
                    }
                }
            }
        }
    }

    private static boolean isFollowed(Work work, String worker, List<Work> all) {
        return all.stream()
                .anyMatch(other ->
                        other.worker().equals(worker) && other.entered().isAfter(work.entered()));
    }

    @OnDatabaseServer
    @ParameterizedTest
    @EnumSource(names = {"POSTGRES_18", "MARIADB"})
    void nothing_is_left_of_a_batch_whose_process_is_killed(Server server) throws Exception {
        TestDatabase database = server.migratedDatabase();
        NamespaceStore store = JdbcStores.on(database.dataSource()).namespaces();
        EnvironmentId environment = ChildProcess.HALFWAY.environmentId();
        killInTheMiddle(database, ChildProcess.INSERT);

        assertThat(store.findByEnvironments(List.of(environment))).isEmpty();
        store.insert(ChildProcess.namespaces(environment));
        assertThat(store.findByEnvironments(List.of(environment))).hasSize(ChildProcess.ROWS);
    }

    @OnDatabaseServer
    @ParameterizedTest
    @EnumSource(names = {"POSTGRES_18", "MARIADB"})
    void nothing_is_left_of_a_begin_whose_process_is_killed(Server server) throws Exception {
        TestDatabase database = server.migratedDatabase();
        JdbcStores stores = JdbcStores.on(database.dataSource());
        Target target = ChildProcess.HALFWAY;
        killInTheMiddle(database, ChildProcess.BEGIN);

        assertThat(stores.deployments().findByEnvironments(List.of(target.environmentId())))
                .isEmpty();
        assertThat(stores.targetObjects().findPage(target, null, 1)).isEmpty();
        assertThat(stores.deployments().begin(target, 0, intents(1))).isPresent();
    }

    @OnDatabaseServer
    @ParameterizedTest
    @EnumSource(names = {"POSTGRES_18", "MARIADB"})
    void a_plan_is_not_consumed_by_halves_if_its_process_is_killed(Server server) throws Exception {
        TestDatabase database = server.migratedDatabase();
        DeploymentStore store = JdbcStores.on(database.dataSource()).deployments();
        List<Target> targets = List.of(ChildProcess.HALFWAY, ChildProcess.LOCKED);
        killInTheMiddle(database, ChildProcess.CONSUME);

        assertThat(store.findByEnvironments(
                        targets.stream().map(Target::environmentId).toList()))
                .isEmpty();
        assertThat(store.consume(Map.of(targets.get(0), 0L, targets.get(1), 0L)))
                .isTrue();
    }

    private static void killInTheMiddle(TestDatabase database, String work) throws Exception {
        try (ChildJvm child = ChildProcess.start("stop in the middle", database, work)) {
            assertThat(child.nextLine()).isEqualTo(ChildProcess.IN_THE_MIDDLE);
            child.kill();
        }
    }

    @OnDatabaseServer
    @ParameterizedTest
    @EnumSource(names = {"POSTGRES_18", "MARIADB"})
    void all_or_none_of_a_transaction_is_stored_if_its_process_is_killed(Server server) throws Exception {
        TestDatabase database = server.migratedDatabase();
        Set<String> reported = new HashSet<>();
        try (ChildJvm child = ChildProcess.start("insert", database, "")) {
            for (int i = 0; i < 3; i++) {
                reported.add(child.nextLine());
            }
            child.kill();
        }

        List<String> sizes = new ArrayList<>();
        Set<String> found = new HashSet<>();
        try (Connection connection = database.dataSource().getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT environment_id, COUNT(*) FROM ns_namespaces GROUP BY environment_id")) {
            while (row.next()) {
                found.add(row.getString(1));
                sizes.add(row.getString(2));
            }
        }
        assertThat(sizes).containsOnly(String.valueOf(ChildProcess.ROWS));
        assertThat(found).containsAll(reported);
    }

    private static Set<String> workers(List<Work> work) {
        Set<String> workers = new HashSet<>();
        work.forEach(each -> workers.add(each.worker()));
        return workers;
    }

    private static boolean isAtWork(TestDatabase database, String worker) throws SQLException {
        return work(database).stream().anyMatch(work -> work.worker().equals(worker) && work.left() == null);
    }

    private static LocalDateTime now(TestDatabase database) throws SQLException {
        try (Connection connection = database.dataSource().getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT " + ChildProcess.now(database.dialect()))) {
            row.next();
            return row.getObject(1, LocalDateTime.class);
        }
    }

    private static List<Work> work(TestDatabase database) throws SQLException {
        List<Work> work = new ArrayList<>();
        try (Connection connection = database.dataSource().getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT worker, entered_at, left_at FROM work")) {
            while (row.next()) {
                work.add(new Work(
                        row.getString(1),
                        row.getObject(2, LocalDateTime.class),
                        row.getObject(3, LocalDateTime.class)));
            }
        }
        return work;
    }
}
