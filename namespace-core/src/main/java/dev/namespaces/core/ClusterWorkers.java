package dev.namespaces.core;

import dev.namespaces.model.ClusterId;
import dev.namespaces.model.Target;
import dev.namespaces.spi.TaskDecorator;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs work for clusters side by side, so much at once for each cluster. The work of one cluster is taken in turns from
 * the groups that have some, so that a small environment does not wait behind a big one. Nothing is kept for a cluster
 * that has no work.
 */
final class ClusterWorkers {

    private static final long IDLE_SECONDS = 10;
    private static final Logger LOG = LoggerFactory.getLogger(ClusterWorkers.class);

    private final int parallelismPerCluster;
    private final Executor executor;
    private final @Nullable ExecutorService ownExecutor;
    private final TaskDecorator decorator;
    private final Map<ClusterId, Lane> lanes = new HashMap<>();
    private final Set<Task> running = new HashSet<>();
    private boolean closed;

    /**
     * @param executor where work runs, or null for threads of our own, which end when they are idle
     * @param decorator wraps each piece of work on the thread that submits it
     */
    ClusterWorkers(int parallelismPerCluster, @Nullable Executor executor, TaskDecorator decorator) {
        this.parallelismPerCluster = parallelismPerCluster;
        if (executor == null) {
            ExecutorService threads = ownThreads();
            this.ownExecutor = threads;
            this.executor = threads;
        } else {
            this.ownExecutor = null;
            this.executor = executor;
        }
        this.decorator = decorator;
    }

