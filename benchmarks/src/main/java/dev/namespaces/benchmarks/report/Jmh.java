package dev.namespaces.benchmarks.report;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/** Runs a JMH benchmark, each method in forked JVMs. */
final class Jmh {

    private static final String BYTES = "gc.alloc.rate.norm";

    private Jmh() {}

    /**
     * The result of a method.
     *
     * @param time its time, one value for each iteration
     * @param bytes the bytes that one call allocates
     */
    record Measured(Values time, double bytes) {}

    /** The results by the names of the methods. */
    record Methods(Map<String, Measured> results) {

        Measured of(String method) {
            return Objects.requireNonNull(results.get(method), method);
        }
    }

    /** Runs all methods of the class. */
    static Methods run(Class<?> benchmark, Effort effort) {
        boolean quick = effort == Effort.QUICK;
        Collection<RunResult> results;
        try {
            results = new Runner(new OptionsBuilder()
                            .include("^" + benchmark.getName().replace(".", "\\.") + "\\.")
                            .forks(quick ? 1 : 3)
                            .warmupIterations(quick ? 2 : 4)
                            .warmupTime(TimeValue.seconds(1))
                            .measurementIterations(quick ? 2 : 4)
                            .measurementTime(TimeValue.seconds(1))
                            .shouldFailOnError(true)
                            .addProfiler(GCProfiler.class)
                            .build())
                    .run();
        } catch (RunnerException e) {
            throw new IllegalStateException("JMH cannot run " + benchmark.getName(), e);
        }
        Map<String, Measured> measured = new LinkedHashMap<>();
        for (RunResult result : results) {
            String name = result.getParams().getBenchmark();
            Result<?> bytes = result.getSecondaryResults().get(BYTES);
            measured.put(
                    name.substring(name.lastIndexOf('.') + 1),
                    new Measured(times(result), bytes == null ? Double.NaN : bytes.getScore()));
        }
        return new Methods(measured);
    }

    private static Values times(RunResult run) {
        return new Values(run.getBenchmarkResults().stream()
                .flatMap(fork -> fork.getIterationResults().stream())
                .map(iteration -> iteration.getPrimaryResult().getScore())
                .toList());
    }
}
