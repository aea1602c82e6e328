package dev.namespaces.core;

import static dev.namespaces.core.Platform.EU;
import static dev.namespaces.core.Platform.US;
import static dev.namespaces.testkit.TestData.anEgressPolicy;
import static dev.namespaces.testkit.TestData.anEnvironment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.namespaces.core.deploy.ClusterOutcome;
import dev.namespaces.core.deploy.ClusterReport;
import dev.namespaces.core.deploy.DeployOptions;
import dev.namespaces.core.deploy.DeploymentFailedException;
import dev.namespaces.core.deploy.DeploymentReport;
import dev.namespaces.core.deploy.DryRun;
import dev.namespaces.core.deploy.NamespaceOutcome;
import dev.namespaces.egress.DialectChoice;
import dev.namespaces.egress.EgressSettings;
import dev.namespaces.egress.InexpressibleEgressException;
import dev.namespaces.egress.Omission;
import dev.namespaces.egress.OmittableRule;
import dev.namespaces.egress.effective.EffectiveEgress;
import dev.namespaces.egress.effective.EgressDestination;
import dev.namespaces.egress.effective.EgressReading;
import dev.namespaces.error.ClusterUnreachableException;
import dev.namespaces.model.Cidr;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.EgressMode;
import dev.namespaces.model.EgressRule;
import dev.namespaces.model.EgressRule.ToCidr;
import dev.namespaces.model.EgressRule.ToDomain;
import dev.namespaces.model.Environment;
import dev.namespaces.model.PolicyDialect;
import dev.namespaces.model.PortRange;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.model.TransportProtocol;
import dev.namespaces.spi.ClusterGateway;
import dev.namespaces.spi.ObjectPage;
import dev.namespaces.testkit.Failure;
import dev.namespaces.testkit.GatewayCall;
import dev.namespaces.testkit.RecordingClusterGateway;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Each cluster gets the policy in its own dialect, and what that cannot say is an error or in the report. */
class EgressPerClusterTest {

    private static final EgressRule DOMAIN = new ToDomain("*.example.com", List.of(PortRange.tcp(443)));
    private static final EgressRule RANGE =
            new ToCidr(new Cidr("10.20.0.0/16"), List.of(), List.of(PortRange.tcp(5432)));

    private final Platform platform = new Platform();

    @AfterEach
    void close() {
        platform.close();
    }

    @Test
    void the_policy_kind_of_each_cluster_depends_on_whether_it_has_cilium() {
        Environment dev = environment();
        try (NamespaceLifecycle lifecycle = onEuOnly(EgressSettings.defaults())) {
            lifecycle.deploy(dev.id());
        }

        assertThat(platform.clusters.cluster(EU).objects("CiliumNetworkPolicy")).hasSize(1);
        assertThat(platform.clusters.cluster(EU).objects("NetworkPolicy")).isEmpty();
        assertThat(platform.clusters.cluster(US).objects("CiliumNetworkPolicy")).isEmpty();
        assertThat(platform.clusters.cluster(US).objects("NetworkPolicy")).hasSize(1);
        assertThat(platform.deployments.findByEnvironments(List.of(dev.id())))
                .extracting(deployment -> deployment.completion().dialect())
                .containsExactlyInAnyOrder(PolicyDialect.CILIUM, PolicyDialect.KUBERNETES);
    }

