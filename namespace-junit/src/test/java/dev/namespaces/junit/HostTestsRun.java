package dev.namespaces.junit;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import dev.namespaces.core.LifecycleClosedException;
import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.model.ClusterId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** Runs the {@link HostTests} with the JUnit of its class loader. The result has only types of the JDK. */
public final class HostTestsRun {

    private HostTestsRun() {}

    /** Returns the result of each test by the names of its class and its method. */
    public static Map<String, String> run() {
        Map<String, String> results = new TreeMap<>();
        LauncherDiscoveryRequest request = LauncherDiscoveryRequestBuilder.request()
                .selectors(
                        selectClass(HostTests.OfMethods.class),
                        selectClass(HostTests.OfConstructor.class),
                        selectClass(HostTests.OfClass.class),
                        selectClass(HostTests.WithSettings.class),
                        selectClass(HostTests.OfContract.class))
                .build();
        LauncherFactory.create().execute(request, new TestExecutionListener() {
            @Override
            public void executionFinished(TestIdentifier test, TestExecutionResult result) {
                String name = test.getLegacyReportingName();
                String group = test.getParentIdObject()
                        .map(parent -> parent.getLastSegment().getValue().replaceFirst(".*\\$", ""))
                        .orElse("");
                if (test.isTest() || result.getStatus() != TestExecutionResult.Status.SUCCESSFUL) {
                    results.put(
                            group + "." + name,
                            result.getStatus()
                                    + result.getThrowable().map(e -> " " + e).orElse(""));
                }
            }
        });
        return results;
    }

    /** Returns the version of JUnit. */
    public static String version() {
        return Test.class.getPackage().getImplementationVersion();
    }

    /** Returns for each lifecycle whether it is closed. */
    public static List<Boolean> closed() {
        List<Boolean> closed = new ArrayList<>();
        for (NamespaceLifecycle lifecycle : HostTests.LIFECYCLES) {
            closed.add(isClosed(lifecycle));
        }
        return closed;
    }

    private static boolean isClosed(NamespaceLifecycle lifecycle) {
        try {
            lifecycle.ensureNamespaceExists(new ClusterId("eu-1"), "any");
            return false;
        } catch (LifecycleClosedException e) {
            return true;
        }
    }
}
