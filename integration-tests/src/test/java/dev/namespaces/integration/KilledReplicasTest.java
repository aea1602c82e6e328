package dev.namespaces.integration;

import static dev.namespaces.testkit.TestData.anEnvironment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.zaxxer.hikari.HikariDataSource;
import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.core.request.NamespaceRequest;
import dev.namespaces.dbscheduler.SchedulerSchema;
import dev.namespaces.dbscheduler.TargetScheduler;
import dev.namespaces.dbscheduler.Urgency;
import dev.namespaces.egress.DialectChoice;
import dev.namespaces.egress.EgressSettings;
import dev.namespaces.jdbc.JdbcStores;
import dev.namespaces.model.Environment;
import dev.namespaces.model.PolicyDialect;
import dev.namespaces.spi.ClusterGateway;
import dev.namespaces.testkit.FakeClusters;
import dev.namespaces.testservers.ChildJvm;
import dev.namespaces.testservers.DatabaseAddress;
import dev.namespaces.testservers.OnDatabaseServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.jdbc.core.JdbcTemplate;

/**
 * Three replicas, each in its own JVM, share the targets of a fleet over one database. They are killed with SIGKILL at
 * random moments and started again, while the environments change. In the end every target has its newest state, and no
 * target was written by two deployments at once.
 */
@OnDatabaseServer
class KilledReplicasTest {

