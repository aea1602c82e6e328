package dev.namespaces.core;

import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.OperationInterruptedException;
import dev.namespaces.model.ClusterId;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Work for several clusters that one caller waits for. However it is left, nothing of it is still under way afterwards:
 * {@link #close()} interrupts what runs and waits for its end, so that nobody writes to a cluster after the caller's
 * locks are given back.
 */
final class TaskGroups implements AutoCloseable {

    private final ClusterWorkers workers;
    private final BlockingQueue<ClusterId> ended = new LinkedBlockingQueue<>();
    private final List<Task> tasks = new ArrayList<>();
    private final AtomicReference<@Nullable Error> error = new AtomicReference<>();
    private int underWay;

    TaskGroups(ClusterWorkers workers) {
        this.workers = workers;
    }

    /**
     * Starts the work of one cluster; a cluster has one group. An error that the work throws is thrown to the caller.
     */
    void start(ClusterId cluster, List<? extends Runnable> work) {
        AtomicInteger remaining = new AtomicInteger(work.size());
        Runnable onEnd = () -> {
            if (remaining.decrementAndGet() == 0) {
                ended.add(cluster);
            }
        };
        List<Task> group =
                work.stream().map(each -> new Task(each, onEnd, error)).toList();
        // All of them before the first is handed over, so that a group that cannot be started whole still ends.
        tasks.addAll(group);
        underWay++;
        if (group.isEmpty()) {
            ended.add(cluster);
        }
        group.forEach(task -> workers.execute(cluster, task));
    }

    /** The next cluster of which all work has ended. */
    ClusterId awaitNext(ErrorContext context) {
        try {
            ClusterId cluster = ended.take();
            underWay--;
            Error thrown = error.get();
            if (thrown != null) {
                throw thrown;
            }
            return cluster;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new OperationInterruptedException(context, e);
        }
    }

    @Override
    public void close() {
        if (underWay == 0) {
            return;
        }
        tasks.forEach(Task::abandon);
        boolean interrupted = false;
        while (underWay > 0) {
            try {
                ended.take();
                underWay--;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Ends exactly once, whether it ran or was abandoned before. */
    static final class Task implements Runnable {

        private final Runnable work;
        private final Runnable onEnd;
        private final AtomicReference<@Nullable Error> error;
        private @Nullable Thread runner;
        private boolean taken;

        Task(Runnable work, Runnable onEnd, AtomicReference<@Nullable Error> error) {
            this.work = work;
            this.onEnd = onEnd;
            this.error = error;
        }

        @Override
        public void run() {
            synchronized (this) {
                if (taken) {
                    return;
                }
                taken = true;
                runner = Thread.currentThread();
            }
            try {
                work.run();
            } catch (Error e) {
                error.compareAndSet(null, e);
            } finally {
                synchronized (this) {
                    runner = null;
                    // An interrupt was meant for this work, not for the next on the same thread.
                    Thread.interrupted();
                }
                onEnd.run();
            }
        }

        /** Interrupts it if it runs, and ends it if it has not begun. */
        void abandon() {
            synchronized (this) {
                if (runner != null) {
                    runner.interrupt();
                }
                if (taken) {
                    return;
                }
                taken = true;
            }
            onEnd.run();
        }
    }
}
