package dev.namespaces.dbscheduler;

import com.github.kagkarlsson.scheduler.SchedulerBuilder;
import com.github.kagkarlsson.scheduler.jdbc.AutodetectJdbcCustomization;
import com.github.kagkarlsson.scheduler.jdbc.JdbcCustomization;
import com.github.kagkarlsson.scheduler.serializer.Serializer;
import com.github.kagkarlsson.scheduler.task.Task;
import com.github.kagkarlsson.scheduler.task.helper.CustomTask;
import com.github.kagkarlsson.scheduler.task.helper.RecurringTask;
import com.github.kagkarlsson.scheduler.task.schedule.Schedule;
import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.Operation;
import dev.namespaces.error.UnknownEnvironmentException;
import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Target;
import dev.namespaces.spi.Stores;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Deploys targets as tasks of db-scheduler, one task for each target. The table of tasks is in the host's database, so
 * many replicas share the work, and a target is deployed by one of them at a time. The host brings the
 * {@code Scheduler}, and {@link #customize} adds the tasks to it.
 *
 * <p>A task ends, and its row is deleted, once the target is deployed or no longer exists. After a retryable failure
 * the task runs again, after the wait that the failure asks for, and after growing waits. After any other failure it
 * runs with the next change or the next round. Safe to use from many threads at once.
 */
public final class TargetScheduler {

    private static final String TARGET_TASK = "namespaces-target";
    private static final String ROUND_TASK = "namespaces-round";

    private final Stores stores;
    private final Clock clock;
    private final String table;
    private final JdbcCustomization jdbc;
    private final Serializer serializer;
    private final TaskTable tasks;
    private final CustomTask<String> targetTask;
    private final @Nullable RecurringTask<Void> roundTask;

    private TargetScheduler(Builder builder) {
        stores = builder.stores;
        clock = builder.clock;
        table = builder.table;
        jdbc = builder.jdbc == null ? new AutodetectJdbcCustomization(builder.dataSource, true) : builder.jdbc;
        serializer = builder.serializer;
        tasks = new TaskTable(builder.dataSource, stores::inHostTransaction, table, TARGET_TASK, jdbc, serializer);
        targetTask = new TargetTask(builder.lifecycle, tasks, builder.retries).named(TARGET_TASK);
        roundTask = builder.round == null
                ? null
                : new Round(stores, tasks, clock, builder.window).named(ROUND_TASK, builder.round);
    }

    /**
     * Returns a builder.
     *
     * @param lifecycle deploys the targets; the host closes it after the scheduler has stopped
     * @param stores those of the lifecycle
     * @param dataSource leads to the table of tasks. If it takes part in the host's transactions,
     *     {@link #schedule(EnvironmentId, Urgency)} does, too
     */
    public static Builder builder(NamespaceLifecycle lifecycle, Stores stores, DataSource dataSource) {
        return new Builder(lifecycle, stores, dataSource);
    }

    /**
     * Adds our tasks to a scheduler, and sets what both must agree on: the table, the order by priority, the
     * serializer, the format of times and the clock.
     *
     * @return the same builder
     */
    public SchedulerBuilder customize(SchedulerBuilder scheduler) {
        scheduler.startTasks(List.of(targetTask));
        if (roundTask != null) {
            scheduler.startTasks(List.of(roundTask));
        }
        return scheduler
                .tableName(table)
                .enablePriority()
                .serializer(serializer)
                .jdbcCustomization(jdbc)
                .clock(clock::instant);
    }

    /** Returns the task that deploys a target, for a host that hands all of its tasks to its scheduler by itself. */
    public Task<?> targetTask() {
        return targetTask;
    }

    /** Returns the task of the round, or null if the builder was given none. */
    public @Nullable Task<?> roundTask() {
        return roundTask;
    }

    /**
     * Schedules all targets of the environment as {@link #schedule(Target, Urgency)} does.
     *
     * @throws UnknownEnvironmentException if there is no such environment
     */
    public void schedule(EnvironmentId id, Urgency urgency) {
        Environment environment = stores.environments().findByIds(List.of(id)).stream()
                .findFirst()
                .orElseThrow(
                        () -> new UnknownEnvironmentException(ErrorContext.of(Operation.SCHEDULE, id), List.of(id)));
        // In one order, so that two transactions that schedule the same targets do not wait for each other.
        new TreeSet<>(environment.targets()).forEach(target -> schedule(target, urgency));
    }

    /**
     * Schedules the target to be deployed as soon as possible. A target that is scheduled for later is brought forward,
     * and keeps the greater urgency. A target that is being deployed at this moment is deployed once more. In a
     * transaction of the host the schedule counts from the commit on; the transaction should be short, because the row
     * of the task is locked until then.
     *
     * @throws dev.namespaces.error.StoreException if the database fails
     */
    public void schedule(Target target, Urgency urgency) {
        tasks.schedule(target, clock.instant(), urgency);
    }

    /**
     * Returns a page of the targets that failed, or whose cluster is set aside, and that have not been deployed since
     * then. The order is that of the database.
     *
     * @param after the last target of the page before, or null for the first page
     * @param limit the most targets to return; fewer mean that this is the last page
     * @throws dev.namespaces.error.StoreException if the database fails
     */
    public List<FailedTarget> failed(@Nullable Target after, int limit) {
        return tasks.failed(after, limit);
    }

    /** Builds a {@link TargetScheduler}. Not safe to share between threads. */
    public static final class Builder {

        private final NamespaceLifecycle lifecycle;
        private final Stores stores;
        private DataSource dataSource;
        private String table = SchedulerSchema.DEFAULT_TABLE;
        private Serializer serializer = Serializer.DEFAULT_JAVA_SERIALIZER;
        private @Nullable JdbcCustomization jdbc;
        private Clock clock = Clock.systemUTC();
        private Retries retries = new Retries(Duration.ofSeconds(10), Duration.ofMinutes(15));
        private @Nullable Schedule round;
        private Duration window = Duration.ZERO;

        private Builder(NamespaceLifecycle lifecycle, Stores stores, DataSource dataSource) {
            this.lifecycle = Objects.requireNonNull(lifecycle, "lifecycle");
            this.stores = Objects.requireNonNull(stores, "stores");
            this.dataSource = Objects.requireNonNull(dataSource, "dataSource");
        }

        /** Sets the data source that leads to the table of tasks; that of the stores is the usual one. */
        public Builder dataSource(DataSource dataSource) {
            this.dataSource = Objects.requireNonNull(dataSource, "dataSource");
            return this;
        }

        /**
         * Sets when every target of the fleet is scheduled, in addition to changes; never by default. The targets are
         * due at random times of the window, the stalest ones first: those that are not known to be deployed, then
         * those whose deployment is longest ago. A target that is due or runs already is not scheduled again.
         *
         * @param schedule when a round begins, such as {@code Schedules.daily(LocalTime.of(1, 0))}
         * @param window from the beginning of a round until its last target is due; shorter than the time between two
         *     rounds
         * @throws IllegalArgumentException if the window is negative
         */
        public Builder round(Schedule schedule, Duration window) {
            if (window.isNegative()) {
                throw new IllegalArgumentException("The window must not be negative, is " + window);
            }
            this.round = Objects.requireNonNull(schedule, "schedule");
            this.window = window;
            return this;
        }

        /**
         * Sets how long to wait after failures that are retryable; from 10 seconds to 15 minutes by default. A failure
         * that asks for a longer wait gets it, up to 30 days.
         *
         * @param first the wait after the first failure, on average; it doubles with each further one
         * @param longest the longest wait, on average
         * @throws IllegalArgumentException if the first wait is not positive, or is longer than the longest
         */
        public Builder retries(Duration first, Duration longest) {
            this.retries = new Retries(first, longest);
            return this;
        }

        /**
         * Sets the name of the table; {@link SchedulerSchema#DEFAULT_TABLE} by default. The table must have the column
         * {@code priority}, and {@code task_instance} must have room for 127 characters and tell upper from lower case.
         * Lifecycles with different stores need different tables, because each would end the tasks of the other.
         */
        public Builder table(String name) {
            this.table = Objects.requireNonNull(name, "name");
            return this;
        }

        /** Sets the serializer of the scheduler; db-scheduler's default one by default. */
        public Builder serializer(Serializer serializer) {
            this.serializer = Objects.requireNonNull(serializer, "serializer");
            return this;
        }

        /**
         * Sets how the scheduler writes times; by default in UTC, as the table of {@link SchedulerSchema} needs it. A
         * host with a table of its own passes the customization that its scheduler has.
         */
        public Builder jdbcCustomization(JdbcCustomization jdbc) {
            this.jdbc = Objects.requireNonNull(jdbc, "jdbc");
            return this;
        }

        /** Sets the clock; the system's clock by default. */
        public Builder clock(Clock clock) {
            this.clock = Objects.requireNonNull(clock, "clock");
            return this;
        }

        /**
         * Returns the scheduler of targets.
         *
         * @throws dev.namespaces.error.StoreException if the database cannot be reached, or is not supported
         */
        public TargetScheduler build() {
            return new TargetScheduler(this);
        }
    }
}
