package dev.namespaces.testservers;

import static java.util.stream.Collectors.joining;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;

/**
 * Counts the tests that are skipped because a part is missing. Each JVM of tests leaves its counts in the target
 * directory of its module; {@link #main} prints one line about all modules at the end of the build.
 */
public final class SkippedTests implements TestExecutionListener {

    private static final String FILE = "missing-parts.txt";

    private final Map<String, Integer> tests = new TreeMap<>();
    private @Nullable TestPlan plan;

    @Override
    public synchronized void testPlanExecutionStarted(TestPlan plan) {
        this.plan = plan;
        tests.clear();
    }

    @Override
    public void executionSkipped(TestIdentifier identifier, String reason) {
        count(identifier, reason);
    }

    @Override
    public void executionFinished(TestIdentifier identifier, TestExecutionResult result) {
        if (result.getStatus() == TestExecutionResult.Status.ABORTED) {
            result.getThrowable().map(Throwable::getMessage).ifPresent(reason -> count(identifier, reason));
        }
    }

    private synchronized void count(TestIdentifier identifier, String reason) {
        MissingPart.parse(reason).ifPresent(missing -> tests.merge(missing.part(), testsIn(identifier), Integer::sum));
    }

    private int testsIn(TestIdentifier identifier) {
        if (plan == null || isTest(identifier)) {
            return 1;
        }
        return (int) plan.getDescendants(identifier).stream()
                .filter(SkippedTests::isTest)
                .count();
    }

    /** A method is one test here: nobody knows how often it would have run. */
    private static boolean isTest(TestIdentifier identifier) {
        return identifier.isTest()
                || identifier
                        .getSource()
                        .filter(source -> source instanceof MethodSource)
                        .isPresent();
    }

    @Override
    public synchronized void testPlanExecutionFinished(TestPlan finished) {
        Path target = Path.of("target");
        if (!Files.isDirectory(target)) {
            return;
        }
        try {
            Files.writeString(
                    target.resolve(FILE),
                    tests.entrySet().stream()
                            .map(each -> each.getValue() + " " + each.getKey() + "\n")
                            .collect(joining()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Prints how many tests of all modules were skipped and how to run them; prints nothing if none was.
     *
     * @param arguments the directory of the project, and when the build started
     */
    public static void main(String[] arguments) throws IOException {
        Map<String, Integer> skipped = readCounts(Path.of(arguments[0]), Instant.parse(arguments[1]));
        if (!skipped.isEmpty()) {
            System.out.println(message(skipped));
        }
    }

    /** Adds up what the modules have counted since then; older counts are of a build before. */
    static Map<String, Integer> readCounts(Path project, Instant since) throws IOException {
        Map<String, Integer> sums = new TreeMap<>();
        for (Path file : files(project)) {
            if (Files.getLastModifiedTime(file).toInstant().isBefore(since)) {
                continue;
            }
            for (String line : Files.readAllLines(file)) {
                String[] countAndPart = line.split(" ", 2);
                sums.merge(countAndPart[1], Integer.valueOf(countAndPart[0]), Integer::sum);
            }
        }
        return sums;
    }

    /** Modules are directories of the project, or of its directory of examples. */
    private static List<Path> files(Path project) throws IOException {
        try (Stream<Path> modules = Files.list(project);
                Stream<Path> examples = Files.list(project.resolve("examples"))) {
            return Stream.concat(modules, examples)
                    .map(module -> module.resolve("target").resolve(FILE))
                    .filter(Files::exists)
                    .toList();
        }
    }

    static String message(Map<String, Integer> skipped) {
        int sum = skipped.values().stream().mapToInt(Integer::intValue).sum();
        return "*** " + sum + (sum == 1 ? " test was" : " tests were") + " SKIPPED for want of "
                + skipped.entrySet().stream()
                        .map(each -> each.getKey() + " (" + each.getValue() + ")")
                        .collect(joining(", "))
                + ". To run them, set KUBE_API_TEST_DIR and CILIUM_CRDS_DIR: see \"Real servers\" in CONTRIBUTING.md. ***";
    }
}
