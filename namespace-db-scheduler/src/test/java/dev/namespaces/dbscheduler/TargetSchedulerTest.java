package dev.namespaces.dbscheduler;

import static dev.namespaces.dbscheduler.Replica.NOW;
import static dev.namespaces.dbscheduler.Replica.target;
import static dev.namespaces.testkit.TestData.anEnvironment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.namespaces.error.UnknownEnvironmentException;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Target;
import dev.namespaces.testkit.Failure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The life of a target's task. */
@Timeout(60)
class TargetSchedulerTest {

    private static final Target DEV = target("shop-dev", "eu-1");

    private final Replica replica = new Replica(Db.H2.create());

    @AfterEach
    void close() {
        replica.close();
    }

    @Test
    void a_target_that_was_scheduled_is_deployed_and_has_no_task_afterwards() {
        replica.environment("shop-dev", "eu-1", "us-1");
        replica.targets.schedule(DEV.environmentId(), Urgency.CHANGE);
        assertThat(replica.rows()).isEqualTo(2);

        replica.run();

        assertThat(replica.isDeployed("eu-1", "shop-dev-web")).isTrue();
        assertThat(replica.isDeployed("us-1", "shop-dev-web")).isTrue();
        assertThat(replica.rows()).isZero();
    }

    @Test
    void an_environment_that_does_not_exist_is_not_scheduled() {
        assertThatThrownBy(() -> replica.targets.schedule(new EnvironmentId("unknown"), Urgency.CHANGE))
                .isInstanceOf(UnknownEnvironmentException.class);
    }

    @Test
    void a_target_that_waits_is_brought_forward_and_never_put_off() {
        replica.environment("shop-dev", "eu-1");
        var fault = replica.clusters.faults().on(call -> true).fail(Failure.unreachable());
        replica.targets.schedule(DEV, Urgency.CHANGE);
        replica.run();
        assertThat(replica.due(DEV)).isAfter(NOW);
        fault.remove();

        replica.targets.schedule(DEV, Urgency.PERSON);
        assertThat(replica.due(DEV)).isEqualTo(NOW);
        replica.clock.tick(Duration.ofSeconds(1));
        replica.targets.schedule(DEV, Urgency.CHANGE);
        assertThat(replica.due(DEV)).isEqualTo(NOW);

        replica.run();
        assertThat(replica.rows()).isZero();
    }

    @Test
    void the_task_of_a_target_that_is_gone_ends() {
        replica.environment("shop-dev", "us-1");
        replica.targets.schedule(DEV, Urgency.CHANGE);
        replica.targets.schedule(target("gone", "eu-1"), Urgency.CHANGE);

        replica.run();

        assertThat(replica.rows()).isZero();
        replica.gateway.assertThat().hasSeenNoCall();
    }

    @Test
    void a_failure_that_may_pass_is_tried_again_after_growing_waits() {
        replica.environment("shop-dev", "eu-1");
        var fault = replica.clusters.faults().on(call -> true).fail(Failure.unreachable());
        replica.targets.schedule(DEV, Urgency.CHANGE);
        replica.run();

        Duration before = Duration.ZERO;
        for (int failures = 1; failures <= 12; failures++) {
            FailedTarget failed = replica.targets.failed(null, 10).get(0);
            assertThat(failed.failures()).isEqualTo(failures);
            assertThat(failed.since()).isEqualTo(NOW);
            Duration wait = Duration.between(replica.clock.now(), failed.nextAttempt());
            long doubled = Math.min(10L << (failures - 1), 15 * 60);
            assertThat(wait).isBetween(Duration.ofSeconds(doubled).dividedBy(2), Duration.ofSeconds(doubled * 3 / 2));
            before = before.plus(wait);
            replica.runAfter(wait);
        }
        assertThat(before).isGreaterThan(Duration.ofMinutes(30));
        fault.remove();

        replica.runAfter(Duration.ofMinutes(23));
        assertThat(replica.targets.failed(null, 10)).isEmpty();
        assertThat(replica.isDeployed("eu-1", "shop-dev-web")).isTrue();
    }