    @Test
    void what_one_clusters_dialect_cannot_say_fails_there_and_nowhere_else() {
        Environment dev = environment(DOMAIN, RANGE);
        try (NamespaceLifecycle lifecycle = onEuOnly(EgressSettings.defaults())) {
            assertThatExceptionOfType(DeploymentFailedException.class)
                    .isThrownBy(() -> lifecycle.deploy(dev.id()))
                    .satisfies(e -> {
                        assertThat(cluster(e.report(), US).outcome())
                                .isInstanceOfSatisfying(
                                        ClusterOutcome.Failed.class,
                                        failed -> assertThat(failed.cause())
                                                .isInstanceOfSatisfying(
                                                        InexpressibleEgressException.class,
                                                        cause -> assertThat(cause.inexpressible())
                                                                .extracting(Omission::rule)
                                                                .containsExactly(DOMAIN)));
                        assertThat(cluster(e.report(), EU).outcome()).isInstanceOf(ClusterOutcome.Deployed.class);
                        assertThat(e.report().toString())
                                .contains("Cannot render manifests on cluster us-1 for environment " + dev.id()
                                        + ": a NetworkPolicy cannot express domain *.example.com on 443/TCP"
                                        + " (a NetworkPolicy knows no");
                    });
        }

        assertThat(platform.clusters.cluster(US).objects("Namespace")).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(DryRun.class)
    void what_the_host_agreed_to_leave_out_is_listed_in_report_and_plan_and_opens_nothing(DryRun dryRun) {
        Environment dev = environment(DOMAIN, RANGE);
        EgressSettings omitting = EgressSettings.defaults()
                .withOmittable(Set.of(OmittableRule.DOMAINS))
                .withDialect(new DialectChoice.Fixed(PolicyDialect.KUBERNETES));
        try (NamespaceLifecycle lifecycle =
                platform.builder().egressSettings(cluster -> omitting).build()) {
            DeploymentReport report =
                    lifecycle.deploy(dev.id(), DeployOptions.defaults().withDryRun(dryRun));

            NamespaceOutcome outcome = cluster(report, EU).namespaces().get(0).outcome();
            List<Omission> omissions = outcome instanceof NamespaceOutcome.Deployed deployed
                    ? deployed.omissions()
                    : ((NamespaceOutcome.Planned) outcome).omissions();
            assertThat(omissions).extracting(Omission::rule).containsExactly(DOMAIN);
            assertThat(report.toString())
                    .contains("eu-1/shop-web: left out: domain *.example.com on 443/TCP "
                            + "(a NetworkPolicy knows no domain names)");
        }

        if (dryRun == DryRun.NONE) {
            assertThat(EffectiveEgress.read(platform.clusters
                            .cluster(EU)
                            .objects("NetworkPolicy")
                            .get(0)))
                    .isInstanceOfSatisfying(
                            EgressReading.Understood.class,
                            understood -> assertThat(understood.egress().describe())
                                    .contains("10.20.0.0/16:5432/TCP")
                                    .noneMatch(text -> text.contains("example.com")));
        } else {
            platform.gateway.assertThat().hasWrittenNothing();
        }
    }

    @Test
    void each_cluster_has_the_policy_of_its_own_settings() throws Exception {
        Environment dev = environment(RANGE);
        EgressSettings open = EgressSettings.defaults().withDialect(new DialectChoice.Fixed(PolicyDialect.KUBERNETES));
        EgressSettings narrower = open.withClusterRanges(List.of(new Cidr("10.20.1.0/24")));
        try (NamespaceLifecycle lifecycle = platform.builder()
                .egressSettings(cluster -> cluster.equals(US) ? narrower : open)
                .build()) {
            lifecycle.deploy(dev.id());
        }

        EgressDestination address = new EgressDestination.Address(InetAddress.getByName("10.20.1.1"));
        assertThat(egress(EU).allows(address, 5432, TransportProtocol.TCP)).isTrue();
        assertThat(egress(US).allows(address, 5432, TransportProtocol.TCP)).isFalse();
    }

    private EffectiveEgress egress(ClusterId cluster) {
        HasMetadata policy =
                platform.clusters.cluster(cluster).objects("NetworkPolicy").get(0);
        return ((EgressReading.Understood) EffectiveEgress.read(policy)).egress();
    }

    @Test
    void the_default_of_the_host_replaces_our_default() {
        Environment dev = environment();
        try (NamespaceLifecycle lifecycle =
                platform.builder().defaultEgress(new EgressMode.DenyAll()).build()) {
            lifecycle.deploy(dev.id());

            assertThat(lifecycle.resolvePolicy(dev.id()).mode()).isEqualTo(new EgressMode.DenyAll());
        }
        assertThat(EffectiveEgress.read(platform.clusters
                        .cluster(EU)
                        .find(platform.policy("shop-web"))
                        .orElseThrow()))
                .isInstanceOfSatisfying(
                        EgressReading.Understood.class,
                        understood ->
                                assertThat(understood.egress().isNothing()).isTrue());
    }

    @Test
    void a_fixed_dialect_asks_no_cluster() {
        DialectChoice fixed = new DialectChoice.Fixed(PolicyDialect.KUBERNETES);

        assertThat(Dialects.choose(fixed, platform.gateway, EU)).isEqualTo(PolicyDialect.KUBERNETES);
        platform.gateway.assertThat().hasSeenNoCall();
    }

    @ParameterizedTest
    @CsvSource({"false, 1, KUBERNETES", "true, 0, KUBERNETES", "true, 1, CILIUM"})
    void the_dialect_is_ciliums_only_if_a_probe_finds_a_node(boolean served, int nodes, PolicyDialect dialect) {
        List<HasMetadata> found = Collections.nCopies(nodes, new GenericKubernetesResource());
        ClusterGateway gateway = (ClusterGateway) Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {ClusterGateway.class},
                (proxy, method, arguments) -> method.getName().equals("serves")
                        ? served || arguments[2].equals("CiliumNetworkPolicy")
                        : new ObjectPage(found, null));

        assertThat(Dialects.choose(new DialectChoice.Probe(), gateway, EU)).isEqualTo(dialect);
        assertThat(Dialects.choose(new DialectChoice.Detect(), gateway, EU)).isEqualTo(PolicyDialect.CILIUM);
    }

