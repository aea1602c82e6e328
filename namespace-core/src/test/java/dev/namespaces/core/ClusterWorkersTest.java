package dev.namespaces.core;

import static dev.namespaces.core.Platform.EU;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.namespaces.model.ClusterId;
import dev.namespaces.spi.TaskDecorator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ClusterWorkersTest {

    private static final TaskDecorator UNDECORATED = (work, target) -> work;

    private final List<String> log = Collections.synchronizedList(new ArrayList<>());

    @Test
    void groups_take_turns_however_much_one_of_them_has_submitted() throws Exception {
        ClusterWorkers workers = new ClusterWorkers(1, null, UNDECORATED);
        CountDownLatch gate = new CountDownLatch(1);
        submit(workers, EU, "big", () -> awaitUninterruptibly(gate));
        for (int i = 0; i < 400; i++) {
            submit(workers, EU, "big", () -> log.add("big"));
        }
        submit(workers, EU, "small", () -> log.add("small"));

        gate.countDown();

        await().until(() -> log.size() == 401);
        assertThat(log.indexOf("small")).isLessThanOrEqualTo(1);
        workers.close();
    }

    @Test
    void the_work_of_a_cluster_never_exceeds_its_bound() throws Exception {
        ClusterWorkers workers = new ClusterWorkers(3, null, UNDECORATED);
        AtomicInteger now = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        CountDownLatch done = new CountDownLatch(200);
        for (int i = 0; i < 200; i++) {
            submit(workers, EU, "group-" + i % 5, () -> {
                most.accumulateAndGet(now.incrementAndGet(), Math::max);
                Thread.onSpinWait();
                now.decrementAndGet();
                done.countDown();
            });
        }

        assertThat(done.await(30, TimeUnit.SECONDS)).isTrue();
        assertThat(most.get()).isBetween(1, 3);
        workers.close();
    }

    @Test
    void nothing_is_kept_for_clusters_without_work() {
        ClusterWorkers workers = new ClusterWorkers(2, null, UNDECORATED);
        for (int i = 0; i < 300; i++) {
            submit(workers, new ClusterId("cluster-" + i), "group", () -> log.add("ran"));
        }

        await().until(() -> log.size() == 300);
        await().until(() -> workers.lanes() == 0);
        workers.close();
    }

    @Test
    void work_that_is_given_up_leaves_its_place_to_the_next() throws Exception {
        ClusterWorkers workers = new ClusterWorkers(1, null, UNDECORATED);
        CountDownLatch began = new CountDownLatch(1);
        CountDownLatch gate = new CountDownLatch(1);
        ClusterWorkers.Task hung = submit(workers, EU, "a", () -> {
            began.countDown();
            awaitUninterruptibly(gate);
        });
        began.await();
        submit(workers, EU, "b", () -> log.add("next"));
        assertThat(log).isEmpty();

        hung.giveUp();
        hung.giveUp();

        await().until(() -> log.contains("next"));
        await().until(() -> workers.lanes() == 0);
        gate.countDown();
        assertThat(workers.awaitIdle(Duration.ofSeconds(30))).isTrue();
        submit(workers, EU, "c", () -> log.add("after"));
        await().until(() -> log.contains("after"));
        workers.close();
    }

    @Test
    void work_ends_exactly_once_however_close_races_with_it() throws Exception {
        for (int round = 0; round < 500; round++) {
            ClusterWorkers workers = new ClusterWorkers(1, null, UNDECORATED);
            AtomicInteger ends = new AtomicInteger();
            CountDownLatch go = new CountDownLatch(1);
            Thread closer = new Thread(() -> {
                awaitUninterruptibly(go);
                workers.close();
            });
            closer.start();
            go.countDown();
            workers.submit(
                    EU, null, "group", ends::incrementAndGet, ends::incrementAndGet, cause -> ends.incrementAndGet());
            closer.join();

            assertThat(workers.awaitIdle(Duration.ofSeconds(30))).isTrue();
            assertThat(ends.get()).isEqualTo(1);
            workers.submit(EU, null, "group", () -> log.add("ran"), ends::incrementAndGet, cause -> log.add("lost"));
            assertThat(ends.get()).isEqualTo(2);
        }
        assertThat(log).isEmpty();
    }

    @Test
    void an_interrupt_that_was_meant_for_one_piece_of_work_does_not_hit_the_next() throws Exception {
        ClusterWorkers workers = new ClusterWorkers(1, null, UNDECORATED);
        CountDownLatch began = new CountDownLatch(1);
        CountDownLatch gate = new CountDownLatch(1);
        ClusterWorkers.Task first = submit(workers, EU, "a", () -> {
            began.countDown();
            awaitUninterruptibly(gate);
        });
        submit(
                workers,
                EU,
                "a",
                () -> log.add("interrupted " + Thread.currentThread().isInterrupted()));
        began.await();

        first.abandon();
        gate.countDown();

        await().until(() -> log.size() == 1);
        assertThat(log).containsExactly("interrupted false");
        workers.close();
    }

    @Test
    void an_executor_that_refuses_work_loses_it_with_its_own_exception() {
        ClusterWorkers workers = new ClusterWorkers(
                2,
                work -> {
                    throw new RejectedExecutionException("full");
                },
                UNDECORATED);

        submit(workers, EU, "a", () -> log.add("ran"));

        assertThat(log).containsExactly("lost: java.util.concurrent.RejectedExecutionException: full");
        assertThat(workers.lanes()).isZero();
    }

    @Test
    void an_executor_that_refuses_more_threads_is_served_by_those_it_has() throws Exception {
        AtomicInteger threads = new AtomicInteger();
        ExecutorService one = Executors.newSingleThreadExecutor();
        ClusterWorkers workers = new ClusterWorkers(
                4,
                work -> {
                    if (threads.incrementAndGet() > 1) {
                        throw new RejectedExecutionException("full");
                    }
                    one.execute(work);
                },
                UNDECORATED);
        CountDownLatch gate = new CountDownLatch(1);
        submit(workers, EU, "a", () -> awaitUninterruptibly(gate));
        submit(workers, EU, "a", () -> log.add("ran"));
        gate.countDown();

        await().until(() -> log.size() == 1);
        assertThat(log).containsExactly("ran");
        workers.close();
        assertThat(one.isShutdown()).isFalse();
        one.shutdown();
    }

    @Test
    void an_executor_that_runs_work_on_the_submitting_thread_is_refused() {
        ClusterWorkers workers = new ClusterWorkers(2, Runnable::run, UNDECORATED);

        submit(workers, EU, "a", () -> log.add("ran"));

        assertThat(log).singleElement().asString().contains("must not run work on the submitting thread");
    }

    @Test
    void a_decorator_that_fails_or_forgets_the_work_loses_no_thread_and_no_work() {
        AtomicInteger decorated = new AtomicInteger();
        ClusterWorkers workers = new ClusterWorkers(1, null, (work, target) -> switch (decorated.incrementAndGet()) {
            case 1 ->
                () -> {
                    throw new IllegalStateException("before");
                };
            case 2 -> () -> {};
            case 3 ->
                () -> {
                    work.run();
                    throw new IllegalStateException("after");
                };
            case 4 ->
                () -> {
                    work.run();
                    work.run();
                };
            default -> work;
        });

        for (int i = 1; i <= 5; i++) {
            int number = i;
            submit(workers, EU, "a", () -> log.add("ran " + number));
        }

        await().until(() -> log.size() == 5);
        assertThat(log)
                .containsExactly(
                        "lost: java.lang.IllegalStateException: before",
                        "lost: java.lang.IllegalStateException: The task decorator did not run the work that it was given",
                        "ran 3",
                        "ran 4",
                        "ran 5");
        await().until(() -> workers.lanes() == 0);
        workers.close();
    }

    @Test
    void a_decorator_that_returns_null_is_named() {
        ClusterWorkers workers = new ClusterWorkers(1, null, (work, target) -> null);

        assertThatThrownBy(() -> submit(workers, EU, "a", () -> log.add("ran")))
                .isInstanceOf(NullPointerException.class)
                .hasMessageContaining("task decorator");
    }

    private ClusterWorkers.Task submit(ClusterWorkers workers, ClusterId cluster, String group, Runnable work) {
        return workers.submit(
                cluster, null, group, work, () -> log.add("abandoned"), cause -> log.add("lost: " + cause));
    }

    private static void awaitUninterruptibly(CountDownLatch gate) {
        while (true) {
            try {
                gate.await();
                return;
            } catch (InterruptedException e) {
                // As a gateway that ignores interrupts.
            }
        }
    }
}
