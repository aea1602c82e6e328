package dev.namespaces.integration;

import static dev.namespaces.testkit.TestData.CLUSTER;
import static dev.namespaces.testkit.TestData.anEgressPolicy;
import static dev.namespaces.testkit.TestData.anEnvironment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.zaxxer.hikari.HikariDataSource;
import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.core.deploy.DeploymentReport;
import dev.namespaces.core.request.NamespaceRequest;
import dev.namespaces.error.HostTransactionException;
import dev.namespaces.error.OperationInterruptedException;
import dev.namespaces.jdbc.JdbcSchema;
import dev.namespaces.jdbc.JdbcStores;
import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.model.Target;
import dev.namespaces.model.TargetObject;
import dev.namespaces.testkit.FakeClusters;
import dev.namespaces.testkit.Faults.Fault;
import dev.namespaces.testkit.GatewayCall;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;

/**
 * Deploys with the whole engine on stores in a database, with few connections, short leases, and transactions of the
 * host.
 */
@Timeout(60)
class DeployOnDatabaseTest {

    private static final Duration LEASE = Duration.ofSeconds(1);

    private final String url = "jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1";
    private final HikariDataSource single = pool(1);
    private final HikariDataSource pool = pool(4);
    private final FakeClusters clusters = FakeClusters.of(CLUSTER.value());
    private final Environment dev = anEnvironment().id("shop-dev").build();
    private final Target target = new Target(dev.id(), CLUSTER);

    DeployOnDatabaseTest() {
        JdbcSchema.migrate(pool);
        JdbcStores.on(pool).environments().save(dev);
    }

    @AfterEach
    void close() {
        clusters.faults().clear();
        single.close();
        pool.close();
    }

    @Test
    void a_pool_of_one_connection_extends_a_lease_many_times() throws Exception {
        JdbcStores others = JdbcStores.on(pool);
        try (NamespaceLifecycle lifecycle =
                lifecycle(JdbcStores.builder(single).lease(LEASE).build())) {
            lifecycle.create(NamespaceRequest.of(dev.id(), "shop-web"));
            Fault slow = clusters.faults()
                    .on(call -> call instanceof GatewayCall.Create)
                    .once()
                    .block();
            CompletableFuture<DeploymentReport> deploying =
                    CompletableFuture.supplyAsync(() -> lifecycle.deploy(dev.id()));
            slow.awaitHits(1);

            Awaitility.await()
                    .during(LEASE.multipliedBy(3))
                    .atMost(LEASE.multipliedBy(10))
                    .until(() -> others.deploymentLock().tryAcquire(target).isEmpty());
            slow.remove();

            assertThat(deploying.get(30, TimeUnit.SECONDS).succeeded()).isTrue();
        }
    }

    @Test
    void an_interrupted_deployment_is_settled_although_the_pool_is_busy() throws Exception {
        JdbcStores stores = JdbcStores.on(single);
        try (NamespaceLifecycle lifecycle = lifecycle(stores)) {
            lifecycle.create(NamespaceRequest.of(dev.id(), "shop-web"));
            Fault slow = clusters.faults()
                    .on(call ->
                            call instanceof GatewayCall.Create && !call.kind().equals("Namespace"))
                    .once()
                    .arriveLaterIfInterrupted();
            AtomicReference<Throwable> thrown = new AtomicReference<>();
            Thread caller = new Thread(() -> thrown.set(catchThrowable(() -> lifecycle.deploy(dev.id()))));
            caller.start();
            slow.awaitHits(1);
            try (Connection busy = single.getConnection()) {
                assertThat(busy.isValid(1)).isTrue();
                caller.interrupt();
                Awaitility.await().until(() -> single.getHikariPoolMXBean().getThreadsAwaitingConnection() > 0);
            }
            caller.join();

            assertThat(thrown.get()).isInstanceOf(OperationInterruptedException.class);
            assertThat(stores.targetObjects().findPage(target, null, 10))
                    .extracting(TargetObject::open)
                    .containsExactlyInAnyOrder(false, true);
            assertThat(JdbcStores.on(pool).deploymentLock().tryAcquire(target)).isPresent();
        }
    }

    @Test
    void nothing_of_a_transaction_is_deployed_or_recorded_after_its_rollback() throws Exception {
        JdbcStores plain = JdbcStores.on(pool);
        try (Connection host = pool.getConnection();
                NamespaceLifecycle lifecycle = lifecycle(plain)) {
            lifecycle.create(NamespaceRequest.of(dev.id(), "shop-web"));
            lifecycle.deploy(dev.id());
            JdbcStores inTransaction = JdbcStores.builder(new SingleConnectionDataSource(host, true))
                    .deploymentDataSource(pool)
                    .inHostTransaction(() -> true)
                    .build();
            host.setAutoCommit(false);
            try (NamespaceLifecycle ofHost = lifecycle(inTransaction)) {
                inTransaction
                        .environments()
                        .save(anEnvironment().id("shop-dev").label("team", "x").build());
                inTransaction
                        .egressPolicies()
                        .save(anEgressPolicy()
                                .ofProject(dev.projectId().value())
                                .denyingAll()
                                .build());
                assertThatExceptionOfType(HostTransactionException.class)
                        .isThrownBy(() -> ofHost.ensureDeployed(dev.id()));
            }
            host.rollback();
            List<TargetObject> rows = plain.targetObjects().findPage(target, null, 10);

            assertThat(lifecycle.deploy(dev.id()).succeeded()).isTrue();

            assertThat(clusters.cluster(CLUSTER)
                            .find(ResourceRef.namespace("shop-web"))
                            .orElseThrow()
                            .getMetadata()
                            .getLabels())
                    .doesNotContainKey("team");
            assertThat(plain.targetObjects().findPage(target, null, 10)).isEqualTo(rows);
        }
    }

