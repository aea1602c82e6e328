package dev.namespaces.benchmarks.report;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The CPU time that each part of a measurement has used until now. The threads of this JVM are told apart by their
 * names, which only Linux shows together with the JVM's own threads.
 */
final class CpuTimes {

    private static final Path THREADS = Path.of("/proc/self/task");

    private final Map<Part, Double> millis;

    private CpuTimes(Map<Part, Double> millis) {
        this.millis = millis;
    }

    /** A part of a measurement that uses CPU time. */
    enum Part {
        SERVERS("API server and etcd"),
        CALLER("calling thread: stores, decisions"),
        WORKERS("worker threads: rendering, requests"),
        HTTP("HTTP client's threads"),
        NETWORK("network proxy"),
        COMPILER("JIT compiler"),
        COLLECTOR("garbage collector"),
        OTHER("other threads");

        private final String text;

        Part(String text) {
            this.text = text;
        }

        String text() {
            return text;
        }

        private static Part ofThread(String name) {
            if (name.startsWith("C1 ") || name.startsWith("C2 ")) {
                return COMPILER;
            }
            if (name.startsWith("GC ") || name.startsWith("G1 ")) {
                return COLLECTOR;
            }
            if (name.startsWith("namespaces-")) {
                return WORKERS;
            }
            if (name.startsWith("vert.x") || name.startsWith("HttpClient")) {
                return HTTP;
            }
            return name.startsWith("slow-link") ? NETWORK : OTHER;
        }
    }

    /** Returns whether this system shows the times. */
    static boolean areKnown() {
        return Files.isDirectory(THREADS);
    }

    /** Returns the times until now, those of the current thread as the caller's. */
    static CpuTimes now() {
        Map<Part, Double> millis = new EnumMap<>(Part.class);
        OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        double unnamed = system.getProcessCpuTime() / 1e6;
        for (Map.Entry<Part, Double> part : ofThreads().entrySet()) {
            if (part.getKey() != Part.OTHER) {
                millis.put(part.getKey(), part.getValue());
                unnamed -= part.getValue();
            }
        }
        double caller = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() / 1e6;
        millis.put(Part.CALLER, caller);
        millis.put(Part.OTHER, unnamed - caller);
        millis.put(
                Part.SERVERS,
                ProcessHandle.current()
                        .descendants()
                        .flatMap(process -> process.info().totalCpuDuration().stream())
                        .mapToDouble(Duration::toMillis)
                        .sum());
        return new CpuTimes(millis);
    }

    /** Returns the milliseconds of each part since then. */
    Map<Part, Double> since(CpuTimes before) {
        Map<Part, Double> result = new EnumMap<>(Part.class);
        for (Part part : Part.values()) {
            double spent = millis.getOrDefault(part, 0.0) - before.millis.getOrDefault(part, 0.0);
            result.put(part, Math.max(0, spent));
        }
        return result;
    }

    private static Map<Part, Double> ofThreads() {
        Map<Part, Double> millis = new EnumMap<>(Part.class);
        List<Path> threads;
        try (Stream<Path> all = Files.list(THREADS)) {
            threads = all.toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        for (Path thread : threads) {
            try {
                Part part = Part.ofThread(Files.readString(thread.resolve("comm")));
                String nanosOnCpu =
                        Files.readString(thread.resolve("schedstat")).split(" ", 2)[0];
                millis.merge(part, Long.parseLong(nanosOnCpu) / 1e6, Double::sum);
            } catch (IOException e) {
                // The thread has ended since the list was read. Its time is in that of the whole process.
            }
        }
        return millis;
    }
}
