package dev.namespaces.core;

import static dev.namespaces.core.Platform.EU;
import static dev.namespaces.testkit.TestData.aNamespace;
import static dev.namespaces.testkit.TestData.anEgressPolicy;
import static dev.namespaces.testkit.TestData.anEnvironment;
import static org.assertj.core.api.Assertions.assertThat;

import dev.namespaces.core.deploy.ClusterOutcome;
import dev.namespaces.core.deploy.DeploymentReport;
import dev.namespaces.egress.CiliumProfile;
import dev.namespaces.egress.DialectChoice;
import dev.namespaces.egress.EgressSettings;
import dev.namespaces.egress.IngressMode;
import dev.namespaces.model.Cidr;
import dev.namespaces.model.DeploymentRecord;
import dev.namespaces.model.DeploymentRecord.Completion;
import dev.namespaces.model.EgressEntity;
import dev.namespaces.model.EgressRule;
import dev.namespaces.model.Environment;
import dev.namespaces.model.PolicyDialect;
import dev.namespaces.model.PortRange;
import dev.namespaces.model.Target;
import dev.namespaces.model.TargetObject;
import dev.namespaces.spi.BegunDeployment;
import dev.namespaces.spi.ObjectIntent;
import dev.namespaces.spi.ObjectResult;
import dev.namespaces.testkit.GatewayCall;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The states that count as unchanged: a redeploy of them changes nothing, in this release and next to an older or a
 * newer one.
 */
@Timeout(60)
class RedeployTest {

    private static final List<EgressRule> RULES = List.of(
            new EgressRule.ToCidr(
                    new Cidr("203.0.113.0/24"), List.of(new Cidr("203.0.113.8/32")), List.of(PortRange.tcp(443))),
            new EgressRule.ToNamespace(
                    new EgressRule.NamespaceSelector.ByLabels(Map.of("x", "y", "z", "w", "I", "i")), List.of()),
            new EgressRule.ToNamespace(new EgressRule.NamespaceSelector.ByName("other"), List.of()));

    private static final List<EgressRule> CILIUM_RULES = List.of(
            new EgressRule.ToDomain("api.example.com", List.of()),
            new EgressRule.ToEntities(Set.of(EgressEntity.values()), List.of()));

    private final Platform platform = new Platform();
    private final Environment dev = anEnvironment()
            .id("shop-dev")
            .label("team", "shop")
            .label("a.b/c", "d")
            .label("stage", "x")
            .build();
    private final Target target = new Target(dev.id(), EU);

    @AfterEach
    void close() {
        platform.close();
    }

    static Stream<Arguments> policies() {
        return Stream.of(PolicyDialect.values())
                .flatMap(dialect -> Stream.of(IngressMode.values())
                        .flatMap(ingress -> Stream.of("deny", "all", "default", "list")
                                .map(mode -> Arguments.of(dialect, ingress, mode))));
    }

    @ParameterizedTest(name = "{2} as {0}, ingress {1}")
    @MethodSource("policies")
    void a_redeploy_writes_nothing(PolicyDialect dialect, IngressMode ingress, String mode) {
        environment(mode, dialect);
        try (NamespaceLifecycle lifecycle = lifecycle(settings(dialect, ingress))) {
            lifecycle.deploy(dev.id());
            List<String> versions = versions();
            platform.gateway.forgetCalls();

            for (int i = 0; i < 3; i++) {
                assertThat(outcome(lifecycle.deploy(dev.id()))).isInstanceOf(ClusterOutcome.Unchanged.class);
            }

            platform.gateway.assertThat().hasWrittenNothing();
            assertThat(versions()).isEqualTo(versions);
            assertThat(record().revision()).isEqualTo(1);
        }
    }

    @Test
    void a_redeploy_after_a_change_of_the_policy_begins_no_deployment() {
        environment("list", PolicyDialect.CILIUM);
        platform.lifecycle.deploy(dev.id());
        want("deny", PolicyDialect.CILIUM);
        platform.lifecycle.deploy(dev.id());

        assertThat(outcome(platform.lifecycle.deploy(dev.id()))).isInstanceOf(ClusterOutcome.Unchanged.class);

        assertThat(record().revision()).isEqualTo(2);
        assertThat(rows()).hasSize(4).extracting(TargetObject::fingerprint).doesNotContainNull();
    }

