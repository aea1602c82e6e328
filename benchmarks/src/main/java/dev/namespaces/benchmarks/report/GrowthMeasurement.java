package dev.namespaces.benchmarks.report;

import dev.namespaces.core.fleet.FleetCounts;
import dev.namespaces.core.fleet.FleetOptions;
import dev.namespaces.model.EnvironmentId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** P6: the growth with the namespaces of an environment, and with the environments of a fleet, in a small heap. */
final class GrowthMeasurement implements Measurement {

    private static final String HEAP = "256 MiB";

    private final List<Row> rows = new ArrayList<>();
    private final List<Goal> goals = new ArrayList<>();
    private final List<Chart> charts = new ArrayList<>();

    @Override
    public String id() {
        return "P6";
    }

    @Override
    public String title() {
        return "growth";
    }

    @Override
    public List<String> jvmOptions() {
        return List.of("-Xmx256m");
    }

    @Override
    public Section run(Effort effort) {
        boolean quick = effort == Effort.QUICK;
        onDisk(platform -> namespaces(platform, quick));
        for (int environments : quick ? List.of(2_000) : List.of(10_000, 100_000)) {
            onDisk(platform -> fleet(platform, environments));
        }
        return new Section(
                rows,
                goals,
                charts,
                List.of(
                        "A heap of " + HEAP
                                + " for all of it, with H2 on disk in the same JVM. The clusters keep nothing and"
                                + " accept all objects at once.",
                        "Each environment of the fleet has one namespace. The first `ensureAll` deploys it; the value is the"
                                + " time of a further one, which finds all environments unchanged, divided by their number."));
    }

    private interface Work {
        void on(Platform platform);
    }

    private static void onDisk(Work work) {
        try {
            Path directory = Files.createTempDirectory("growth");
            try (Platform platform = new Platform("jdbc:h2:file:" + directory.resolve("db"), new NoOpGateway())) {
                work.on(platform);
            } finally {
                deleteAll(directory);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void deleteAll(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private void namespaces(Platform platform, boolean quick) {
        for (int warmUp = 0; warmUp < (quick ? 3 : 10); warmUp++) {
            deploy(platform, 1_000);
        }
        List<Double> sizes = new ArrayList<>();
        List<Double> times = new ArrayList<>();
        for (int size : List.of(10, 100, 1_000, 10_000)) {
            List<Double> repetitions = new ArrayList<>();
            double collecting = collectorMillis();
            int count = quick ? Math.max(1, Math.min(20, 3_000 / size)) : Math.min(50, 10_000 / size + 4);
            for (int i = 0; i < count; i++) {
                repetitions.add(deploy(platform, size));
            }
            Values values = new Values(repetitions);
            rows.add(values.row(String.format("deploy of %,d namespaces", size), Row.OURS, "ms"));
            rows.add(new Row(
                    String.format("of it: garbage collector, %,d namespaces", size),
                    Row.OURS,
                    (collectorMillis() - collecting) / count,
                    0,
                    "ms"));
            sizes.add((double) size);
            times.add(values.median());
        }
        charts.add(new LineChart(
                "growth",
                "Deployment by number of namespaces",
                "namespaces in the environment",
                "ms",
                true,
                List.of(
                        new LineChart.Series("deploy", sizes, times),
                        new LineChart.Series(
                                "linear",
                                sizes,
                                sizes.stream()
                                        .map(size -> times.get(0) * size / sizes.get(0))
                                        .toList()))));
        addSlope("10 to 10,000 namespaces", slope(sizes, times));
        addSlope("1,000 to 10,000 namespaces", slope(sizes.subList(2, 4), times.subList(2, 4)));
    }

    private static double collectorMillis() {
        return ManagementFactory.getGarbageCollectorMXBeans().stream()
                .mapToLong(GarbageCollectorMXBean::getCollectionTime)
                .sum();
    }

    private static double deploy(Platform platform, int namespaces) {
        EnvironmentId id = platform.newEnvironment(namespaces);
        return Turns.millis(() -> platform.lifecycle().deploy(id));
    }

    private void addSlope(String range, double slope) {
        rows.add(new Row("slope on log axes, " + range, Row.OURS, slope, 0, ""));
        goals.add(Goal.atMost(1.05, ", slope on log axes, " + range, slope));
    }

    /** Returns the slope of the line through the logarithms, by least squares. */
    private static double slope(List<Double> x, List<Double> y) {
        double meanX = x.stream().mapToDouble(Math::log).average().orElseThrow();
        double meanY = y.stream().mapToDouble(Math::log).average().orElseThrow();
        double products = 0;
        double squares = 0;
        for (int i = 0; i < x.size(); i++) {
            double difference = Math.log(x.get(i)) - meanX;
            products += difference * (Math.log(y.get(i)) - meanY);
            squares += difference * difference;
        }
        return products / squares;
    }

    private void fleet(Platform platform, int environments) {
        platform.newEnvironments(environments, 1);
        double deployed = Turns.millis(() -> ensure(platform, new FleetCounts(environments, 0, 0, 0)));
        FleetCounts unchanged = new FleetCounts(0, environments, 0, 0);
        Turns.Result result = new Turns()
                .side(Row.OURS, () -> Turns.millis(() -> ensure(platform, unchanged)) / environments)
                .run(1, 3);
        String work = String.format("ensureAll of %,d unchanged environments", environments);
        rows.addAll(result.rows(work, "ms each"));
        rows.add(new Row(
                String.format("ensureAll of %,d new environments", environments),
                Row.OURS,
                deployed / environments,
                0,
                "ms each"));
        goals.add(Goal.atMost(
                0.1, " ms an environment: " + work, result.of(Row.OURS).median()));
    }

    private static void ensure(Platform platform, FleetCounts expected) {
        FleetCounts counts = platform.lifecycle()
                .ensureAll(FleetOptions.defaults(), report -> {})
                .targets();
        if (!counts.equals(expected)) {
            throw new IllegalStateException("Expected " + expected + ", but was " + counts);
        }
    }
}
