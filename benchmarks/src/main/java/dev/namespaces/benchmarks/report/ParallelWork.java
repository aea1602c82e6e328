package dev.namespaces.benchmarks.report;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Phaser;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Work on a fixed number of threads. Work may submit more work. */
final class ParallelWork {

    private final ExecutorService threads;
    private final Phaser submitted = new Phaser(1);
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    private ParallelWork(int threads) {
        this.threads = Executors.newFixedThreadPool(threads);
    }

    /**
     * Runs the first piece of work, and returns when it and all work that was submitted have ended.
     *
     * @throws IllegalStateException if some of the work has failed
     */
    static void run(int threads, Consumer<ParallelWork> first) {
        ParallelWork work = new ParallelWork(threads);
        try {
            first.accept(work);
            work.submitted.arriveAndAwaitAdvance();
        } finally {
            work.threads.shutdownNow();
        }
        Throwable failure = work.failure.get();
        if (failure != null) {
            throw new IllegalStateException(failure);
        }
    }

    void submit(Runnable task) {
        submitted.register();
        threads.execute(() -> {
            try {
                task.run();
            } catch (RuntimeException | Error e) {
                failure.compareAndSet(null, e);
            } finally {
                submitted.arriveAndDeregister();
            }
        });
    }
}
