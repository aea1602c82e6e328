package dev.namespaces.testservers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;

/**
 * Counts the tests that are skipped because a part is missing. Each JVM of tests leaves its counts in the target
 * directory of its module, where {@link SkippedTests} reads them.
 */
public final class SkippedTestsListener implements TestExecutionListener {

    private final Map<String, Integer> tests = new TreeMap<>();
    private @Nullable TestPlan plan;

    @Override
    public synchronized void testPlanExecutionStarted(TestPlan plan) {
        // A JVM may run a plan for each class, so the counts add up.
        this.plan = plan;
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
                .filter(SkippedTestsListener::isTest)
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
            SkippedTests.writeCounts(target, tests);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
