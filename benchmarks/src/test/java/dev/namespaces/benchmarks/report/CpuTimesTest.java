package dev.namespaces.benchmarks.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.namespaces.benchmarks.report.CpuTimes.Part;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CpuTimesTest {

    private static final long SPENT = 200;
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    @BeforeEach
    void needsLinux() {
        assumeThat(CpuTimes.areKnown()).as("Linux shows the times of threads").isTrue();
    }

    @ParameterizedTest
    @CsvSource({"namespaces-eu-1, WORKERS", "vert.x-worker-1, HTTP", "slow-link-1, NETWORK", "surprise, OTHER"})
    void the_time_of_a_thread_counts_for_the_part_of_its_name(String name, Part part) throws Exception {
        CountDownLatch measured = new CountDownLatch(1);
        CountDownLatch spent = new CountDownLatch(1);
        Thread thread = new Thread(
                () -> {
                    spend();
                    spent.countDown();
                    awaitEnd(measured);
                },
                name);
        CpuTimes before = CpuTimes.now();
        thread.start();
        spent.await();

        Map<Part, Double> times;
        try {
            times = CpuTimes.now().since(before);
        } finally {
            measured.countDown();
            thread.join();
        }
        assertThat(times.get(part)).isBetween(SPENT * 0.9, SPENT * 1.9);
        assertThat(times.get(Part.CALLER)).isLessThan(SPENT * 0.5);
    }

    @Test
    void the_time_of_the_calling_thread_counts_for_the_caller() {
        CpuTimes before = CpuTimes.now();
        spend();

        assertThat(CpuTimes.now().since(before).get(Part.CALLER)).isGreaterThan(SPENT * 0.9);
    }

    private static void spend() {
        long end = THREADS.getCurrentThreadCpuTime() + Duration.ofMillis(SPENT).toNanos();
        while (THREADS.getCurrentThreadCpuTime() < end) {
            Thread.onSpinWait();
        }
    }

    private static void awaitEnd(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
