package dev.namespaces.integration;

import static dev.namespaces.integration.Fault.Kind.DIES_AFTER;
import static dev.namespaces.integration.Fault.Kind.DIES_BEFORE;
import static dev.namespaces.integration.Work.CHANGE;
import static dev.namespaces.integration.Work.DELETION;
import static dev.namespaces.integration.Work.FIRST_DEPLOYMENT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.error.LeaseLostException;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.fabric8.Fabric8ClusterGateway;
import dev.namespaces.integration.Fault.Kind;
import dev.namespaces.jdbc.JdbcSchema;
import dev.namespaces.jdbc.JdbcStores;
import dev.namespaces.model.DeploymentRecord;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.spi.ClusterGateway;
import dev.namespaces.testkit.FakeClusters;
import dev.namespaces.testservers.ChildJvm;
import dev.namespaces.testservers.DatabaseAddress;
import dev.namespaces.testservers.KubeApiServer;
import dev.namespaces.testservers.OnDatabaseServer;
import dev.namespaces.testservers.OnRealCluster;
import dev.namespaces.testservers.PostgresServer;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A replica in a JVM of its own is killed with SIGKILL before or after one of its calls. Its stores are on PostgreSQL.
 * One of its clusters is the real API server, the other one is a fake in this JVM. {@link FaultSuiteTest} has the same
 * deaths, and all other faults, within one process.
 */
@OnRealCluster(cilium = true, namespaceController = true)
@OnDatabaseServer
class KilledProcessTest {

    /** Where a replica dies. */
    private record Death(Work work, Kind kind, String point) {

        /** Returns whether it is at a look of those that a deletion repeats until the objects are gone. */
        boolean isAtRepeatedLook() {
            return work == DELETION && point.startsWith("gateway.list ");
        }
    }

    private static final Duration LEASE = Duration.ofSeconds(2);
    private static final String REACHED = "reached";
    private static final String NOT_REACHED = "not reached";
    private static final String LEASE_LOST = "lease lost";

    /** How often a replica may lose its lease before the point, on a machine with too much to do. */
    private static final int ATTEMPTS = 5;

    /** How many deaths were at a look that the run did not need. */
    private static final AtomicInteger notReached = new AtomicInteger();

    /** Most of the time a thread waits for the lease of its dead replica. */
    private static final int THREADS = 3;

    private static KubeApiServer server;
    private static KubeApiServer.NamespaceController controller;
    private static String url;
    private static Fabric8ClusterGateway real;
    private static RemoteClusters fakes;
    private static Installation installation;

    @BeforeAll
    static void open(KubeApiServer cluster) {
        server = cluster;
        controller = server.startNamespaceController();
        DatabaseAddress address = PostgresServer.shared(18).newDatabase();
        url = address.jdbcUrl() + "?user=" + address.user() + "&password=" + address.password();
        JdbcSchema.migrate(database(url));
        JdbcStores stores = JdbcStores.on(database(url));
        real = real(server.client());
        FakeClusters clusters = FakeClusters.of(Installation.US.value());
        ClusterGateway fake = Gateways.endingDeletionsBeforeTheNextLook(clusters, Installation.US);
        fakes = new RemoteClusters(fake);
        installation = new Installation(
                newId("bystander"),
                null,
                stores.stores(),
                gateway(real, fake),
                gateway(real, clusters),
                stores.environments()::save,
                stores.egressPolicies()::save);
    }

    @AfterAll
    static void close() throws IOException {
        fakes.close();
        real.close();
        controller.close();
    }

    @Timeout(300)
    @Test
    void a_plain_rerun_converges_after_a_replica_was_killed_around_a_write() throws Exception {
        List<Death> chosen = List.of(
                new Death(FIRST_DEPLOYMENT, DIES_AFTER, "gateway.create eu-1 Namespace b #1"),
                new Death(FIRST_DEPLOYMENT, DIES_BEFORE, "deployments.complete eu-1 #1"),
                new Death(CHANGE, DIES_AFTER, "gateway.delete eu-1 NetworkPolicy b #1"),
                new Death(CHANGE, DIES_BEFORE, "gateway.apply us-1 CiliumNetworkPolicy c #1"),
                new Death(DELETION, DIES_AFTER, "deployments.consume #1"),
                new Death(DELETION, DIES_AFTER, "namespaces.update #1"),
                new Death(DELETION, DIES_AFTER, "gateway.delete eu-1 Namespace b #1"),
                new Death(DELETION, DIES_AFTER, "deployments.settle us-1 #3"));
        assertConverges(chosen);
    }

    @Tag("long")
    @ParameterizedTest
    @EnumSource(
            mode = EnumSource.Mode.EXCLUDE,
            names = {"FLEET"})
    void a_plain_rerun_converges_after_a_replica_was_killed_at_any_call(Work work) throws Exception {
        // While a deletion ends, the replica looks again and again, and how often depends on the API server.
        SortedSet<String> points = new TreeSet<>(cleanRun(work).points());
        points.retainAll(cleanRun(work).points());
        List<Death> deaths = new ArrayList<>();
        for (String point : points) {
            deaths.add(new Death(work, DIES_BEFORE, point));
            deaths.add(new Death(work, DIES_AFTER, point));
        }
        assertConverges(deaths);
        int kills = deaths.size() - notReached.getAndSet(0);
        System.out.println("Fault suite: " + work + ": " + points.size() + " points, " + kills + " kills");
    }