    private static ExecutorService ownThreads() {
        AtomicInteger number = new AtomicInteger();
        return new ThreadPoolExecutor(
                0, Integer.MAX_VALUE, IDLE_SECONDS, TimeUnit.SECONDS, new SynchronousQueue<>(), work -> {
                    Thread thread = new Thread(work, "namespaces-" + number.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
    }

    /** The work of one cluster. Guarded by the workers. */
    private static final class Lane {

        private final Map<Object, Deque<Task>> groups = new LinkedHashMap<>();
        private int threads;

        /** Takes the next piece of work, from the group that has waited longest. */
        @Nullable
        Task next() {
            Iterator<Map.Entry<Object, Deque<Task>>> first = groups.entrySet().iterator();
            if (!first.hasNext()) {
                return null;
            }
            Map.Entry<Object, Deque<Task>> entry = first.next();
            Object group = entry.getKey();
            Deque<Task> tasks = entry.getValue();
            first.remove();
            Task task = tasks.remove();
            if (!tasks.isEmpty()) {
                groups.put(group, tasks);
            }
            return task;
        }
    }

    /**
     * A piece of work that was handed over. It ends exactly once: it ran, it was abandoned before, or it was lost,
     * because the host's executor or decorator did not run it.
     */
    final class Task {

        private final ClusterId cluster;
        private final Runnable decorated;
        private final Runnable onAbandoned;
        private final Consumer<Throwable> onLost;
        private final AtomicBoolean hasRun = new AtomicBoolean();
        private @Nullable Thread thread;
        private boolean isTaken;
        private boolean isGivenUp;

        private Task(
                ClusterId cluster,
                @Nullable Target target,
                Runnable work,
                Runnable onAbandoned,
                Consumer<Throwable> onLost) {
            this.cluster = cluster;
            this.onAbandoned = onAbandoned;
            this.onLost = onLost;
            this.decorated = Objects.requireNonNull(
                    decorator.decorate(
                            () -> {
                                if (hasRun.compareAndSet(false, true)) {
                                    work.run();
                                }
                            },
                            target),
                    "The task decorator returned null");
        }

        /** Interrupts the work if it runs, and ends it if it has not begun. */
        void abandon() {
            synchronized (ClusterWorkers.this) {
                if (isTaken) {
                    if (thread != null) {
                        thread.interrupt();
                    }
                    return;
                }
                isTaken = true;
            }
            onAbandoned.run();
        }

        /** Stops counting on the thread that runs the work, which does not return: others take its place. */
        void giveUp() {
            synchronized (ClusterWorkers.this) {
                if (isGivenUp || thread == null) {
                    return;
                }
                isGivenUp = true;
                running.remove(this);
                Lane lane = lanes.get(cluster);
                if (lane != null) {
                    leave(lane, cluster);
                }
            }
        }

        private void lose(Throwable cause) {
            synchronized (ClusterWorkers.this) {
                isTaken = true;
            }
            onLost.accept(cause);
        }

        /** Takes the task for this thread, unless it was abandoned. The caller holds the monitor of the workers. */
        private boolean begin() {
            if (isTaken) {
                return false;
            }
            isTaken = true;
            thread = Thread.currentThread();
            running.add(this);
            return true;
        }

        private void run() {
            Throwable failure = null;
            try {
                decorated.run();
            } catch (RuntimeException | Error e) {
                failure = e;
            } finally {
                end();
            }
            if (!hasRun.get()) {
                onLost.accept(
                        failure == null
                                ? new IllegalStateException("The task decorator did not run the work that it was given")
                                : failure);
            } else if (failure != null) {
                LOG.warn("The task decorator failed after the work", failure);
            }
        }

        private void end() {
            synchronized (ClusterWorkers.this) {
                thread = null;
                running.remove(this);
                ClusterWorkers.this.notifyAll();
                // An interrupt was meant for this work, not for the next on the same thread.
                Thread.interrupted();
            }
        }
    }

    /**
     * Hands work over. It must not throw.
     *
     * @param target the target that the decorator is told of
     * @param group whose work it is; groups take turns
     * @param onAbandoned is called instead of the work if it is abandoned before it begins
     * @param onLost is called instead of the work if the host's executor or decorator does not run it, with the
     *     RuntimeException or Error that says why
     */
    Task submit(
            ClusterId cluster,
            @Nullable Target target,
            Object group,
            Runnable work,
            Runnable onAbandoned,
            Consumer<Throwable> onLost) {
        Task task = new Task(cluster, target, work, onAbandoned, onLost);
        boolean refused;
        synchronized (this) {
            refused = closed;
            if (!closed) {
                Lane lane = lanes.computeIfAbsent(cluster, id -> new Lane());
                lane.groups.computeIfAbsent(group, any -> new ArrayDeque<>()).add(task);
                staff(lane, cluster);
            }
        }
        if (refused) {
            task.abandon();
        }
        return task;
    }

    private void staff(Lane lane, ClusterId cluster) {
        if (lane.threads >= parallelismPerCluster || lane.groups.isEmpty()) {
            return;
        }
        lane.threads++;
        try {
            executor.execute(() -> work(lane, cluster));
        } catch (RuntimeException | Error e) {
            // Threads that work already do without another one.
            lane.threads--;
            if (lane.threads == 0) {
                lanes.remove(cluster, lane);
                tasks(lane).forEach(task -> task.lose(e));
            }
        }
    }

    private static Collection<Task> tasks(Lane lane) {
        List<Task> all = new ArrayList<>();
        lane.groups.values().forEach(all::addAll);
        lane.groups.clear();
        return all;
    }

    private void work(Lane lane, ClusterId cluster) {
        if (Thread.holdsLock(this)) {
            throw new IllegalStateException("The executor of the workers must not run work on the submitting thread");
        }
        Task task = next(lane, cluster);
        while (task != null) {
            task.run();
            task = isGivenUp(task) ? null : next(lane, cluster);
        }
    }

    /** Takes and begins the next piece of work in one step, so that {@link #close} misses none. */
    private synchronized @Nullable Task next(Lane lane, ClusterId cluster) {
        Task task = lane.next();
        while (task != null && !task.begin()) {
            task = lane.next();
        }
        if (task == null) {
            leave(lane, cluster);
        }
        return task;
    }

    private synchronized boolean isGivenUp(Task task) {
        return task.isGivenUp;
    }

    /** A thread stops working for the cluster; another takes its place if there is work. */
    private synchronized void leave(Lane lane, ClusterId cluster) {
        lane.threads--;
        if (!lane.groups.isEmpty()) {
            staff(lane, cluster);
        } else if (lane.threads == 0) {
            lanes.remove(cluster, lane);
        }
        notifyAll();
    }

    /** Takes no more work, abandons what waits, and interrupts what runs. */
    void close() {
        List<Task> abandoned = new ArrayList<>();
        synchronized (this) {
            closed = true;
            lanes.values().forEach(lane -> abandoned.addAll(tasks(lane)));
            abandoned.addAll(running);
        }
        abandoned.forEach(Task::abandon);
        if (ownExecutor != null) {
            ownExecutor.shutdown();
        }
    }

    /**
     * Waits until no work runs.
     *
     * @return whether that was so within the wait
     */
    synchronized boolean awaitIdle(Duration wait) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.NANOSECONDS.convert(wait);
        while (!running.isEmpty()) {
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                return false;
            }
            TimeUnit.NANOSECONDS.timedWait(this, Math.max(left, TimeUnit.MILLISECONDS.toNanos(1)));
        }
        return true;
    }

    /** Returns for how many clusters something is kept. */
    synchronized int lanes() {
        return lanes.size();
    }
}
