package dev.namespaces.benchmarks.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.opentest4j.TestAbortedException;

/**
 * Runs the measurements one after the other, each in a JVM of its own, and writes {@code REPORT.md} with charts.
 *
 * <p>Options: {@code --quick} for a few minutes; {@code --only P2,P4} keeps the other sections of earlier runs;
 * {@code --out DIR}, by default the directory {@code benchmarks}. The values in JSON and the output of each measurement
 * are in {@code target/report} of that directory.
 */
public final class ReportCommand {

    private static final List<Measurement> MEASUREMENTS = List.of(
            new DeployFleetMeasurement(),
            new BeforeApplyMeasurement(),
            new UnchangedMeasurement(),
            new WireMeasurement(),
            new StoreMeasurement(),
            new GrowthMeasurement(),
            new ManyCallersMeasurement(),
            new NightlyRoundMeasurement());

    private final Effort effort;
    private final Path out;
    private final SavedSections saved;

    private ReportCommand(Effort effort, Path out) {
        this.effort = effort;
        this.out = out;
        this.saved = new SavedSections(results());
    }

    /** Ends with 1 if a measurement fails, and with 2 if an option is unknown. */
    public static void main(String... arguments) throws IOException, InterruptedException {
        Effort effort = Effort.FULL;
        Path out = Path.of("benchmarks");
        List<Measurement> chosen = MEASUREMENTS;
        @Nullable Measurement measured = null;
        for (Iterator<String> options = List.of(arguments).iterator(); options.hasNext(); ) {
            String option = options.next();
            switch (option) {
                case "--quick" -> effort = Effort.QUICK;
                case "--out" -> out = Path.of(options.next());
                case "--only" ->
                    chosen = List.of(options.next().split(",", -1)).stream()
                            .map(ReportCommand::measurement)
                            .toList();
                case "--measure" -> measured = measurement(options.next());
                default -> throw new IllegalArgumentException("Unknown option " + option);
            }
        }
        ReportCommand command = new ReportCommand(effort, out.toAbsolutePath());
        if (measured != null) {
            // Pools and servers keep threads that are not daemons.
            try {
                command.measure(measured);
                System.exit(0);
            } catch (RuntimeException | Error e) {
                e.printStackTrace();
                System.exit(1);
            }
        }
        System.exit(command.run(chosen) ? 0 : 1);
    }

    private static Measurement measurement(String id) {
        return MEASUREMENTS.stream()
                .filter(measurement -> measurement.id().equals(id))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("Unknown measurement " + id + "; known are "
                        + MEASUREMENTS.stream().map(Measurement::id).toList()));
    }

    private Path results() {
        return out.resolve("target/report");
    }

    private boolean run(List<Measurement> chosen) throws IOException, InterruptedException {
        Files.createDirectories(results());
        List<String> failed = new ArrayList<>();
        for (Measurement measurement : chosen) {
            say(measurement.id() + ": " + measurement.title());
            Path log = results().resolve(measurement.id() + ".log");
            if (fork(measurement, log) != 0) {
                failed.add(measurement.id());
                say(measurement.id() + " FAILED, see " + log);
            }
        }
        List<SavedSection> sections = saved.all();
        new Report(Machine.current(), sections).write(out);
        for (SavedSection section : sections) {
            if (section.notMeasured() != null) {
                say("NOT MEASURED: " + section.id() + ": " + section.notMeasured());
            }
        }
        say("Written: " + out.resolve("REPORT.md"));
        return failed.isEmpty();
    }

    private int fork(Measurement measurement, Path log) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Djava.awt.headless=true", "-cp", System.getProperty("java.class.path")));
        command.addAll(measurement.jvmOptions());
        command.addAll(List.of(ReportCommand.class.getName(), "--measure", measurement.id(), "--out", out.toString()));
        if (effort == Effort.QUICK) {
            command.add("--quick");
        }
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start()
                .waitFor();
    }

    private void measure(Measurement measurement) {
        long start = System.nanoTime();
        @Nullable MachineTime before = MachineTime.now();
        Section section = new Section(List.of(), List.of(), List.of(), List.of());
        @Nullable String notMeasured = null;
        try {
            section = measurement.run(effort);
        } catch (NotMeasuredException | TestAbortedException e) {
            // The test servers throw the latter where they cannot run.
            notMeasured = Objects.requireNonNull(e.getMessage());
        }
        @Nullable MachineTime after = MachineTime.now();
        saved.save(new SavedSection(
                measurement.id(),
                measurement.title(),
                effort,
                Machine.commit(),
                LocalDate.now(ZoneOffset.UTC).toString(),
                Duration.ofNanos(System.nanoTime() - start).toSeconds(),
                before == null || after == null ? null : after.stolenShareSince(before),
                notMeasured,
                section));
    }

    private static void say(String line) {
        System.out.println(line);
    }
}