    private static void assertConverges(List<Death> deaths) throws Exception {
        Map<Work, CleanRun> clean = new EnumMap<>(Work.class);
        deaths.forEach(death -> clean.computeIfAbsent(death.work(), KilledProcessTest::cleanRun));
        assertThat(deaths)
                .isNotEmpty()
                .allSatisfy(
                        death -> assertThat(clean.get(death.work()).points()).contains(death.point()));
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            List<Future<?>> running = new ArrayList<>();
            for (Death death : deaths) {
                running.add(threads.submit(() -> assertConverges(clean.get(death.work()), death)));
            }
            for (Future<?> run : running) {
                run.get();
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(installation.bystanderIsUntouched()).isTrue();
    }

    private static CleanRun cleanRun(Work work) {
        EnvironmentId id = newId("clean");
        work.prepare(installation, id);
        return CleanRun.of(work, installation, id);
    }

    private static void assertConverges(CleanRun clean, Death death) {
        int attempts = 1;
        while (!isConverging(clean, death)) {
            assertThat(attempts++)
                    .as("%s: attempts without a lost lease", death)
                    .isLessThan(ATTEMPTS);
        }
    }

    /** Returns false if the replica lost its lease before it could be killed, so that nothing was tried. */
    private static boolean isConverging(CleanRun clean, Death death) {
        EnvironmentId id = newId("killed");
        Consumer<NamespaceLifecycle> alsoTrue = death.work().prepare(installation, id);
        List<DeploymentRecord> before = installation.stores.deployments().findByEnvironments(List.of(id));
        try (ChildJvm child = ChildJvm.startForShortWork(
                KilledProcessTest.class,
                url,
                String.valueOf(fakes.port()),
                server.kubeconfigFile().toString(),
                id.value(),
                death.work().name(),
                death.kind().name(),
                death.point())) {
            String line = child.nextLine();
            if (line.equals(NOT_REACHED) && death.isAtRepeatedLook()) {
                notReached.incrementAndGet();
                return true;
            }
            if (line.equals(LEASE_LOST)) {
                return false;
            }
            assertThat(line).as("%s", death).isEqualTo(REACHED);
            child.kill();
        }
        try {
            clean.assertRecordsAreTrue(installation, id, before);
            clean.assertRerunConverges(installation, id, () -> {});
            try (NamespaceLifecycle last = installation.replica().build()) {
                alsoTrue.accept(last);
            }
        } catch (RuntimeException | AssertionError e) {
            throw new AssertionError(death + ": " + e.getMessage(), e);
        }
        return true;
    }

    private static EnvironmentId newId(String prefix) {
        return new EnvironmentId(server.newName(prefix));
    }

    private static PGSimpleDataSource database(String url) {
        PGSimpleDataSource database = new PGSimpleDataSource();
        database.setURL(url);
        return database;
    }

    private static Fabric8ClusterGateway real(KubernetesClient client) {
        return Fabric8ClusterGateway.builder().client(Installation.EU, client).build();
    }

    private static ClusterGateway gateway(ClusterGateway real, ClusterGateway fake) {
        return Gateways.routing(real, Map.of(Installation.US, fake));
    }

    /** The replica. At the point it prints a line and waits for its death, and makes no other call. */
    public static void main(String[] arguments) throws IOException {
        JdbcStores stores =
                JdbcStores.builder(database(arguments[0])).lease(LEASE).build();
        ClusterGateway fake = RemoteClusters.gateway(Integer.parseInt(arguments[1]));
        Config config = Config.fromKubeconfig(Files.readString(Path.of(arguments[2])));
        EnvironmentId id = new EnvironmentId(arguments[3]);
        Fault fault = new Fault(id.value(), arguments[6], Kind.valueOf(arguments[5]), KilledProcessTest::awaitDeath);
        try (KubernetesClient client =
                        new KubernetesClientBuilder().withConfig(config).build();
                Fabric8ClusterGateway real = real(client);
                NamespaceLifecycle lifecycle = NamespaceLifecycle.builder(
                                fault.calls.of(gateway(real, fake)), fault.calls.of(stores.stores()))
                        .build()) {
            Work.valueOf(arguments[4]).run(lifecycle, id);
        } catch (NamespaceException e) {
            if (!(e.getCause() instanceof LeaseLostException)
                    && Stream.of(e.getSuppressed()).noneMatch(LeaseLostException.class::isInstance)) {
                throw e;
            }
            System.out.println(LEASE_LOST);
            return;
        }
        System.out.println(NOT_REACHED);
    }

    private static void awaitDeath() {
        System.out.println(REACHED);
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