    /** Records outlive releases: if these values change, every host redeploys everything. */
    @ParameterizedTest
    @CsvSource({
        "CILIUM, UNTOUCHED, 93eb6bd3aea2b076c25194f48d19e2b814680fe0d2d07c87bad3f4dd08e8b0cd, "
                + "3b0c73d9079cd01cdcb665d5cfbe65ea068989ec2c1e3f48f8fd969f0035bdd2",
        "CILIUM, SAME_NAMESPACE, 16c8d38c0b9d3165f0bb5999b0bb72630da547ceafde8bf1ec923ffc031d71bc, "
                + "adc8d1687538c49da8800d25c83ecf24e55fe6db06d52ce60460e2f3b2e41492",
        "KUBERNETES, UNTOUCHED, 8e79ecf8841ad5e3f678e85146ac1025bc0472418d2b90e416f45e8991736b73, "
                + "f2e1911e66dd0fe7b051cc43ce3915043120b55780ad2f1c4e200a2f9552aacf",
        "KUBERNETES, SAME_NAMESPACE, 35f8b3b1c21d3637ab870110f1bdd9b9458039aea635afe9ac07e2702b546199, "
                + "ce9a672de85ac1ff8ae101e2c2f8255689f8ef4b5f2939c6da2a30565e2872ff",
    })
    void the_fingerprints_of_a_fixed_state_are_the_same_in_every_release(
            PolicyDialect dialect, IngressMode ingress, String input, String rendered) {
        environment("list", dialect);
        Locale before = Locale.getDefault();
        Locale.setDefault(Locale.forLanguageTag("tr"));
        try (NamespaceLifecycle lifecycle = lifecycle(settings(dialect, ingress))) {
            lifecycle.deploy(dev.id());
        } finally {
            Locale.setDefault(before);
        }

        Completion completion = completion();
        assertThat(List.of(completion.inputFingerprint(), completion.renderedFingerprint()))
                .containsExactly(input, rendered);
        assertThat(completion.renderingGeneration()).isEqualTo(2);
        assertThat(rows()).extracting(TargetObject::fingerprint).allMatch(fingerprint -> fingerprint.startsWith("2:"));
    }

    @Test
    void a_setting_at_its_default_is_in_no_fingerprint_and_any_other_is() {
        environment("list", PolicyDialect.KUBERNETES);
        try (NamespaceLifecycle plain = lifecycle(EgressSettings.defaults());
                NamespaceLifecycle same = lifecycle(EgressSettings.defaults()
                        .withIngress(EgressSettings.defaults().ingress())
                        .withDns(EgressSettings.defaults().dns()));
                NamespaceLifecycle other =
                        lifecycle(EgressSettings.defaults().withIngress(IngressMode.SAME_NAMESPACE))) {
            plain.deploy(dev.id());
            assertThat(outcome(same.ensureDeployed(dev.id()))).isInstanceOf(ClusterOutcome.Unchanged.class);
            assertThat(outcome(other.ensureDeployed(dev.id()))).isInstanceOf(ClusterOutcome.Deployed.class);
        }
    }

    static Stream<EgressSettings> networks() {
        EgressSettings plain = EgressSettings.defaults();
        List<Cidr> part = List.of(new Cidr("203.0.113.16/28"));
        CiliumProfile nodes = CiliumProfile.defaults().withRangesMatchNodes(true);
        return Stream.of(plain.withDenied(part), plain.withClusterRanges(part).withCilium(nodes));
    }

    @ParameterizedTest
    @MethodSource("networks")
    void a_deployment_follows_settings_of_the_network(EgressSettings settings) {
        environment("list", PolicyDialect.KUBERNETES);
        try (NamespaceLifecycle plain = lifecycle(EgressSettings.defaults());
                NamespaceLifecycle other = lifecycle(settings)) {
            plain.deploy(dev.id());

            assertThat(outcome(other.ensureDeployed(dev.id()))).isInstanceOf(ClusterOutcome.Deployed.class);
            assertThat(outcome(other.ensureDeployed(dev.id()))).isInstanceOf(ClusterOutcome.Unchanged.class);
        }
    }

