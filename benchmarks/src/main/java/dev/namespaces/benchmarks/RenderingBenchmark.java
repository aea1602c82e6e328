package dev.namespaces.benchmarks;

import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.core.deploy.DeployOptions;
import dev.namespaces.core.deploy.DeploymentReport;
import dev.namespaces.core.deploy.DryRun;
import dev.namespaces.core.deploy.NamespaceOutcome;
import dev.namespaces.core.deploy.NamespaceReport;
import dev.namespaces.core.render.LabelScheme;
import dev.namespaces.core.render.ManifestWriter;
import dev.namespaces.core.request.NamespaceRequest;
import dev.namespaces.egress.DefaultEgress;
import dev.namespaces.egress.DialectChoice;
import dev.namespaces.egress.EgressPolicyRenderer;
import dev.namespaces.egress.EgressSettings;
import dev.namespaces.egress.RenderedEgress;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.NamespaceId;
import dev.namespaces.model.OrganizationId;
import dev.namespaces.model.PolicyDialect;
import dev.namespaces.model.ProjectId;
import dev.namespaces.testkit.FakeClusters;
import dev.namespaces.testkit.InMemoryStores;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Rendering a namespace and its default policy; the peer for writing YAML is fabric8's own serializer. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class RenderingBenchmark {

    private final LabelScheme scheme = LabelScheme.defaults();
    private final Environment environment = Environment.of(
                    new EnvironmentId("shop-dev"),
                    new OrganizationId("acme"),
                    new ProjectId("shop"),
                    new ClusterId("eu-1"))
            .withLabels(Map.of("stage", "dev"));
    private final DeployOptions dryRun = DeployOptions.defaults().withDryRun(DryRun.RENDER);
    private final NamespaceLifecycle lifecycle = lifecycle(environment);
    private final NamespaceId namespace = lifecycle
            .create(NamespaceRequest.of(environment.id(), "shop-web")
                    .withMetadata("team.example.com/owner", "web")
                    .withMetadata("team.example.com/tier", "1")
                    .withAnnotation("example.com/contact", "web@example.com"))
            .id();
    private final HasMetadata manifest = manifest(lifecycle.apply(namespace, dryRun));

    private static NamespaceLifecycle lifecycle(Environment environment) {
        InMemoryStores stores = new InMemoryStores();
        stores.environments().save(environment);
        return NamespaceLifecycle.builder(FakeClusters.of("eu-1"), stores.stores())
                .egressSettings(
                        cluster -> EgressSettings.defaults().withDialect(new DialectChoice.Fixed(PolicyDialect.CILIUM)))
                .build();
    }

    private static HasMetadata manifest(DeploymentReport report) {
        NamespaceReport planned =
                report.environments().get(0).clusters().get(0).namespaces().get(0);
        return ((NamespaceOutcome.Planned) planned.outcome()).manifests().get(0);
    }

    @TearDown
    public void close() {
        lifecycle.close();
    }

    /** The Namespace and its policy as model objects, in a dry run with all stores in memory. */
    @Benchmark
    public DeploymentReport plan() {
        return lifecycle.apply(namespace, dryRun);
    }

    /** The default egress policy as a CiliumNetworkPolicy. */
    @Benchmark
    public RenderedEgress policy() {
        return EgressPolicyRenderer.render(
                PolicyDialect.CILIUM,
                manifest.getMetadata().getName(),
                scheme.policyName(),
                manifest.getMetadata().getLabels(),
                DefaultEgress.mode(),
                EgressSettings.defaults());
    }

    /** The manifest as JSON. */
    @Benchmark
    public String json() {
        return ManifestWriter.toJson(manifest);
    }

    /** The manifest as YAML. */
    @Benchmark
    public String yaml() {
        return ManifestWriter.toYaml(manifest);
    }

    /** The peer: the same manifest as YAML by fabric8's client. */
    @Benchmark
    public String peerYamlByFabric8() {
        return Serialization.asYaml(manifest);
    }
}