    @Test
    void a_failure_waits_at_least_as_long_as_it_says() {
        replica.environment("shop-dev", "eu-1");
        replica.clusters.faults().on(call -> true).fail(Failure.throttled(Duration.ofMinutes(2)));
        replica.targets.schedule(DEV, Urgency.CHANGE);

        replica.run();

        assertThat(replica.due(DEV)).isBetween(NOW.plusSeconds(120), NOW.plusSeconds(130));
    }

    @Test
    void a_failure_that_asks_for_centuries_waits_as_long_as_one_that_does_not_pass() {
        replica.environment("shop-dev", "eu-1");
        var fault =
                replica.clusters.faults().on(call -> true).fail(Failure.throttled(Duration.ofSeconds(Long.MAX_VALUE)));
        replica.targets.schedule(DEV, Urgency.CHANGE);
        replica.run();
        assertThat(replica.due(DEV)).isBetween(NOW.plus(Duration.ofDays(30)), NOW.plus(Duration.ofDays(31)));
        fault.remove();

        replica.targets.schedule(DEV, Urgency.PERSON);
        replica.run();

        assertThat(replica.rows()).isZero();
    }

    @Test
    void a_failure_that_asks_for_a_time_in_the_past_waits_as_any_other() {
        replica.environment("shop-dev", "eu-1");
        replica.clusters.faults().on(call -> true).fail(Failure.throttled(Duration.ofMinutes(-2)));
        replica.targets.schedule(DEV, Urgency.CHANGE);

        replica.run();

        assertThat(replica.due(DEV)).isBetween(NOW.plusSeconds(5), NOW.plusSeconds(15));
    }

    @Test
    void a_cluster_that_is_set_aside_for_centuries_does_not_keep_its_targets_picked() {
        replica.environment("shop-dev", "eu-1");
        replica.setAside.put(DEV.clusterId(), Duration.ofSeconds(Long.MAX_VALUE));
        replica.targets.schedule(DEV, Urgency.CHANGE);
        replica.run();
        assertThat(replica.due(DEV)).isAfter(NOW);
        replica.setAside.clear();

        replica.targets.schedule(DEV, Urgency.PERSON);
        replica.run();

        assertThat(replica.rows()).isZero();
    }

    @Test
    void a_failure_that_does_not_pass_waits_for_a_change() {
        replica.environment("shop-dev", "eu-1");
        var fault = replica.clusters.faults().on(call -> true).fail(Failure.forbidden());
        replica.targets.schedule(DEV, Urgency.CHANGE);
        replica.run();
        assertThat(replica.targets.failed(null, 10).get(0).failures()).isEqualTo(1);
        fault.remove();
        replica.gateway.forgetCalls();

        replica.runAfter(Duration.ofDays(20));
        replica.gateway.assertThat().hasSeenNoCall();

        replica.targets.schedule(DEV, Urgency.CHANGE);
        replica.run();
        assertThat(replica.rows()).isZero();
    }

    @Test
    void an_exception_that_is_not_ours_may_pass_and_its_text_is_escaped() {
        replica.environment("shop-dev", "eu-1");
        replica.storeFailure = new IllegalStateException("red\u001b[31m\nsecond line");
        replica.targets.schedule(DEV, Urgency.CHANGE);
        replica.run();

        FailedTarget failed = replica.targets.failed(null, 10).get(0);
        assertThat(failed.target()).isEqualTo(DEV);
        assertThat(failed.lastError())
                .contains("red\\u001b[31m\\u000asecond line")
                .doesNotContain("\n", "\u001b");
        assertThat(failed.nextAttempt()).isBefore(NOW.plusSeconds(16));
    }

    @Test
    void a_cluster_that_is_set_aside_is_no_failure_of_its_targets() {
        replica.environment("shop-dev", "eu-1");
        replica.setAside.put(DEV.clusterId(), Duration.ofSeconds(30));
        replica.targets.schedule(DEV, Urgency.CHANGE);

        replica.run();

        FailedTarget waiting = replica.targets.failed(null, 10).get(0);
        assertThat(waiting.failures()).isZero();
        assertThat(waiting.lastError()).contains("left alone for PT30S");
        assertThat(waiting.nextAttempt()).isBetween(NOW.plusSeconds(30), NOW.plusSeconds(60));
        replica.gateway.assertThat().hasSeenNoCall();

        replica.setAside.clear();
        replica.runAfter(Duration.ofSeconds(60));
        assertThat(replica.rows()).isZero();
    }

