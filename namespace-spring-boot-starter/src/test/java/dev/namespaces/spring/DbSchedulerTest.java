package dev.namespaces.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.boot.autoconfigure.DbSchedulerAutoConfiguration;
import com.github.kagkarlsson.scheduler.boot.config.DbSchedulerCustomizer;
import com.github.kagkarlsson.scheduler.task.Task;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.github.kagkarlsson.scheduler.task.schedule.Schedules;
import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.dbscheduler.SchedulerSchema;
import dev.namespaces.dbscheduler.TargetScheduler;
import dev.namespaces.dbscheduler.Urgency;
import dev.namespaces.model.Environment;
import dev.namespaces.testkit.FakeClusters;
import dev.namespaces.testkit.Faults;
import dev.namespaces.testkit.InMemoryStores;
import java.time.Duration;
import java.time.LocalTime;
import java.util.Optional;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.InitializingBean;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** Targets as tasks of the host's db-scheduler, with db-scheduler's own starter and without it. */
@Timeout(60)
class DbSchedulerTest {

    private static final String STARTER = "com.github.kagkarlsson.scheduler.boot";

    private final ApplicationContextRunner withoutStarter = Host.withFakes()
            .withUserConfiguration(Jobs.class)
            .withConfiguration(AutoConfigurations.of(NamespacesDbSchedulerAutoConfiguration.class));
    private final ApplicationContextRunner host = withoutStarter
            .withConfiguration(AutoConfigurations.of(DbSchedulerAutoConfiguration.class))
            .withPropertyValues(
                    "db-scheduler.table-name=jobs",
                    "db-scheduler.priority-enabled=true",
                    "db-scheduler.always-persist-timestamp-in-utc=true",
                    "db-scheduler.polling-interval=50ms");

    @Test
    void a_scheduled_target_is_deployed_by_the_starter_of_db_scheduler() {
        host.run(context -> {
            schedule(context);

            await().until(() -> isDeployed(context) && tasks(context) == 0);
        });
    }

    @Test
    void a_schedule_of_a_transaction_that_is_rolled_back_is_dropped() {
        host.run(context -> {
            new TransactionTemplate(context.getBean(DataSourceTransactionManager.class))
                    .executeWithoutResult(status -> {
                        schedule(context);
                        status.setRollbackOnly();
                    });

            assertThat(tasks(context)).isZero();
        });
    }

    @Test
    void the_round_of_a_customizer_is_a_task_of_the_scheduler() {
        host.withBean(
                        TargetSchedulerCustomizer.class,
                        () -> targets -> targets.round(Schedules.daily(LocalTime.MIDNIGHT), Duration.ofHours(1)))
                .run(context -> await().until(() -> tasks(context) == 1));
    }

    @Test
    void the_start_fails_if_the_scheduler_has_no_priorities() {
        host.withPropertyValues("db-scheduler.priority-enabled=false")
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .isInstanceOfSatisfying(
                                InvalidConfigurationPropertyValueException.class,
                                failure -> assertThat(failure.getName()).isEqualTo("db-scheduler.priority-enabled")));
    }

    @Test
    void targets_are_scheduled_for_other_replicas_if_this_one_has_no_scheduler() {
        host.withPropertyValues("db-scheduler.enabled=false").run(context -> {
            schedule(context);

            assertThat(tasks(context)).isEqualTo(1);
        });
    }

    @Test
    void a_target_is_scheduled_in_the_database_that_the_starter_polls() {
        DataSource tasks = new Host.Database().dataSource();
        SchedulerSchema.migrate(tasks, "jobs");
        host.withBean(DbSchedulerCustomizer.class, () -> new DbSchedulerCustomizer() {
                    @Override
                    public Optional<DataSource> dataSource() {
                        return Optional.of(tasks);
                    }
                })
                .run(context -> {
                    schedule(context);

                    assertThat(tasks(context)).isZero();
                    await().until(() -> isDeployed(context));
                });
    }

    @Test
    void a_scheduler_of_the_host_deploys_targets_without_the_starter() {
        withoutStarter
                .withClassLoader(new FilteredClassLoader(STARTER))
                .withUserConfiguration(OwnScheduler.class)
                .run(context -> {
                    schedule(context);

                    await().until(() -> isDeployed(context));
                });
    }

    @Test
    void a_scheduler_of_targets_of_the_host_replaces_ours() {
        NamespaceLifecycle lifecycle = NamespaceLifecycle.builder(FakeClusters.any(), new InMemoryStores().stores())
                .build();
        TargetScheduler own = TargetScheduler.builder(
                        lifecycle, new InMemoryStores().stores(), new Host.Database().dataSource())
                .build();

        host.withBean(TargetScheduler.class, () -> own)
                .run(context ->
                        assertThat(context).getBean(TargetScheduler.class).isSameAs(own));
    }

    @Test
    void the_scheduler_is_paused_before_the_lifecycle_is_closed() {
        host.run(context -> assertThat(context.getBean(SchedulerPause.class).getPhase())
                .as("Spring stops greater phases first")
                .isGreaterThan(context.getBean(LifecycleShutdown.class).getPhase()));
    }

    @Test
    void a_target_under_way_is_left_to_another_replica_by_a_shutdown() {
        host.run(context -> {
            Faults.Fault slow = context.getBean(FakeClusters.class)
                    .faults()
                    .on(call -> true)
                    .block();
            schedule(context);
            slow.awaitHits(1);
            DataSource database = context.getBean(DataSource.class);
            Scheduler scheduler = context.getBean(Scheduler.class);

            context.close();

            assertThat(scheduler.getSchedulerState().isPaused()).isTrue();
            assertThat(new JdbcTemplate(database)
                            .queryForMap("SELECT picked, consecutive_failures AS failures FROM jobs"))
                    .containsEntry("picked", false)
                    .containsEntry("failures", 0);
        });
    }

    private static void schedule(BeanFactory context) {
        Environment environment = Host.store(context);
        context.getBean(TargetScheduler.class).schedule(environment.id(), Urgency.PERSON);
    }

    private static boolean isDeployed(BeanFactory context) {
        return !context.getBean(FakeClusters.class)
                .cluster("eu-1")
                .objects("Namespace")
                .isEmpty();
    }

    private static long tasks(BeanFactory context) {
        return new JdbcTemplate(context.getBean(DataSource.class))
                .queryForObject("SELECT count(*) FROM jobs", Long.class);
    }

    @Configuration(proxyBeanMethods = false)
    static class Jobs {

        @Bean
        Task<?> jobOfTheHost() {
            return Tasks.oneTime("own").execute((instance, context) -> {});
        }

        // Before the scheduler, as a migration of the host is.
        @Bean
        static InitializingBean table(DataSource dataSource) {
            return () -> SchedulerSchema.migrate(dataSource, "jobs");
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnScheduler {

        @Bean
        TargetSchedulerCustomizer tableOfTheHost() {
            return targets -> targets.table("jobs");
        }

        @Bean(initMethod = "start", destroyMethod = "stop")
        Scheduler scheduler(DataSource dataSource, TargetScheduler targets) {
            return targets.customize(Scheduler.create(dataSource))
                    .pollingInterval(Duration.ofMillis(50))
                    .build();
        }
    }
}