    @Test
    void a_record_of_a_newer_release_is_left_alone_while_the_input_is_equal() {
        environment("all", PolicyDialect.CILIUM);
        platform.lifecycle.deploy(dev.id());
        recordAs(3, "rendered in another way");
        long revision = record().revision();
        platform.gateway.forgetCalls();

        assertThat(outcome(platform.lifecycle.ensureDeployed(dev.id()))).isInstanceOf(ClusterOutcome.Unchanged.class);
        platform.lifecycle.initializer().beforeApply(EU, "shop-web");
        platform.gateway.assertThat().hasSeenNoCall();
        // The newer release rendered the same manifest as ours, so there is nothing to write, and no reason to record
        // it as ours.
        assertThat(outcome(platform.lifecycle.deploy(dev.id()))).isInstanceOf(ClusterOutcome.Unchanged.class);

        platform.gateway.assertThat().hasWrittenNothing();
        assertThat(record().revision()).isEqualTo(revision);
        assertThat(rows())
                .allMatch(row -> row.fingerprint() != null && row.fingerprint().startsWith("3:"));
    }

    @Test
    void an_older_release_tightens_a_policy_though_a_newer_one_has_deployed() {
        environment("all", PolicyDialect.CILIUM);
        platform.lifecycle.deploy(dev.id());
        recordAs(3, "rendered in another way");
        want("deny", PolicyDialect.CILIUM);

        assertThat(outcome(platform.lifecycle.ensureDeployed(dev.id()))).isInstanceOf(ClusterOutcome.Deployed.class);

        assertThat(platform.clusters.cluster(EU).objects("CiliumNetworkPolicy"))
                .allSatisfy(policy -> assertThat(policy.toString()).contains("egress=[{}]"));
        assertThat(completion().renderingGeneration()).isEqualTo(Rendered.GENERATION);
    }

    @Test
    void a_record_of_an_older_release_counts_if_it_rendered_the_same() {
        environment("all", PolicyDialect.CILIUM);
        platform.lifecycle.deploy(dev.id());
        recordAs(1, completion().renderedFingerprint());
        platform.gateway.forgetCalls();

        assertThat(outcome(platform.lifecycle.ensureDeployed(dev.id()))).isInstanceOf(ClusterOutcome.Unchanged.class);
        platform.gateway.assertThat().hasSeenNoCall();
    }

    @Test
    void a_record_of_an_older_release_that_rendered_differently_does_not_count() {
        environment("all", PolicyDialect.CILIUM);
        platform.lifecycle.deploy(dev.id());
        recordAs(1, "rendered in another way");

        assertThat(outcome(platform.lifecycle.ensureDeployed(dev.id()))).isInstanceOf(ClusterOutcome.Deployed.class);
        assertThat(completion().renderingGeneration()).isEqualTo(Rendered.GENERATION);
        platform.gateway.forgetCalls();
        platform.lifecycle.ensureDeployed(dev.id());
        platform.gateway.assertThat().hasSeenNoCall();
    }

    @Test
    void two_releases_next_to_each_other_do_not_redeploy_in_turns() {
        environment("all", PolicyDialect.CILIUM);
        platform.lifecycle.deploy(dev.id());
        recordAs(3, "rendered in another way");
        platform.gateway.forgetCalls();

        for (int i = 0; i < 5; i++) {
            platform.lifecycle.ensureDeployed(dev.id());
            platform.lifecycle.initializer().beforeApply(EU, "shop-web");
            platform.lifecycle.initializer().beforeApply(EU, "shop-api");
        }

        platform.gateway.assertThat().hasSeenNoCall();
    }

    @Test
    void a_record_that_is_too_old_counts_as_none() {
        environment("all", PolicyDialect.CILIUM);
        platform.lifecycle.deploy(dev.id());
        platform.clusters.cluster(EU).as("kubectl").delete(platform.policy("shop-web"));
        platform.lifecycle.ensureDeployed(dev.id());
        assertThat(platform.clusters.cluster(EU).find(platform.policy("shop-web")))
                .isEmpty();
        try (NamespaceLifecycle onTime = aged(Duration.ofHours(1));
                NamespaceLifecycle late = aged(Duration.ofHours(1).plusMillis(1))) {
            onTime.ensureDeployed(dev.id());
            assertThat(platform.clusters.cluster(EU).find(platform.policy("shop-web")))
                    .isEmpty();

            late.ensureDeployed(dev.id());
        }

        assertThat(platform.clusters.cluster(EU).find(platform.policy("shop-web")))
                .isPresent();
        assertThat(platform.gateway.calls(GatewayCall.Create.class)).hasSize(5);
    }

