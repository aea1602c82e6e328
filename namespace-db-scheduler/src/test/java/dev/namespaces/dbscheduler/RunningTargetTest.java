package dev.namespaces.dbscheduler;

import static dev.namespaces.dbscheduler.Replica.NOW;
import static dev.namespaces.dbscheduler.Replica.target;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.namespaces.model.Target;
import dev.namespaces.testkit.Failure;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;
import org.springframework.transaction.support.TransactionTemplate;

/** What is scheduled while the target runs, or in a transaction of the host, is not lost, on each database. */
@Timeout(120)
class RunningTargetTest {

    private static final Target DEV = target("shop-dev", "eu-1");

    @ParameterizedTest
    @EnumSource
    void a_target_that_is_scheduled_while_it_runs_runs_once_more(Db db) {
        try (Replica replica = new Replica(db.create())) {
            replica.environment("shop-dev", "eu-1");
            scheduleOnceDuringTheRun(replica);
            replica.targets.schedule(DEV, Urgency.ROUND);

            replica.run();
            assertThat(replica.isDeployed("eu-1", "shop-dev-new")).isFalse();
            assertThat(replica.rows()).isEqualTo(1);

            // A clock of another replica may be ahead: the row is due a moment later.
            replica.runAfter(Duration.ofMillis(1));
            assertThat(replica.isDeployed("eu-1", "shop-dev-new")).isTrue();
            assertThat(replica.rows()).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_target_that_is_scheduled_while_it_fails_runs_at_once(Db db) {
        try (Replica replica = new Replica(db.create())) {
            replica.environment("shop-dev", "eu-1");
            scheduleOnceDuringTheRun(replica);
            var fault = replica.clusters.faults().on(call -> true).fail(Failure.forbidden());
            replica.targets.schedule(DEV, Urgency.CHANGE);

            replica.run();
            assertThat(replica.targets.failed(null, 10)).hasSize(1);
            fault.remove();

            replica.runAfter(Duration.ofMillis(1));
            assertThat(replica.isDeployed("eu-1", "shop-dev-new")).isTrue();
            assertThat(replica.rows()).isZero();
        }
    }

    /** Also with a clock that is behind that of the replica which scheduled the run. */
    private static void scheduleOnceDuringTheRun(Replica replica) {
        AtomicBoolean done = new AtomicBoolean();
        replica.onCall = cluster -> {
            if (done.compareAndSet(false, true)) {
                replica.namespace(DEV.environmentId(), "shop-dev-new");
                Tables.of(replica).schedule(DEV, NOW.minusSeconds(5), Urgency.CHANGE);
            }
        };
    }

    @ParameterizedTest
    @EnumSource
    void the_round_does_not_schedule_a_target_that_runs(Db db) {
        try (Replica replica = new Replica(db.create())) {
            replica.environment("shop-dev", "eu-1");
            replica.onCall = cluster -> Tables.of(replica).scheduleIfIdle(DEV, NOW, Urgency.ROUND);
            replica.targets.schedule(DEV, Urgency.CHANGE);

            replica.run();

            assertThat(replica.rows()).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_schedule_counts_from_the_commit_of_the_host(Db db) {
        try (Replica replica = new Replica(db.create())) {
            replica.environment("shop-dev", "eu-1");
            TransactionAwareDataSourceProxy aware = new TransactionAwareDataSourceProxy(replica.database);
            TransactionTemplate transaction = new TransactionTemplate(new DataSourceTransactionManager(aware));
            TargetScheduler targets = TargetScheduler.builder(replica.lifecycle, replica.stores, aware)
                    .build();

            assertThatThrownBy(() -> transaction.executeWithoutResult(status -> {
                        targets.schedule(DEV, Urgency.CHANGE);
                        throw new IllegalStateException("rolled back");
                    }))
                    .hasMessage("rolled back");
            assertThat(replica.rows()).isZero();

            transaction.executeWithoutResult(status -> {
                targets.schedule(DEV, Urgency.CHANGE);
                // The second one updates a row, which must not end the transaction.
                targets.schedule(DEV, Urgency.PERSON);
                assertThat(replica.committedRows()).isZero();
                assertThat(new JdbcTemplate(aware).queryForObject("SELECT 1", Integer.class))
                        .isEqualTo(1);
            });
            assertThat(replica.rows()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @EnumSource
    void the_table_exists_after_many_replicas_have_migrated_at_once(Db db) throws Exception {
        var database = db.create();
        var threads = Executors.newFixedThreadPool(4);
        try {
            var migrations = new ArrayList<Future<?>>();
            for (int i = 0; i < 8; i++) {
                migrations.add(threads.submit(() -> SchedulerSchema.migrate(database)));
            }
            for (var each : migrations) {
                each.get();
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(new JdbcTemplate(database).queryForObject("SELECT COUNT(*) FROM scheduled_tasks", Integer.class))
                .isZero();
    }

    @ParameterizedTest
    @EnumSource
    void a_second_table_has_its_own_name_and_its_own_indexes(Db db) throws SQLException {
        try (Replica replica = new Replica(db.create())) {
            SchedulerSchema.migrate(replica.database, "jobs");
            replica.builder().table("jobs").build().schedule(DEV, Urgency.CHANGE);

            assertThat(replica.rows()).isZero();
            assertThat(replica.sql.queryForList("SELECT task_instance FROM jobs", String.class))
                    .containsExactly("shop-dev/eu-1");
            Set<String> indexes = new HashSet<>();
            try (Connection connection = replica.database.getConnection()) {
                for (String name : List.of("jobs", "JOBS")) {
                    ResultSet index = connection.getMetaData().getIndexInfo(null, null, name, false, true);
                    while (index.next()) {
                        indexes.add(
                                String.valueOf(index.getString("INDEX_NAME")).toLowerCase(Locale.ROOT));
                    }
                }
            }
            assertThat(indexes).contains("jobs_by_time", "jobs_by_heartbeat", "jobs_by_priority");
        }
    }
}
