package dev.namespaces.integration;

import static dev.namespaces.testkit.TestData.anEnvironment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.task.schedule.Schedules;
import com.zaxxer.hikari.HikariDataSource;
import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.core.request.NamespaceRequest;
import dev.namespaces.dbscheduler.FailedTarget;
import dev.namespaces.dbscheduler.SchedulerSchema;
import dev.namespaces.dbscheduler.TargetScheduler;
import dev.namespaces.dbscheduler.Urgency;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.jdbc.JdbcStores;
import dev.namespaces.model.Environment;
import dev.namespaces.model.Target;
import dev.namespaces.spi.Stores;
import dev.namespaces.testkit.Failure;
import dev.namespaces.testkit.FakeClusters;
import java.time.Duration;
import java.time.LocalTime;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

/** The code of the guide to replicas is this class's code. */
@Timeout(60)
class ReplicasGuideTest {

    private static final Logger log = LoggerFactory.getLogger(ReplicasGuideTest.class);

    private final FakeClusters gateway = FakeClusters.of("eu-1", "us-1");
    private final HikariDataSource pool = new HikariDataSource(DatabaseKind.pool(DatabaseKind.H2.newDatabase(), 8));
    private final DataSource dataSource = new TransactionAwareDataSourceProxy(pool);
    private final JdbcStores jdbcStores = JdbcStores.builder(dataSource)
            .inHostTransaction(TransactionSynchronizationManager::isActualTransactionActive)
            .build();
    private final Stores stores = jdbcStores.stores();
    private final NamespaceLifecycle lifecycle =
            NamespaceLifecycle.builder(gateway, stores).build();
    private final TransactionTemplate transaction =
            new TransactionTemplate(new DataSourceTransactionManager(dataSource));
    private final Environment environment =
            anEnvironment().id("shop-dev").clusters("eu-1", "us-1").build();

    @BeforeEach
    void environment() {
        jdbcStores.environments().save(environment);
    }

    @AfterEach
    void close() {
        lifecycle.close();
        pool.close();
    }

    @Test
    void a_change_of_the_host_is_deployed_after_its_commit() {
        Started replica = start();
        try {
            createNamespace(replica.targets());
            await().untilAsserted(() -> assertThat(List.of("eu-1", "us-1"))
                    .allSatisfy(cluster -> assertThat(gateway.cluster(cluster).objects("Namespace"))
                            .hasSize(1)));
        } finally {
            replica.scheduler().stop();
        }
    }

    @Test
    void a_page_shows_what_has_failed() {
        gateway.faults().on(call -> true).fail(Failure.unreachable());
        Started replica = start();
        try {
            createNamespace(replica.targets());
            await().until(() -> showFailed(replica.targets()) == 2);
        } finally {
            replica.scheduler().stop();
        }
    }

    @Test
    void another_engine_gets_the_wait_until_the_next_attempt() {
        lifecycle.create(NamespaceRequest.of(environment.id(), "shop-dev-web"));
        Target target = environment.targets().get(0);
        var fault = gateway.faults().on(call -> true).fail(Failure.throttled(Duration.ofSeconds(7)));
        assertThat(deploy(target)).contains(Duration.ofSeconds(7));
        fault.remove();
        assertThat(deploy(target)).isEmpty();
    }

    // spotless:off
    /** The two objects that a replica has. */
    private record Started(TargetScheduler targets, Scheduler scheduler) {}

    private Started start() {
        // begin: setup
        SchedulerSchema.migrate(dataSource); // or the host's own table
        TargetScheduler targets = TargetScheduler.builder(lifecycle, stores, dataSource)
                .round(Schedules.daily(LocalTime.of(1, 0)), Duration.ofHours(4))
                .build();
        Scheduler scheduler = targets.customize(Scheduler.create(dataSource))
                .threads(20)
                .pollingInterval(Duration.ofSeconds(1))
                .heartbeatInterval(Duration.ofSeconds(30))
                .build();
        scheduler.start();
        // end: setup
        return new Started(targets, scheduler);
    }

    private void createNamespace(TargetScheduler targets) {
        // begin: change
        transaction.executeWithoutResult(status -> {
            lifecycle.create(NamespaceRequest.of(environment.id(), "shop-dev-web"));
            targets.schedule(environment.id(), Urgency.CHANGE); // Urgency.PERSON if a person waits for it
        });
        // end: change
    }

    private int showFailed(TargetScheduler targets) {
        // begin: failed
        List<FailedTarget> page = targets.failed(null, 100);
        for (FailedTarget each : page) {
            log.warn("{} fails since {}, next attempt {}: {}",
                    each.target(), each.since(), each.nextAttempt(), each.lastError());
        }
        // end: failed
        return page.size();
    }

    // begin: engine
    /** Returns how long to wait until the next attempt, or empty if the job is done. */
    Optional<Duration> deploy(Target target) {
        try {
            lifecycle.ensureDeployed(target); // a result, or empty if the target does not exist any more
            return Optional.empty();
        } catch (NamespaceException e) {
            if (!e.isRetryable()) {
                throw e; // somebody has to change something
            }
            return Optional.of(e.retryAfter().orElse(Duration.ofMinutes(1)));
        }
    }
    // end: engine
    // spotless:on
}
