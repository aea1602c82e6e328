package dev.namespaces.integration;

import static dev.namespaces.testkit.TestData.CLUSTER;
import static dev.namespaces.testkit.TestData.anEnvironment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.core.request.NamespaceRequest;
import dev.namespaces.jdbc.JdbcStores;
import dev.namespaces.model.DeploymentRecord;
import dev.namespaces.model.Environment;
import dev.namespaces.testkit.FakeClusters;
import dev.namespaces.testkit.Faults.Fault;
import dev.namespaces.testkit.GatewayCall;
import dev.namespaces.testkit.RecordingClusterGateway;
import dev.namespaces.testservers.OnDatabaseServer;
import java.lang.Thread.State;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Far more callers than connections wait for the first deployment of a namespace. */
@OnDatabaseServer
@Timeout(120)
class ManyCallersOnDatabaseTest {

    private static final int CALLERS = 10_000;
    private static final Set<State> WAITING = EnumSet.of(State.WAITING, State.TIMED_WAITING, State.TERMINATED);

    private final FakeClusters clusters = FakeClusters.of(CLUSTER.value());
    private final RecordingClusterGateway gateway = new RecordingClusterGateway(clusters);
    private final Environment dev = anEnvironment().id("shop-dev").build();

    @Test
    void ten_thousand_callers_with_ten_connections_share_the_first_deployment() throws Exception {
        assertOneDeployment(Duration.ZERO);
    }

    /** As slow as the deployment behind which callers once failed. */
    @Test
    @Tag("long")
    void ten_thousand_callers_share_a_first_deployment_of_nineteen_seconds() throws Exception {
        assertOneDeployment(Duration.ofSeconds(19));
    }

    private void assertOneDeployment(Duration least) throws Exception {
        try (HikariDataSource pool =
                new HikariDataSource(DatabaseKind.pool(DatabaseKind.POSTGRESQL.newDatabase(), 10))) {
            JdbcStores stores = JdbcStores.on(pool);
            stores.environments().save(dev);
            Fault slow = clusters.faults()
                    .on(call -> call instanceof GatewayCall.Create)
                    .once()
                    .block();
            Map<String, Integer> failures = new ConcurrentHashMap<>();
            AtomicLong firstEnd = new AtomicLong(Long.MAX_VALUE);
            AtomicLong lastEnd = new AtomicLong();
            long start = System.nanoTime();
            try (NamespaceLifecycle lifecycle =
                    NamespaceLifecycle.builder(gateway, stores.stores()).build()) {
                lifecycle.create(NamespaceRequest.of(dev.id(), "shop-web"));
                List<Thread> callers = start(CALLERS, () -> {
                    Throwable thrown =
                            catchThrowable(() -> lifecycle.initializer().beforeApply(CLUSTER, "shop-web"));
                    long duration = System.nanoTime() - start;
                    firstEnd.accumulateAndGet(duration, Math::min);
                    lastEnd.accumulateAndGet(duration, Math::max);
                    if (thrown != null) {
                        failures.merge(thrown.toString(), 1, Integer::sum);
                    }
                });
                slow.awaitHits(1);
                await().atMost(Duration.ofSeconds(60))
                        .pollInterval(Duration.ofMillis(100))
                        .until(() -> System.nanoTime() - start > least.toNanos()
                                && callers.stream().allMatch(caller -> WAITING.contains(caller.getState())));

                slow.remove();
                for (Thread caller : callers) {
                    caller.join();
                }
            }

            System.out.printf(
                    "%d callers had their answer after %.2f x the time of the first one%n",
                    CALLERS, (double) lastEnd.get() / firstEnd.get());
            assertThat(failures).isEmpty();
            assertThat(gateway.calls(GatewayCall.Create.class)).hasSize(2);
            assertThat(stores.deployments().findByEnvironments(List.of(dev.id())))
                    .extracting(DeploymentRecord::revision)
                    .containsExactly(1L);
        }
    }

    private static List<Thread> start(int count, Runnable work) {
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Thread thread = new Thread(null, work, "caller", 256 * 1024);
            threads.add(thread);
            thread.start();
        }
        return threads;
    }
}