    @Test
    void pages_of_failed_targets_have_each_one_once() {
        replica.clusters.faults().on(call -> true).fail(Failure.unreachable());
        for (int i = 0; i < 5; i++) {
            replica.environment("shop-" + i, "eu-1");
            replica.targets.schedule(target("shop-" + i, "eu-1"), Urgency.CHANGE);
        }
        replica.targets.schedule(target("never-run", "eu-1"), Urgency.CHANGE);
        replica.execute("UPDATE scheduled_tasks SET execution_time = '2030-01-01 00:00:00'"
                + " WHERE task_instance = 'never-run/eu-1'");
        replica.run();

        List<Target> found = new ArrayList<>();
        List<FailedTarget> page = replica.targets.failed(null, 2);
        while (!page.isEmpty()) {
            page.forEach(each -> found.add(each.target()));
            page = replica.targets.failed(found.get(found.size() - 1), 2);
        }

        assertThat(found)
                .hasSize(5)
                .doesNotHaveDuplicates()
                .allMatch(each -> each.environmentId().value().startsWith("shop-"));
    }

    @Test
    void a_person_is_served_before_a_change_and_a_change_before_the_round() {
        List<String> order = List.of("person", "change", "change-later", "round");
        order.forEach(id -> replica.environment(id, id));
        Set<String> called = Collections.synchronizedSet(new LinkedHashSet<>());
        replica.onCall = cluster -> called.add(cluster.value());
        TaskTable table = Tables.of(replica);
        table.schedule(target("round", "round"), NOW.minusSeconds(9), Urgency.ROUND);
        table.schedule(target("change-later", "change-later"), NOW.minusSeconds(1), Urgency.CHANGE);
        table.schedule(target("change", "change"), NOW.minusSeconds(2), Urgency.CHANGE);
        table.schedule(target("person", "person"), NOW, Urgency.ROUND);
        table.schedule(target("person", "person"), NOW, Urgency.PERSON);

        replica.run();

        assertThat(called).containsExactlyElementsOf(order);
    }

    @Test
    void the_task_of_a_replica_that_died_is_run_by_another_one() {
        replica.environment("shop-dev", "eu-1");
        replica.targets.schedule(DEV, Urgency.CHANGE);
        replica.execute("UPDATE scheduled_tasks SET picked = TRUE, picked_by = 'dead', version = version + 1,"
                + " last_heartbeat = '2026-05-06 07:08:09' WHERE task_name = 'namespaces-target'");

        replica.run();
        assertThat(replica.isDeployed("eu-1", "shop-dev-web")).isFalse();

        replica.clock.tick(Duration.ofHours(1));
        replica.scheduler.runDeadExecutionDetection();
        assertThat(replica.targets.failed(null, 10)).isEmpty();
        replica.run();
        assertThat(replica.isDeployed("eu-1", "shop-dev-web")).isTrue();
        assertThat(replica.rows()).isZero();
    }

    @Test
    void a_run_that_was_taken_for_dead_leaves_the_row_of_its_successor() {
        replica.environment("shop-dev", "eu-1");
        replica.targets.schedule(DEV, Urgency.CHANGE);
        replica.onCall = cluster -> replica.execute(
                "UPDATE scheduled_tasks SET version = version + 1, picked_by = 'successor' WHERE picked = TRUE");

        replica.run();

        assertThat(replica.sql.queryForList("SELECT picked_by FROM scheduled_tasks WHERE picked", String.class))
                .containsExactly("successor");
    }

    @Test
    void the_longest_ids_fit_and_keep_their_case() {
        String a = "A" + "a".repeat(62);
        Target upper = target(a, a);
        Target lower = target(a.toLowerCase(java.util.Locale.ROOT), a);

        replica.targets.schedule(upper, Urgency.CHANGE);
        replica.targets.schedule(lower, Urgency.CHANGE);

        assertThat(replica.rows()).isEqualTo(2);
        assertThat(TaskIds.target(TaskIds.of(upper))).isEqualTo(upper);
        assertThat(anEnvironment().id(a).build().id()).isEqualTo(upper.environmentId());
    }
}
