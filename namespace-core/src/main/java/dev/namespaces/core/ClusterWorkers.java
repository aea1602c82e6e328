package dev.namespaces.core;

import dev.namespaces.model.ClusterId;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Threads for each cluster, so that one that hangs holds up no other. Idle threads end. */
final class ClusterWorkers implements AutoCloseable {

    private static final long IDLE_SECONDS = 10;

    private final int threadsPerCluster;
    private final ConcurrentMap<ClusterId, ThreadPoolExecutor> executors = new ConcurrentHashMap<>();
    private volatile boolean closed;

    ClusterWorkers(int threadsPerCluster) {
        this.threadsPerCluster = threadsPerCluster;
    }

    /** Runs the task on a worker of the cluster; after {@link #close()} it is abandoned at once. */
    void execute(ClusterId cluster, TaskGroups.Task task) {
        if (closed) {
            task.abandon();
            return;
        }
        executors.computeIfAbsent(cluster, this::start).execute(task);
    }

    private ThreadPoolExecutor start(ClusterId cluster) {
        ThreadPoolExecutor executor = new ThreadPoolExecutor(
                threadsPerCluster,
                threadsPerCluster,
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                threads(cluster),
                ClusterWorkers::abandon);
        executor.allowCoreThreadTimeOut(true);
        return executor;
    }

    private static ThreadFactory threads(ClusterId cluster) {
        AtomicInteger number = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(task, "namespaces-" + cluster + "-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }

    /** Interrupts what is under way and takes no more. */
    @Override
    public void close() {
        closed = true;
        executors.values().stream()
                .flatMap(executor -> executor.shutdownNow().stream())
                .forEach(task -> ((TaskGroups.Task) task).abandon());
    }

    private static void abandon(Runnable task, ThreadPoolExecutor executor) {
        ((TaskGroups.Task) task).abandon();
    }
}
