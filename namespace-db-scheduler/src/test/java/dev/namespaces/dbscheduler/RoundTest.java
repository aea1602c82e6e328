package dev.namespaces.dbscheduler;

import static dev.namespaces.dbscheduler.Replica.NOW;
import static dev.namespaces.dbscheduler.Replica.WINDOW;
import static dev.namespaces.dbscheduler.Replica.target;
import static dev.namespaces.testkit.TestData.anEnvironment;
import static org.assertj.core.api.Assertions.assertThat;

import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.Operation;
import dev.namespaces.error.Retry;
import dev.namespaces.error.StoreException;
import dev.namespaces.model.Target;
import dev.namespaces.testkit.Failure;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The recurring round schedules all targets, the stalest ones first. */
@Timeout(60)
class RoundTest {

    private static final Instant ROUND = Instant.parse("2026-05-07T01:00:00Z");

    private final Replica replica = new Replica(Db.H2.create());

    @AfterEach
    void close() {
        replica.close();
    }

    private void beginRound() {
        replica.clock.set(ROUND.minusMillis(1));
        replica.run();
        replica.clock.set(ROUND);
        replica.run();
    }

    @Test
    void the_stalest_targets_are_due_first_within_the_window() {
        List<String> order = List.of("never", "month", "week", "day", "hour");
        List<Duration> ages = List.of(Duration.ofDays(30), Duration.ofDays(7), Duration.ofDays(1), Duration.ofHours(1));
        order.forEach(id -> replica.environment(id, "eu-1"));
        for (int i = 1; i < order.size(); i++) {
            replica.clock.set(ROUND.minus(ages.get(i - 1)));
            replica.lifecycle.ensureDeployed(target(order.get(i), "eu-1"));
        }

        beginRound();

        List<Instant> due =
                order.stream().map(id -> replica.due(target(id, "eu-1"))).toList();
        assertThat(due).isSorted().allSatisfy(each -> assertThat(each).isBetween(ROUND, ROUND.plus(WINDOW)));
        for (int i = 0; i < due.size(); i++) {
            assertThat(due.get(i))
                    .isAfterOrEqualTo(ROUND.plus(WINDOW.dividedBy(5).multipliedBy(i)));
        }
        replica.runAfter(WINDOW);
        assertThat(replica.rows()).isZero();
        assertThat(replica.isDeployed("eu-1", "never-web")).isTrue();
    }

    @Test
    void every_target_of_many_pages_is_scheduled_once() {
        for (int i = 0; i < 1_234; i++) {
            replica.inMemory
                    .environments()
                    .save(anEnvironment().id("e" + i).clusters("eu-1", "us-1").build());
        }

        beginRound();

        assertThat(replica.rows()).isEqualTo(2 * 1_234);
        List<Instant> due = replica.sql.queryForList(
                "SELECT execution_time FROM scheduled_tasks WHERE task_name = 'namespaces-target' ORDER BY 1",
                Instant.class);
        assertThat(Duration.between(due.get(0), due.get(due.size() - 1)))
                .isGreaterThan(WINDOW.multipliedBy(9).dividedBy(10));
    }

    @Test
    void an_environment_that_cannot_be_read_keeps_no_other_from_the_round() {
        replica.environment("shop-dev", "eu-1");
        replica.environment("shop-prod", "eu-1");
        replica.unreadableEnvironment = target("shop-dev", "eu-1").environmentId();

        beginRound();

        assertThat(replica.due(target("shop-prod", "eu-1"))).isNotNull();
        assertThat(replica.due(target("shop-dev", "eu-1"))).isNull();
    }

    @Test
    void a_target_whose_record_cannot_be_read_is_as_stale_as_one_that_has_none() {
        Target broken = target("broken", "eu-1");
        Target fresh = target("fresh", "eu-1");
        for (Target each : List.of(broken, fresh)) {
            replica.environment(each.environmentId().value(), "eu-1");
            replica.lifecycle.ensureDeployed(each);
        }
        replica.unreadableRecords = broken.environmentId();

        beginRound();

        assertThat(replica.due(broken)).isBefore(ROUND.plus(WINDOW.dividedBy(2)));
        assertThat(replica.due(fresh)).isAfterOrEqualTo(ROUND.plus(WINDOW.dividedBy(2)));
    }

    @Test
    void a_round_during_which_the_store_is_away_begins_again() {
        replica.environment("shop-dev", "eu-1");
        replica.storeFailure = new StoreException(
                ErrorContext.of(Operation.FIND), "environments", "a page", Retry.later(), "away", null);
        beginRound();
        assertThat(replica.due(target("shop-dev", "eu-1"))).isNull();
        replica.storeFailure = null;

        replica.runAfter(Duration.ofMinutes(1));

        assertThat(replica.due(target("shop-dev", "eu-1"))).isNotNull();
    }

    @Test
    void a_target_whose_failure_does_not_pass_is_tried_again() {
        replica.environment("shop-dev", "eu-1");
        Target dev = target("shop-dev", "eu-1");
        var fault = replica.clusters.faults().on(call -> true).fail(Failure.forbidden());
        replica.targets.schedule(dev, Urgency.CHANGE);
        replica.run();
        fault.remove();
        assertThat(replica.due(dev)).isEqualTo(NOW.plus(Duration.ofDays(30)));

        beginRound();
        replica.runAfter(WINDOW);

        assertThat(replica.rows()).isZero();
        assertThat(replica.isDeployed("eu-1", "shop-dev-web")).isTrue();
    }

    @Test
    void a_target_that_is_scheduled_is_not_put_off() {
        replica.environment("shop-dev", "eu-1");
        Target dev = target("shop-dev", "eu-1");
        Tables.of(replica).schedule(dev, ROUND, Urgency.PERSON);

        replica.clock.set(ROUND.minusMillis(1));
        replica.run();
        Tables.of(replica).scheduleIfIdle(dev, ROUND.plus(WINDOW), Urgency.ROUND);

        assertThat(replica.due(dev)).isEqualTo(ROUND);
        assertThat(replica.sql.queryForObject(
                        "SELECT priority FROM scheduled_tasks WHERE task_name = 'namespaces-target'", Integer.class))
                .isEqualTo(Urgency.PERSON.priority());
    }

    @Test
    void places_follow_the_ages_of_many_targets() {
        Random random = new Random(4711);
        Ages ages = new Ages(NOW);
        for (int i = 0; i < 10_000; i++) {
            ages.count(i < 1_000 ? null : NOW.minusSeconds(60L * i));
        }
        ages.counted();

        assertThat(ages.place(null, random)).isBetween(0.0, 0.1);
        for (int i = 1_000; i < 10_000; i += 500) {
            double exact = 0.1 + 0.9 * (9_999 - i) / 9_000;
            assertThat(ages.place(NOW.minusSeconds(60L * i), random)).isBetween(exact - 0.01, exact + 0.01);
        }
        assertThat(ages.place(NOW.plusSeconds(9), random)).isLessThan(1.0);
    }
}
