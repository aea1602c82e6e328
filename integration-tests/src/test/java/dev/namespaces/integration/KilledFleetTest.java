package dev.namespaces.integration;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.core.deploy.DeployOptions;
import dev.namespaces.core.fleet.FleetObserver;
import dev.namespaces.core.fleet.FleetOptions;
import dev.namespaces.core.fleet.FleetPosition;
import dev.namespaces.core.fleet.FleetProgress;
import dev.namespaces.core.fleet.FleetReport;
import dev.namespaces.core.fleet.TargetReport;
import dev.namespaces.jdbc.JdbcSchema;
import dev.namespaces.jdbc.JdbcStores;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.testservers.ChildJvm;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.jdbc.core.JdbcTemplate;

/**
 * A process with a heap of 256 MiB deploys a whole fleet, is killed with SIGKILL in the middle, and another process
 * goes on at the saved position. Afterwards each target is as after a call that nobody killed. H2's file has the
 * stores, the clusters and the position: a kill takes back the last commits of all three together, as if it had come a
 * moment earlier.
 */
class KilledFleetTest {

    private static final String HEAP = "-Xmx256m";
    private static final int ROWS_PER_INSERT = 50_000;
    private static final Duration LEASE = Duration.ofSeconds(3);
    private static final String ENDED = "ended";

    @TempDir
    private Path folder;

    @Test
    void a_fleet_that_was_killed_and_resumed_equals_one_that_was_not() throws Exception {
        // The compiler would take longer than the fleet.
        killAndResume(1_000, List.of(HEAP, "-XX:TieredStopAtLevel=1"));
    }

    @Tag("long")
    @Test
    void a_million_environments_killed_and_resumed_equal_those_not_killed() throws Exception {
        killAndResume(1_000_000, List.of(HEAP));
    }

    private void killAndResume(int size, List<String> options) throws Exception {
        Path fleet = Files.createDirectory(folder.resolve("fleet"));
        create(size, fleet);
        Path copy = Files.createDirectory(folder.resolve("copy"));
        try (Stream<Path> files = Files.list(fleet)) {
            for (Path file : files.toList()) {
                Files.copy(file, copy.resolve(file.getFileName()));
            }
        }

        CompletableFuture<String> uninterrupted = CompletableFuture.supplyAsync(() -> deploy(fleet, options));
        kill(copy, options, size / 2);
        System.out.println("Resumed: " + deploy(copy, options));
        System.out.println("Uninterrupted: " + uninterrupted.get());

        assertEqual(fleet, copy, size);
    }

    /** Deploys the fleet in another process, and returns what the process says about it. */
    private static String deploy(Path folder, List<String> options) {
        try (ChildJvm child = ChildJvm.start(options, KilledFleetTest.class, url(folder))) {
            String line = child.nextLine();
            while (!line.startsWith(ENDED)) {
                line = child.nextLine();
            }
            assertThat(line).contains("failed=0,");
            return line;
        }
    }

    private static void kill(Path folder, List<String> options, int done) {
        try (ChildJvm child = ChildJvm.start(options, KilledFleetTest.class, url(folder))) {
            String line = child.nextLine();
            while (Integer.parseInt(line) < done) {
                line = child.nextLine();
            }
            child.kill();
        }
    }

    private static void create(int size, Path folder) {
        try (HikariDataSource database = open(folder)) {
            JdbcSchema.migrate(database);
            ClusterTable.createIn(database);
            SavedPosition.createIn(database);
            JdbcTemplate sql = new JdbcTemplate(database);
            for (int from = 0; from < size; from += ROWS_PER_INSERT) {
                String numbers =
                        " FROM SYSTEM_RANGE(" + from + ", " + (Math.min(size, from + ROWS_PER_INSERT) - 1) + ")";
                sql.update(
                        "INSERT INTO ns_environments (id, organization_id, project_id, name, labels, promotion_order)"
                                + " SELECT 'e-' || LPAD(x, 7, '0'), 'acme', 'p-' || MOD(x, 1000), 'Shop ' || x,"
                                + " '{}' FORMAT JSON, 0" + numbers);
                sql.update("INSERT INTO ns_environment_clusters (environment_id, position, cluster_id)"
                        + " SELECT 'e-' || LPAD(x, 7, '0'), 0, 'c-' || MOD(x, 4)" + numbers);
                sql.update("INSERT INTO ns_namespaces (id, environment_id, name, metadata, annotations, version,"
                        + " created_at, updated_at) SELECT 'n-' || x, 'e-' || LPAD(x, 7, '0'), 'shop-' || x,"
                        + " '{}' FORMAT JSON, '{}' FORMAT JSON, 1, CURRENT_TIMESTAMP, CURRENT_TIMESTAMP" + numbers);
            }
        }
    }

