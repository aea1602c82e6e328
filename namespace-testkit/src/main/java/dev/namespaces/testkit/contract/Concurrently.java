package dev.namespaces.testkit.contract;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/** Runs tasks that all start at the same moment, and keeps the outcome of each. */
public final class Concurrently {

    private static final int TIMEOUT_SECONDS = 180;

    private Concurrently() {}

    /**
     * The outcome of one task.
     *
     * @param value the value that the task returned
     * @param failure the exception that the task threw; null if it returned
     */
    public record Outcome<T>(@Nullable T value, @Nullable Throwable failure) {

        /** Returns whether the task returned. */
        public boolean succeeded() {
            return failure == null;
        }

        /** Returns the value of a task that returned, and the exception of a task that threw. */
        public @Nullable Object valueOrFailure() {
            return failure == null ? value : failure;
        }
    }

    /**
     * Runs that many tasks, each on a thread of its own.
     *
     * @param task creates the task of an index from 0
     * @return the outcomes, in the order of the tasks
     */
    public static <T> List<Outcome<T>> run(int tasks, IntFunction<Callable<T>> task) {
        CountDownLatch start = new CountDownLatch(tasks);
        ExecutorService threads = Executors.newFixedThreadPool(tasks);
        try {
            List<Future<T>> futures = new ArrayList<>();
            for (int i = 0; i < tasks; i++) {
                Callable<T> body = task.apply(i);
                futures.add(threads.submit(() -> {
                    start.countDown();
                    start.await();
                    return body.call();
                }));
            }
            List<Outcome<T>> outcomes = new ArrayList<>();
            for (Future<T> future : futures) {
                outcomes.add(outcome(future));
            }
            return outcomes;
        } finally {
            threads.shutdownNow();
        }
    }

    private static <T> Outcome<T> outcome(Future<T> future) {
        try {
            return new Outcome<>(future.get(TIMEOUT_SECONDS, TimeUnit.SECONDS), null);
        } catch (ExecutionException e) {
            return new Outcome<>(null, e.getCause());
        } catch (TimeoutException e) {
            throw new AssertionError("A task did not end within " + TIMEOUT_SECONDS + " s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("Interrupted", e);
        }
    }
}