    private static final int REPLICAS = 3;
    private static final int ENVIRONMENTS = 24;
    private static final String[] CLUSTERS = {"eu-1", "us-1"};
    private static final Duration LEASE = Duration.ofSeconds(2);
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(1);

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "H2")
    void every_target_is_deployed_by_one_replica_at_a_time_if_some_are_killed(DatabaseKind kind) throws Exception {
        run(kind, kills -> kills < 4);
    }

    @Tag("long")
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "H2")
    void every_target_is_deployed_by_one_replica_at_a_time_for_two_minutes(DatabaseKind kind) throws Exception {
        long end = System.nanoTime() + Duration.ofMinutes(2).toNanos();
        run(kind, kills -> System.nanoTime() < end);
    }

    private static void run(DatabaseKind kind, IntPredicate goesOn) throws Exception {
        long seed = Long.getLong("seed", new Random().nextLong(1_000_000));
        Random random = new Random(seed);
        DatabaseAddress address = kind.newDatabase();
        FakeClusters clusters = FakeClusters.of(CLUSTERS);
        DeploymentsByTarget deployments = new DeploymentsByTarget();
        try (HikariDataSource database = new HikariDataSource(DatabaseKind.pool(address, 4));
                RemoteClusters remote = new RemoteClusters(deployments.watching(clusters))) {
            SchedulerSchema.migrate(database);
            JdbcStores stores = JdbcStores.on(database);
            try (NamespaceLifecycle lifecycle = lifecycle(clusters, stores)) {
                TargetScheduler targets = targets(lifecycle, stores, database);
                int[] versions = new int[ENVIRONMENTS];
                for (int i = 0; i < ENVIRONMENTS; i++) {
                    stores.environments().save(environment(i, 0));
                    lifecycle.create(List.of(
                            NamespaceRequest.of(environment(i, 0).id(), "e" + i + "-api"),
                            NamespaceRequest.of(environment(i, 0).id(), "e" + i + "-web")));
                    targets.schedule(environment(i, 0).id(), Urgency.ROUND);
                }
                List<ChildJvm> replicas = new ArrayList<>();
                int kills = 0;
                try {
                    for (int i = 0; i < REPLICAS; i++) {
                        replicas.add(start(kind, address, remote));
                    }
                    for (; goesOn.test(kills); kills++) {
                        int killed = random.nextInt(REPLICAS);
                        deployments.awaitWrites(1 + random.nextInt(40), () -> {
                            int changed = changed(random, deployments);
                            stores.environments().save(environment(changed, ++versions[changed]));
                            targets.schedule(
                                    environment(changed, 0).id(),
                                    random.nextBoolean() ? Urgency.CHANGE : Urgency.PERSON);
                        });
                        replicas.get(killed).kill();
                        replicas.set(killed, start(kind, address, remote));
                    }
                    JdbcTemplate sql = new JdbcTemplate(database);
                    await().atMost(LONGEST_WAIT)
                            .untilAsserted(() -> assertThat(sql.queryForList(
                                            "SELECT task_instance FROM scheduled_tasks WHERE task_name ="
                                                    + " 'namespaces-target'",
                                            String.class))
                                    .isEmpty());
                } finally {
                    replicas.forEach(ChildJvm::close);
                }
                System.out.println("%s: seed %d, %d kills, %d targets, %d deployments, %d of them cut short"
                        .formatted(
                                kind,
                                seed,
                                kills,
                                ENVIRONMENTS * CLUSTERS.length,
                                deployments.count(),
                                deployments.cutShort()));
                for (int i = 0; i < ENVIRONMENTS; i++) {
                    for (String cluster : CLUSTERS) {
                        for (String name : List.of("e" + i + "-api", "e" + i + "-web")) {
                            assertThat(clusters.cluster(cluster).objects("Namespace"))
                                    .as("seed %d: %s on %s", seed, name, cluster)
                                    .filteredOn(
                                            each -> each.getMetadata().getName().equals(name))
                                    .singleElement()
                                    .satisfies(each -> assertThat(
                                                    each.getMetadata().getLabels())
                                            .containsEntry("version", "v" + versionOf(versions, name)));
                        }
                    }
                }
                deployments.assertOneAtATime("seed " + seed);
            }
        }
    }

    /** Returns any environment, or the one that is probably being deployed at this moment. */
    private static int changed(Random random, DeploymentsByTarget deployments) {
        String underWay = deployments.lastEnvironment();
        return underWay.isEmpty() || random.nextInt(4) == 0
                ? random.nextInt(ENVIRONMENTS)
                : Integer.parseInt(underWay.substring(1));
    }

    private static int versionOf(int[] versions, String name) {
        return versions[Integer.parseInt(name.substring(1, name.indexOf('-')))];
    }

    private static Environment environment(int i, int version) {
        return anEnvironment()
                .id("e" + i)
                .clusters(CLUSTERS)
                .label("version", "v" + version)
                .build();
    }

    private static NamespaceLifecycle lifecycle(ClusterGateway gateway, JdbcStores stores) {
        return NamespaceLifecycle.builder(gateway, stores.stores())
                .egressSettings(cluster ->
                        EgressSettings.defaults().withDialect(new DialectChoice.Fixed(PolicyDialect.KUBERNETES)))
                .lockWait(Duration.ofSeconds(1))
                .build();
    }

    private static TargetScheduler targets(NamespaceLifecycle lifecycle, JdbcStores stores, HikariDataSource database) {
        return TargetScheduler.builder(lifecycle, stores.stores(), database)
                .retries(Duration.ofMillis(200), Duration.ofSeconds(1))
                .build();
    }

    private static ChildJvm start(DatabaseKind kind, DatabaseAddress address, RemoteClusters clusters) {
        return ChildJvm.startForShortWork(
                KilledReplicasTest.class,
                kind.name(),
                address.jdbcUrl(),
                address.user(),
                address.password(),
                String.valueOf(clusters.port()));
    }

    /** A replica, which runs until it is killed. */
    public static void main(String[] arguments) throws InterruptedException {
        DatabaseAddress address = new DatabaseAddress(arguments[1], arguments[2], arguments[3]);
        HikariDataSource database = new HikariDataSource(DatabaseKind.pool(address, 6));
        JdbcStores stores = JdbcStores.builder(database).lease(LEASE).build();
        NamespaceLifecycle lifecycle = lifecycle(RemoteClusters.gateway(Integer.parseInt(arguments[4])), stores);
        Scheduler scheduler = targets(lifecycle, stores, database)
                .customize(Scheduler.create(database))
                .threads(4)
                .pollingInterval(Duration.ofMillis(50))
                .heartbeatInterval(Duration.ofMillis(500))
                .missedHeartbeatsLimit(4)
                .build();
        scheduler.start();
        new CountDownLatch(1).await();
    }
}