    @Test
    void as_many_transactions_as_connections_write_in_deployed_namespaces() throws Exception {
        int connections = pool.getMaximumPoolSize();
        List<String> names = names("shop", connections);
        CyclicBarrier together = new CyclicBarrier(connections);
        try (NamespaceLifecycle lifecycle =
                lifecycle(joiningTransactionsOf(pool).build())) {
            lifecycle.create(names.stream()
                    .map(name -> NamespaceRequest.of(dev.id(), name))
                    .toList());
            lifecycle.deploy(dev.id());

            List<CompletableFuture<Void>> writes = names.stream()
                    .map(name -> onAThread(() -> HostTransactions.spring(pool).rollBack(() -> {
                        await(together);
                        lifecycle.initializer().beforeApply(CLUSTER, name);
                        await(together);
                    })))
                    .toList();

            for (CompletableFuture<Void> write : writes) {
                write.get(30, TimeUnit.SECONDS);
            }
        }
    }

    @Test
    void the_pool_of_the_guide_serves_all_threads_and_all_leases_at_once() throws Exception {
        int threads = 6;
        GuidePage.of("docs/storage.md").assertContains("threads that call the stores at the same time, plus four");
        List<String> names = names("late", threads / 2);
        CountDownLatch deployed = new CountDownLatch(names.size());
        CyclicBarrier together = new CyclicBarrier(threads);
        try (HikariDataSource recommended = pool(threads + 4);
                NamespaceLifecycle lifecycle = lifecycle(
                        joiningTransactionsOf(recommended).lease(LEASE).build())) {
            lifecycle.create(NamespaceRequest.of(dev.id(), "shop-web"));
            lifecycle.deploy(dev.id());
            for (String name : names) {
                JdbcStores.on(pool).environments().save(anEnvironment().id(name).build());
                lifecycle.create(NamespaceRequest.of(new EnvironmentId(name), name));
            }
            Fault slow = clusters.faults()
                    .on(call -> call instanceof GatewayCall.Create)
                    .block();
            Stream<CompletableFuture<Void>> transactions = names.stream()
                    .map(name ->
                            onAThread(() -> HostTransactions.spring(recommended).rollBack(() -> {
                                await(together);
                                lifecycle.initializer().beforeApply(CLUSTER, "shop-web");
                                await(deployed);
                            })));
            Stream<CompletableFuture<Void>> deployments = names.stream()
                    .map(name -> onAThread(() -> {
                        await(together);
                        lifecycle.deploy(new EnvironmentId(name));
                        deployed.countDown();
                    }));
            List<CompletableFuture<Void>> all =
                    Stream.concat(transactions, deployments).toList();
            slow.awaitHits(names.size());
            JdbcStores others = JdbcStores.on(pool);
            Awaitility.await()
                    .during(LEASE.multipliedBy(2))
                    .atMost(LEASE.multipliedBy(10))
                    .until(() -> others.deploymentLock()
                            .tryAcquire(new Target(new EnvironmentId(names.get(0)), CLUSTER))
                            .isEmpty());

            slow.remove();

            for (CompletableFuture<Void> each : all) {
                each.get(30, TimeUnit.SECONDS);
            }
        }
    }

    private static List<String> names(String prefix, int count) {
        return IntStream.range(0, count).mapToObj(i -> prefix + "-" + i).toList();
    }

    private static JdbcStores.Builder joiningTransactionsOf(HikariDataSource pool) {
        return JdbcStores.builder(new TransactionAwareDataSourceProxy(pool)).deploymentDataSource(pool);
    }

    private static CompletableFuture<Void> onAThread(Runnable work) {
        return CompletableFuture.runAsync(work, task -> new Thread(task, "caller").start());
    }

    private static void await(CyclicBarrier barrier) {
        assertThatCode(() -> barrier.await(30, TimeUnit.SECONDS)).doesNotThrowAnyException();
    }

    private static void await(CountDownLatch latch) {
        assertThatCode(() -> assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue())
                .doesNotThrowAnyException();
    }

    private NamespaceLifecycle lifecycle(JdbcStores stores) {
        return NamespaceLifecycle.builder(clusters, stores.stores()).build();
    }

    private HikariDataSource pool(int connections) {
        HikariDataSource created = new HikariDataSource();
        created.setJdbcUrl(url);
        created.setMaximumPoolSize(connections);
        return created;
    }
}