    private static void assertEqual(Path expected, Path actual, int size) {
        assertEqual(
                expected,
                actual,
                size,
                "SELECT environment_id, cluster_id, plan_serial, input_fingerprint, rendered_fingerprint,"
                        + " rendering_generation, dialect, deployed_at IS NULL FROM ns_deployments"
                        + " ORDER BY environment_id, cluster_id");
        assertEqual(
                expected,
                actual,
                2 * size,
                "SELECT environment_id, cluster_id, namespace_name, kind, name, api_version, namespace_id, open,"
                        + " origin, uid, fingerprint, label_keys, annotation_keys FROM ns_target_objects"
                        + " ORDER BY environment_id, cluster_id, namespace_name, kind, name, api_version");
        assertEqual(
                expected,
                actual,
                2 * size,
                "SELECT cluster, resource, REGEXP_REPLACE(manifest,"
                        + " '\"(namespaces.dev/(created|attempt)|resourceVersion)\":\"[^\"]*\"', '')"
                        + " FROM cluster_objects ORDER BY cluster, resource");
    }

    private static void assertEqual(Path expected, Path actual, int rows, String query) {
        // A database that may write tidies its file up, and loses the place of a reader that takes minutes.
        String readOnly = ";ACCESS_MODE_DATA=r";
        try (HikariDataSource one = open(url(expected) + readOnly);
                HikariDataSource other = open(url(actual) + readOnly);
                Stream<String> first = rows(one, query);
                Stream<String> second = rows(other, query)) {
            Iterator<String> seconds = second.iterator();
            long count =
                    first.peek(row -> assertThat(seconds.next()).isEqualTo(row)).count();
            assertThat(seconds).isExhausted();
            assertThat(count).isEqualTo(rows);
        }
    }

    private static Stream<String> rows(HikariDataSource database, String query) {
        JdbcTemplate sql = new JdbcTemplate(database);
        return sql.queryForStream(query, (row, number) -> {
            StringBuilder text = new StringBuilder();
            for (int i = 1; i <= row.getMetaData().getColumnCount(); i++) {
                text.append(row.getString(i)).append('|');
            }
            return text.toString();
        });
    }

    private static String url(Path folder) {
        return "jdbc:h2:file:" + folder.resolve("db").toAbsolutePath();
    }

    private static HikariDataSource open(Path folder) {
        return open(url(folder));
    }

    private static HikariDataSource open(String url) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url + ";LAZY_QUERY_EXECUTION=1");
        config.setMinimumIdle(0);
        return new HikariDataSource(config);
    }

    /** The child. It prints how many environments are done, and at last what the whole call has done. */
    public static void main(String[] arguments) {
        FleetReport report;
        try (HikariDataSource database = open(arguments[0])) {
            JdbcStores stores = JdbcStores.builder(database).lease(LEASE).build();
            try (NamespaceLifecycle lifecycle = NamespaceLifecycle.builder(new ClusterTable(database), stores.stores())
                    .build()) {
                SavedPosition saved = new SavedPosition(database);
                report = lifecycle.deployAll(
                        FleetOptions.defaults().withStart(saved.load()), DeployOptions.defaults(), saved);
            }
        }
        // Only a closed H2 has written everything, and the parent kills this process after the line.
        System.out.println(ENDED + ": " + measured(report));
    }

    /** Stores how far the fleet is, and prints it once H2's file has it and all commits before it. */
    private record SavedPosition(JdbcTemplate sql) implements FleetObserver {

        SavedPosition(DataSource database) {
            this(new JdbcTemplate(database));
        }

        static void createIn(DataSource database) {
            JdbcTemplate sql = new JdbcTemplate(database);
            sql.execute("CREATE TABLE saved_position (environment VARCHAR(63))");
            sql.update("INSERT INTO saved_position (environment) VALUES (NULL)");
        }

        FleetPosition load() {
            String saved = sql.queryForObject("SELECT environment FROM saved_position", String.class);
            return saved == null ? FleetPosition.start() : FleetPosition.after(new EnvironmentId(saved));
        }

        @Override
        public void ended(TargetReport result) {}

        @Override
        public void progressed(FleetProgress progress) {
            EnvironmentId after = progress.position().after();
            sql.update("UPDATE saved_position SET environment = ?", after == null ? null : after.value());
            sql.execute("CHECKPOINT");
            System.out.println(progress.done());
        }
    }

    private static String measured(FleetReport report) {
        long cpu =
                ProcessHandle.current().info().totalCpuDuration().orElseThrow().toMillis();
        double targets = report.targets().targets();
        return String.format(
                Locale.ROOT,
                "%s in %s; a target took %.2f ms, and %.2f ms of CPU time; old generation at most %d MiB",
                report.targets(),
                report.elapsed().truncatedTo(ChronoUnit.SECONDS),
                report.elapsed().toMillis() / targets,
                cpu / targets,
                peakMebibytesOfOldGeneration());
    }

    private static long peakMebibytesOfOldGeneration() {
        return ManagementFactory.getMemoryPoolMXBeans().stream()
                        .filter(pool -> pool.getName().contains("Old Gen"))
                        .mapToLong(pool -> pool.getPeakUsage().getUsed())
                        .sum()
                >> 20;
    }
}
