package dev.namespaces.dbscheduler;

import com.github.kagkarlsson.scheduler.task.CompletionHandler;
import com.github.kagkarlsson.scheduler.task.Execution;
import com.github.kagkarlsson.scheduler.task.ExecutionComplete;
import com.github.kagkarlsson.scheduler.task.helper.CustomTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import dev.namespaces.core.LifecycleClosedException;
import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.core.deploy.DeploymentFailedException;
import dev.namespaces.error.ClusterSetAsideException;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.OperationInterruptedException;
import dev.namespaces.model.Shown;
import dev.namespaces.model.Target;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Deploys the target of a row, then deletes the row or sets the time of the next attempt. */
final class TargetTask {

    private static final Logger log = LoggerFactory.getLogger(TargetTask.class);

    private final NamespaceLifecycle lifecycle;
    private final TaskTable table;
    private final Retries retries;

    TargetTask(NamespaceLifecycle lifecycle, TaskTable table, Retries retries) {
        this.lifecycle = lifecycle;
        this.table = table;
        this.retries = retries;
    }

    /** Returns the task for db-scheduler. Its data is the text of a {@link FailureNote}, or null. */
    CustomTask<String> named(String name) {
        return Tasks.custom(name, String.class)
                .onFailure((complete, operations) -> failed(complete))
                .onDeadExecution((complete, operations) -> runAgain(complete))
                .execute((instance, context) -> deploy(context.getExecution()));
    }

    /**
     * Deploys the target, and returns what ends the run. An exception is a failure of the target, which {@link #failed}
     * ends.
     */
    private CompletionHandler<String> deploy(Execution run) {
        Target target;
        try {
            target = TaskIds.target(run.getId());
        } catch (IllegalArgumentException e) {
            log.error("The task {} names no target, so its row is removed", Shown.name(run.getId()), e);
            return (complete, operations) -> end(run, () -> table.remove(run));
        }
        try {
            lifecycle.ensureDeployed(target);
            return (complete, operations) -> end(run, () -> table.remove(run));
        } catch (NamespaceException e) {
            List<NamespaceException> causes = e instanceof DeploymentFailedException failed
                    ? failed.report().failures()
                    : List.of(e);
            if (causes.stream().allMatch(ClusterSetAsideException.class::isInstance)) {
                return (complete, operations) -> end(run, () -> waitForCluster(complete, e));
            }
            if (causes.stream().anyMatch(TargetTask::isStop)) {
                return (complete, operations) -> runAgain(complete);
            }
            throw e;
        }
    }

    private static boolean isStop(NamespaceException cause) {
        return cause instanceof OperationInterruptedException || cause instanceof LifecycleClosedException;
    }

    private boolean waitForCluster(ExecutionComplete complete, NamespaceException setAside) {
        Execution run = complete.getExecution();
        Instant now = complete.getTimeDone();
        FailureNote note = FailureNote.of(setAside, note(run), now);
        Duration wait = retries.whileSetAside(
                setAside.retryAfter().orElse(retries.first()),
                Duration.between(note.since(), now),
                ThreadLocalRandom.current());
        return table.release(run, now.plus(wait), run.consecutiveFailures, run.lastFailure, note);
    }

    /** Makes the task due at once for any replica, after the replica that ran it has stopped or died. */
    private void runAgain(ExecutionComplete complete) {
        Execution run = complete.getExecution();
        end(run, () -> table.release(run, complete.getTimeDone(), run.consecutiveFailures, run.lastFailure, note(run)));
    }

    private void failed(ExecutionComplete complete) {
        if (Thread.currentThread().isInterrupted()) {
            // A driver that refuses to work on an interrupted thread says nothing about the target.
            runAgain(complete);
            return;
        }
        Execution run = complete.getExecution();
        Instant now = complete.getTimeDone();
        Throwable failure = complete.getCause().orElseThrow();
        int failures = run.consecutiveFailures + 1;
        Instant next = now.plus(retries.after(failure, failures, ThreadLocalRandom.current()));
        end(run, () -> table.release(run, next, failures, now, FailureNote.of(failure, note(run), now)));
    }

    /**
     * Writes the end of a run.
     *
     * @param end returns whether the row was still that of the run
     */
    private static void end(Execution run, BooleanSupplier end) {
        // A scheduler that stops interrupts its threads, and drivers refuse to work then.
        boolean interrupted = Thread.interrupted();
        try {
            if (!end.getAsBoolean()) {
                log.info(
                        "The task {} was taken for dead, and belongs to another replica now; its heartbeat limit may be"
                                + " too short",
                        run.getId());
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static @Nullable FailureNote note(Execution run) {
        Instant failed = run.lastFailure == null ? run.executionTime : run.lastFailure;
        return FailureNote.read(() -> (String) run.taskInstance.getData(), failed);
    }
}
