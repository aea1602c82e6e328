package dev.namespaces.dbscheduler;

import static dev.namespaces.dbscheduler.Replica.NOW;
import static dev.namespaces.dbscheduler.Replica.target;
import static org.assertj.core.api.Assertions.assertThat;

import dev.namespaces.model.Target;
import dev.namespaces.testkit.Failure;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Rows of tasks that this version did not write, or that another serializer wrote. */
@Timeout(60)
class UnreadableRowTest {

    private static final Target DEV = target("shop-dev", "eu-1");
    private static final Target PROD = target("shop-prod", "eu-1");

    private final Replica replica = new Replica(Db.H2.create());

    @AfterEach
    void close() {
        replica.close();
    }

    private void failWithUnreadableNote() {
        replica.environment("shop-dev", "eu-1");
        replica.clusters.faults().on(call -> true).fail(Failure.unreachable());
        replica.targets.schedule(DEV, Urgency.CHANGE);
        replica.run();
        replica.execute("UPDATE scheduled_tasks SET task_data = X'00ff' WHERE task_instance = 'shop-dev/eu-1'");
    }

    @Test
    void a_target_whose_note_cannot_be_read_is_a_failed_target() {
        failWithUnreadableNote();
        replica.environment("shop-prod", "eu-1");
        replica.targets.schedule(PROD, Urgency.CHANGE);
        replica.run();

        assertThat(replica.targets.failed(null, 10))
                .extracting(FailedTarget::target)
                .containsExactly(DEV, PROD);
        assertThat(replica.targets.failed(null, 10).get(0).since()).isEqualTo(NOW);
    }

    @Test
    void a_target_whose_note_cannot_be_read_has_a_next_attempt() {
        failWithUnreadableNote();

        replica.runAfter(Duration.ofMinutes(1));

        assertThat(replica.due(DEV)).isAfter(replica.clock.now());
        assertThat(replica.targets.failed(null, 10).get(0).failures()).isEqualTo(2);
    }

    @Test
    void a_target_whose_note_cannot_be_read_survives_its_replica() {
        failWithUnreadableNote();
        replica.execute("UPDATE scheduled_tasks SET picked = TRUE, picked_by = 'dead', version = version + 1,"
                + " last_heartbeat = '2026-05-06 07:08:09' WHERE task_name = 'namespaces-target'");
        replica.clusters.faults().clear();

        replica.clock.tick(Duration.ofHours(1));
        replica.scheduler.runDeadExecutionDetection();
        replica.run();

        assertThat(replica.rows()).isZero();
        assertThat(replica.isDeployed("eu-1", "shop-dev-web")).isTrue();
    }

    @Test
    void a_row_that_names_no_target_disappears_when_it_is_due() {
        replica.environment("shop-dev", "eu-1");
        replica.clusters.faults().on(call -> true).fail(Failure.unreachable());
        replica.targets.schedule(DEV, Urgency.CHANGE);
        replica.execute("INSERT INTO scheduled_tasks (task_name, task_instance, execution_time, picked, version)"
                + " VALUES ('namespaces-target', 'no target', '2026-05-06 00:00:00', FALSE, 1)");

        replica.run();

        assertThat(replica.rows()).isEqualTo(1);
        assertThat(replica.targets.failed(null, 10))
                .extracting(FailedTarget::target)
                .containsExactly(DEV);
    }
}
