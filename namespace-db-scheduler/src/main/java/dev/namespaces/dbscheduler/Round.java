package dev.namespaces.dbscheduler;

import com.github.kagkarlsson.scheduler.SchedulerState;
import com.github.kagkarlsson.scheduler.task.FailureHandler;
import com.github.kagkarlsson.scheduler.task.helper.RecurringTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.github.kagkarlsson.scheduler.task.schedule.Schedule;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.model.DeploymentRecord;
import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Target;
import dev.namespaces.spi.Stores;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Schedules every target of the fleet within a window of time, the stalest ones first. It reads the fleet twice, page
 * by page: once for the ages, and once to schedule. Its memory does not grow with the fleet.
 */
final class Round {

    private static final Logger log = LoggerFactory.getLogger(Round.class);

    private static final int PAGE = 500;
    private static final Duration RETRY = Duration.ofMinutes(1);

    private final Stores stores;
    private final TaskTable table;
    private final Clock clock;
    private final Duration window;

    Round(Stores stores, TaskTable table, Clock clock, Duration window) {
        this.stores = stores;
        this.table = table;
        this.clock = clock;
        this.window = window;
    }

    /** Returns the task for db-scheduler. A round that was interrupted begins again, which puts no target off. */
    RecurringTask<Void> named(String name, Schedule schedule) {
        return Tasks.recurring(name, schedule)
                .onFailure(new FailureHandler.OnFailureRetryLater<>(RETRY))
                .onDeadExecutionRevive()
                .execute((instance, context) -> run(context.getSchedulerState()));
    }

    private void run(SchedulerState scheduler) {
        Instant start = clock.instant();
        Ages ages = new Ages(start);
        forEachTarget(scheduler, (target, deployedAt) -> ages.count(deployedAt));
        ages.counted();
        forEachTarget(scheduler, (target, deployedAt) -> {
            double place = ages.place(deployedAt, ThreadLocalRandom.current());
            Instant due = start.plusMillis((long) ((double) window.toMillis() * place));
            table.scheduleIfIdle(target, due, Urgency.ROUND);
        });
    }

    private void forEachTarget(SchedulerState scheduler, BiConsumer<Target, @Nullable Instant> action) {
        EnvironmentId last = null;
        List<EnvironmentId> page = stores.environments().findIds(null, PAGE);
        while (!page.isEmpty()) {
            if (scheduler.isShuttingDown()) {
                throw new CancellationException("The scheduler stops");
            }
            Map<Target, Instant> deployedAt = new HashMap<>();
            for (DeploymentRecord each : readable(page, stores.deployments()::findByEnvironments)) {
                DeploymentRecord.Completion completion = each.completion();
                if (completion != null) {
                    deployedAt.put(each.target(), completion.deployedAt());
                }
            }
            for (Environment environment : readable(page, stores.environments()::findByIds)) {
                environment.targets().forEach(target -> action.accept(target, deployedAt.get(target)));
            }
            EnvironmentId next = page.get(page.size() - 1);
            if (last != null && last.compareTo(next) >= 0) {
                throw new IllegalStateException("The environment store returned the id " + next + " after " + last
                        + ", which is not their order");
            }
            last = next;
            page = page.size() < PAGE ? List.of() : stores.environments().findIds(last, PAGE);
        }
    }

    /**
     * Reads what belongs to the environments of a page. Rows that cannot be read are left out, so that they keep no
     * other target from the round. A failure that may pass is thrown, and the round begins again.
     */
    private static <T> List<T> readable(List<EnvironmentId> page, Function<List<EnvironmentId>, List<T>> store) {
        try {
            return store.apply(page);
        } catch (NamespaceException e) {
            if (e.isRetryable()) {
                throw e;
            }
            if (page.size() == 1) {
                log.error("The round goes on without rows of the environment {}", page.get(0), e);
                return List.of();
            }
            return page.stream()
                    .flatMap(id -> readable(List.of(id), store).stream())
                    .toList();
        }
    }
}