    @Test
    void a_cluster_that_does_not_say_what_it_serves_is_an_error_and_nothing_is_assumed() {
        Environment dev = environment();
        platform.clusters
                .faults()
                .on(call -> call instanceof GatewayCall.Serves && call.cluster().equals(EU))
                .fail(Failure.unreachable());

        assertThatExceptionOfType(DeploymentFailedException.class)
                .isThrownBy(() -> platform.lifecycle.deploy(dev.id()))
                .satisfies(e -> assertThat(e.report().failures())
                        .singleElement()
                        .isInstanceOf(ClusterUnreachableException.class));
        assertThat(platform.clusters.cluster(EU).find(ResourceRef.namespace("shop-web")))
                .isEmpty();
        assertThat(platform.isRecorded(dev, EU)).isFalse();
    }

    private Environment environment(EgressRule... rules) {
        Environment dev = platform.environment(
                anEnvironment().id("shop-dev").clusters("eu-1", "us-1").build(), "shop-web");
        if (rules.length > 0) {
            platform.policies.save(anEgressPolicy()
                    .ofProject(dev.projectId().value())
                    .allowing(rules)
                    .build());
        }
        return dev;
    }

    /** A lifecycle on clusters of which only one has Cilium. */
    private NamespaceLifecycle onEuOnly(EgressSettings settings) {
        ClusterGateway gateway = (ClusterGateway) Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {ClusterGateway.class},
                (proxy, method, arguments) -> method.getName().equals("serves") && arguments[1].equals("cilium.io/v2")
                        ? arguments[0].equals(EU)
                        : method.invoke(platform.clusters, arguments));
        return platform.builder(new RecordingClusterGateway(gateway), platform.stores.stores())
                .egressSettings(cluster -> settings)
                .build();
    }

    private static ClusterReport cluster(DeploymentReport report, ClusterId id) {
        return report.environments().get(0).clusters().stream()
                .filter(cluster -> cluster.cluster().equals(id))
                .findFirst()
                .orElseThrow();
    }
}
