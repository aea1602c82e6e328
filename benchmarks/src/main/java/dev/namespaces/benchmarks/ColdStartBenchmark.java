package dev.namespaces.benchmarks;

import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.core.deploy.DeploymentReport;
import dev.namespaces.core.request.NamespaceRequest;
import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.OrganizationId;
import dev.namespaces.model.ProjectId;
import dev.namespaces.testkit.FakeClusters;
import dev.namespaces.testkit.InMemoryStores;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Measures the first use in a new JVM, with stores and clusters in memory. The JVM still loads classes and has compiled
 * nothing yet.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 0)
@Measurement(iterations = 1)
@Fork(10)
public class ColdStartBenchmark {

    private final InMemoryStores stores = new InMemoryStores();
    private final FakeClusters clusters = FakeClusters.any();

    /** Builds a lifecycle and closes it. */
    @Benchmark
    public boolean build() {
        try (NamespaceLifecycle lifecycle =
                NamespaceLifecycle.builder(clusters, stores.stores()).build()) {
            return lifecycle.initializer() != null;
        }
    }

    /** Builds a lifecycle, then creates and deploys its first namespace. */
    @Benchmark
    public DeploymentReport firstDeployment() {
        Environment dev = Environment.of(
                new EnvironmentId("shop-dev"),
                new OrganizationId("acme"),
                new ProjectId("shop"),
                InitializedPlatform.CLUSTER);
        stores.environments().save(dev);
        try (NamespaceLifecycle lifecycle =
                NamespaceLifecycle.builder(clusters, stores.stores()).build()) {
            lifecycle.create(NamespaceRequest.of(dev.id(), "shop-web"));
            return lifecycle.deploy(dev.id());
        }
    }
}
