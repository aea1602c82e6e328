package dev.namespaces.dbscheduler;

import static dev.namespaces.dbscheduler.Replica.NOW;
import static dev.namespaces.dbscheduler.Replica.target;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.github.kagkarlsson.scheduler.Scheduler;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.Operation;
import dev.namespaces.error.Retry;
import dev.namespaces.error.StoreException;
import dev.namespaces.model.Target;
import java.time.Clock;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A scheduler that stops while a target is deployed. */
@Timeout(60)
class StoppingTest {

    private static final Target DEV = target("shop-dev", "eu-1");

    private final Replica replica = new Replica(Db.H2.create());
    private final TargetScheduler targets = TargetScheduler.builder(replica.lifecycle, replica.stores, replica.database)
            .clock(Clock.systemUTC())
            .build();

    private Scheduler started(Duration wait) {
        Scheduler scheduler = targets.customize(Scheduler.create(replica.database))
                .pollingInterval(Duration.ofMillis(20))
                .threads(2)
                .shutdownMaxWait(wait)
                .build();
        scheduler.start();
        return scheduler;
    }

    @AfterEach
    void close() {
        replica.close();
    }

    @Test
    void a_run_that_is_interrupted_is_no_failure_and_another_replica_goes_on() {
        replica.environment("shop-dev", "eu-1");
        var fault = replica.clusters.faults().on(call -> true).once().block();
        Scheduler first = started(Duration.ofMillis(50));
        targets.schedule(DEV, Urgency.CHANGE);
        fault.awaitHits(1);

        first.stop();

        assertThat(targets.failed(null, 10)).isEmpty();
        assertThat(replica.sql.queryForList(
                        "SELECT picked FROM scheduled_tasks WHERE task_name = 'namespaces-target'", Boolean.class))
                .containsExactly(false);
        fault.remove();
        Scheduler second = started(Duration.ofSeconds(30));
        try {
            await().until(() -> replica.rows() == 0);
            assertThat(replica.isDeployed("eu-1", "shop-dev-web")).isTrue();
        } finally {
            second.stop();
        }
    }

    @Test
    void a_run_ends_while_the_scheduler_waits_for_it() throws InterruptedException {
        replica.environment("shop-dev", "eu-1");
        var fault = replica.clusters.faults().on(call -> true).once().block();
        Scheduler scheduler = started(Duration.ofSeconds(30));
        targets.schedule(DEV, Urgency.CHANGE);
        fault.awaitHits(1);
        Thread stopping = new Thread(scheduler::stop, "stopping");
        stopping.start();
        await().until(() -> scheduler.getSchedulerState().isShuttingDown());

        fault.remove();
        stopping.join();

        assertThat(replica.rows()).isZero();
        assertThat(replica.isDeployed("eu-1", "shop-dev-web")).isTrue();
    }

    @Test
    void a_lifecycle_that_was_closed_first_leaves_the_target_to_another_replica() {
        replica.environment("shop-dev", "eu-1");
        replica.targets.schedule(DEV, Urgency.CHANGE);
        replica.lifecycle.close();

        replica.run();

        assertThat(replica.targets.failed(null, 10)).isEmpty();
        assertThat(replica.due(DEV)).isNotNull();
    }

    @Test
    void a_store_that_fails_because_of_the_interrupt_is_no_failure_of_the_target() {
        replica.environment("shop-dev", "eu-1");
        replica.targets.schedule(DEV, Urgency.CHANGE);
        replica.storeFailure = new StoreException(
                ErrorContext.of(Operation.DEPLOY), "environments", "any key", Retry.later(), "interrupted", null);

        Thread.currentThread().interrupt();
        replica.run();

        assertThat(Thread.interrupted()).isTrue();
        assertThat(replica.targets.failed(null, 10)).isEmpty();
        assertThat(replica.due(DEV)).isEqualTo(NOW);
    }
}