    @Test
    void a_look_that_changes_nothing_renews_a_record_over_the_greatest_age() {
        platform.environments.save(dev);
        platform.namespace(dev, "shop-web");
        platform.lifecycle.deploy(dev.id());
        Duration age = Duration.ofHours(2);
        try (NamespaceLifecycle late = aged(age)) {
            platform.gateway.forgetCalls();
            late.ensureDeployed(dev.id());
            platform.gateway.assertThat().hasWrittenNothing();
            assertThat(completion().deployedAt()).isEqualTo(Platform.NOW.plus(age));

            platform.gateway.forgetCalls();
            late.ensureDeployed(dev.id());
            platform.gateway.assertThat().hasSeenNoCall();
        }
    }

    private NamespaceLifecycle aged(Duration age) {
        return platform.builder()
                .greatestRecordAge(Duration.ofHours(1))
                .clock(Clock.fixed(Platform.NOW.plus(age), ZoneOffset.UTC))
                .build();
    }

    /** Changes record and rows to those that a release of another generation would have written. */
    private void recordAs(int generation, String renderedFingerprint) {
        Completion completion = completion();
        List<TargetObject> before = rows();
        BegunDeployment begun = platform.deployments
                .begin(
                        target,
                        record().revision(),
                        before.stream()
                                .map(row -> new ObjectIntent(row.resource(), row.namespaceId(), row.keys(), false))
                                .toList())
                .orElseThrow();
        List<ObjectResult> results = new ArrayList<>();
        for (TargetObject row : before) {
            String input = row.fingerprint().substring(row.fingerprint().indexOf(':') + 1);
            platform.clusters
                    .cluster(EU)
                    .as("namespaces.dev")
                    .annotate(row.resource(), "namespaces.dev/attempt", begun.attempt());
            results.add(new ObjectResult(
                    row.resource(),
                    begun.attempt(),
                    row.identity(),
                    new ObjectResult.State.Closed(generation + ":" + input, row.keys())));
        }
        platform.deployments.settle(begun, results);
        platform.deployments.complete(
                begun,
                new Completion(
                        completion.inputFingerprint(),
                        renderedFingerprint,
                        generation,
                        completion.dialect(),
                        completion.deployedAt()));
    }

    private void environment(String mode, PolicyDialect dialect) {
        platform.environments.save(dev);
        platform.namespaces.insert(List.of(
                aNamespace()
                        .in(dev)
                        .id("id-1")
                        .name("shop-web")
                        .metadata("tier", "1")
                        .annotation("note", "n")
                        .build(),
                aNamespace().in(dev).id("id-2").name("shop-api").build()));
        want(mode, dialect);
    }

    private void want(String mode, PolicyDialect dialect) {
        var policy = anEgressPolicy().id("p").ofProject(dev.projectId().value());
        List<EgressRule> rules = new ArrayList<>(RULES);
        if (dialect == PolicyDialect.CILIUM) {
            rules.addAll(CILIUM_RULES);
        }
        switch (mode) {
            case "deny" -> platform.savePolicy(policy.denyingAll());
            case "all" -> platform.savePolicy(policy.allowingAll());
            case "list" -> platform.savePolicy(policy.allowing(rules.toArray(new EgressRule[0])));
            default -> {}
        }
    }

    private static EgressSettings settings(PolicyDialect dialect, IngressMode ingress) {
        return EgressSettings.defaults()
                .withDialect(new DialectChoice.Fixed(dialect))
                .withIngress(ingress);
    }

    private NamespaceLifecycle lifecycle(EgressSettings settings) {
        return platform.builder().egressSettings(cluster -> settings).build();
    }

    private List<String> versions() {
        Function<HasMetadata, String> version = object -> object.getMetadata().getName() + " "
                + object.getMetadata().getResourceVersion() + " "
                + object.getMetadata().getGeneration();
        return platform.clusters.cluster(EU).objects().stream().map(version).toList();
    }

    private DeploymentRecord record() {
        return platform.deployments.findByEnvironments(List.of(dev.id())).get(0);
    }

    private Completion completion() {
        return Objects.requireNonNull(record().completion());
    }

    private List<TargetObject> rows() {
        return platform.deployments.findPage(target, null, 100);
    }

    private static ClusterOutcome outcome(DeploymentReport report) {
        return report.environments().get(0).clusters().get(0).outcome();
    }
}
