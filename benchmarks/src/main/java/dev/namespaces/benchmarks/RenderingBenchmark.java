package dev.namespaces.benchmarks;

import dev.namespaces.core.policy.DefaultEgress;
import dev.namespaces.core.policy.EgressPolicyRenderer;
import dev.namespaces.core.policy.EgressSettings;
import dev.namespaces.core.policy.RenderedEgress;
import dev.namespaces.core.render.LabelScheme;
import dev.namespaces.core.render.ManifestWriter;
import dev.namespaces.core.render.NamespaceManifests;
import dev.namespaces.core.render.Origin;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.NamespaceId;
import dev.namespaces.model.OrganizationId;
import dev.namespaces.model.PolicyDialect;
import dev.namespaces.model.ProjectId;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Instant;
import java.util.List;
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
import org.openjdk.jmh.annotations.Warmup;

/** Rendering a namespace and its default policy; the peer for writing YAML is fabric8's own serializer. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class RenderingBenchmark {

    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");

    private final LabelScheme scheme = LabelScheme.defaults();
    private final Environment environment = new Environment(
            new EnvironmentId("shop-dev"),
            new OrganizationId("acme"),
            new ProjectId("shop"),
            "dev",
            List.of(new ClusterId("eu-1")),
            Map.of("stage", "dev"),
            1);
    private final Namespace namespace = new Namespace(
            new NamespaceId("n-1"),
            environment.id(),
            "shop-web",
            Map.of("team.example.com/owner", "web", "team.example.com/tier", "1"),
            Map.of("example.com/contact", "web@example.com"),
            1,
            NOW,
            NOW,
            null);
    private final HasMetadata manifest = NamespaceManifests.namespace(environment, namespace, Origin.CREATED, scheme);

    /** The Namespace as a model object. */
    @Benchmark
    public HasMetadata namespace() {
        return NamespaceManifests.namespace(environment, namespace, Origin.CREATED, scheme);
    }

    /** The default egress policy as a CiliumNetworkPolicy. */
    @Benchmark
    public RenderedEgress policy() {
        return EgressPolicyRenderer.render(
                PolicyDialect.CILIUM,
                namespace.name(),
                scheme.policyName(),
                NamespaceManifests.ownLabels(environment, namespace, scheme),
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
