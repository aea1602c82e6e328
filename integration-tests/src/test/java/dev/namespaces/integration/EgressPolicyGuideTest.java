package dev.namespaces.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.core.deploy.DeployOptions;
import dev.namespaces.core.deploy.DeploymentReport;
import dev.namespaces.core.deploy.DryRun;
import dev.namespaces.core.render.ManifestWriter;
import dev.namespaces.core.request.NamespaceRequest;
import dev.namespaces.egress.CiliumProfile;
import dev.namespaces.egress.DefaultEgress;
import dev.namespaces.egress.DialectChoice;
import dev.namespaces.egress.DnsProfile;
import dev.namespaces.egress.DnsProfile.DnsServer;
import dev.namespaces.egress.EgressPolicyRenderer;
import dev.namespaces.egress.EgressSettings;
import dev.namespaces.egress.InexpressibleEgressException;
import dev.namespaces.egress.IngressMode;
import dev.namespaces.egress.OmittableRule;
import dev.namespaces.egress.PolicyResolution;
import dev.namespaces.egress.RenderedEgress;
import dev.namespaces.egress.SpecialRange;
import dev.namespaces.egress.check.PolicyCheck;
import dev.namespaces.egress.check.PolicyManifestValidator;
import dev.namespaces.egress.check.PolicyVerdict;
import dev.namespaces.egress.effective.EffectiveEgress;
import dev.namespaces.egress.effective.EgressDestination;
import dev.namespaces.egress.effective.EgressDifference;
import dev.namespaces.egress.effective.EgressReading;
import dev.namespaces.model.Cidr;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.EgressEntity;
import dev.namespaces.model.EgressMode;
import dev.namespaces.model.EgressPolicy;
import dev.namespaces.model.EgressPolicyId;
import dev.namespaces.model.EgressRule;
import dev.namespaces.model.EgressRule.NamespaceSelector.ByLabels;
import dev.namespaces.model.EgressRule.NamespaceSelector.ByName;
import dev.namespaces.model.EgressRule.NamespaceSelector.Own;
import dev.namespaces.model.EgressRule.ToCidr;
import dev.namespaces.model.EgressRule.ToDomain;
import dev.namespaces.model.EgressRule.ToEntities;
import dev.namespaces.model.EgressRule.ToNamespace;
import dev.namespaces.model.EgressRule.ToPods;
import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.OrganizationId;
import dev.namespaces.model.PolicyDialect;
import dev.namespaces.model.PortRange;
import dev.namespaces.model.ProjectId;
import dev.namespaces.model.Shown;
import dev.namespaces.model.TransportProtocol;
import dev.namespaces.spi.ClusterGateway;
import dev.namespaces.spi.Stores;
import dev.namespaces.testkit.FakeClusters;
import dev.namespaces.testkit.InMemoryEgressPolicyStore;
import dev.namespaces.testkit.InMemoryStores;
import dev.namespaces.testservers.KubeApiServer;
import dev.namespaces.testservers.Kubectl;
import dev.namespaces.testservers.OnRealCluster;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The code of the guide to egress policy is this class's code, and its manifests are what the renderer writes. */
class EgressPolicyGuideTest {

    private static final Logger log = LoggerFactory.getLogger(EgressPolicyGuideTest.class);
    private static final GuidePage GUIDE = GuidePage.of("docs/egress-policy.md");
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final int BUILT_IN_ITEMS = 2;
    private static final Environment DEV = new Environment(
            new EnvironmentId("shop-dev"),
            new OrganizationId("acme"),
            new ProjectId("shop"),
            "dev",
            List.of(new ClusterId("eu-1")),
            Map.of(),
            1);

    private static EgressMode policy() {
        // spotless:off
        // begin: policy
        EgressMode mode = new EgressMode.AllowList(List.of(
                new ToDomain("*.example.com", List.of(PortRange.tcp(443))),
                new ToCidr(new Cidr("10.20.0.0/16"), List.of(), List.of(PortRange.tcp(5432)))));
        // end: policy
        // spotless:on
        return mode;
    }

    private static void save(InMemoryEgressPolicyStore policies, EgressMode mode) {
        // spotless:off
        // begin: save
        policies.save(new EgressPolicy(new EgressPolicyId("shop-egress"), new ProjectId("shop"), mode, 1, null));
        // end: save
        // spotless:on
    }

    private static EgressRule cidr() {
        // spotless:off
        // begin: cidr
        EgressRule database = new ToCidr(
                new Cidr("10.20.0.0/16"), List.of(new Cidr("10.20.99.0/24")), List.of(PortRange.tcp(5432)));
        // end: cidr
        // spotless:on
        return database;
    }

    private static List<EgressRule> domain() {
        // spotless:off
        // begin: domain
        EgressRule byName = new ToDomain("api.example.org", List.of(PortRange.tcp(443)));
        EgressRule byPattern = new ToDomain("*.example.com", List.of(PortRange.tcp(443)));
        // end: domain
        // spotless:on
        return List.of(byName, byPattern);
    }

    private static List<EgressRule> namespace() {
        // spotless:off
        // begin: namespace
        EgressRule byName = new ToNamespace(new ByName("billing"), List.of(PortRange.tcp(8080)));
        EgressRule byLabels = new ToNamespace(new ByLabels(Map.of("team", "payments")), List.of());
        // end: namespace
        // spotless:on
        return List.of(byName, byLabels);
    }

    private static List<EgressRule> pods() {
        // spotless:off
        // begin: pods
        EgressRule elsewhere = new ToPods(new ByName("billing"), Map.of("app", "ledger"), List.of(PortRange.tcp(8080)));
        EgressRule here = new ToPods(new Own(), Map.of("app", "db"), List.of(PortRange.tcp(5432)));
        // end: pods
        // spotless:on
        return List.of(elsewhere, here);
    }

    private static EgressRule entities() {
        // spotless:off
        // begin: entities
        EgressRule apiServer = new ToEntities(Set.of(EgressEntity.KUBE_APISERVER), List.of(PortRange.tcp(6443)));
        // end: entities
        // spotless:on
        return apiServer;
    }

    private static EgressRule everywhere() {
        // spotless:off
        // begin: everywhere
        EgressRule everywhere = new ToEntities(Set.of(EgressEntity.WORLD, EgressEntity.CLUSTER), List.of(PortRange.tcp(443)));
        // end: everywhere
        // spotless:on
        return everywhere;
    }

    private static EgressRule ports() {
        // spotless:off
        // begin: ports
        EgressRule voice = new ToCidr(new Cidr("192.0.2.0/24"), List.of(), List.of(
                PortRange.tcp(443),
                new PortRange(3868, 3868, TransportProtocol.SCTP),
                new PortRange(10000, 20000, TransportProtocol.UDP),
                PortRange.any(5060)));
        // end: ports
        // spotless:on
        return voice;
    }

    private static DnsProfile dnsOfPods() {
        // spotless:off
        // begin: dns
        DnsProfile dns = new DnsProfile(List.of(
                new DnsServer.Pods("dns-system", Map.of("app", "coredns"), 1053),
                new DnsServer.Addresses(List.of(new Cidr("10.0.0.2/32")), 53)));
        // end: dns
        // spotless:on
        return dns;
    }

    private static NamespaceLifecycle lifecycle(ClusterGateway gateway, Stores stores) {
        // spotless:off
        // begin: settings
        EgressSettings standard = EgressSettings.defaults();
        Map<ClusterId, EgressSettings> special = Map.of(
                new ClusterId("edge-1"), standard
                        .withDialect(new DialectChoice.Fixed(PolicyDialect.KUBERNETES))
                        .withOmittable(Set.of(OmittableRule.DOMAINS))
                        .withDns(DnsProfile.openShift()),
                new ClusterId("eu-2"), standard
                        .withDns(DnsProfile.nodeLocal(new Cidr("169.254.20.10/32")))
                        .withIngress(IngressMode.SAME_NAMESPACE));

        NamespaceLifecycle lifecycle = NamespaceLifecycle.builder(gateway, stores)
                .egressSettings(cluster -> special.getOrDefault(cluster, standard))
                .defaultEgress(new EgressMode.DenyAll()) // instead of DefaultEgress.mode()
                .build();
        // end: settings
        // spotless:on
        return lifecycle;
    }

    private static EgressSettings network() {
        // spotless:off
        // begin: network
        EgressSettings network = EgressSettings.defaults()
                .withDialect(new DialectChoice.Probe())
                .withClusterRanges(List.of(new Cidr("34.118.224.0/20"), new Cidr("10.4.0.0/14")))
                .withDenied(SpecialRange.all())
                .withCilium(CiliumProfile.defaults().withOldest(1, 18).withL7Proxy(false));
        // end: network
        // spotless:on
        return network;
    }

    private static void requireBelow(EgressMode ceiling, EgressMode mode) {
        // spotless:off
        // begin: ceiling
        EffectiveEgress most = EffectiveEgress.of("any", ceiling, EgressSettings.defaults());
        EffectiveEgress asked = EffectiveEgress.of("any", mode, EgressSettings.defaults());
        EgressDifference difference = EffectiveEgress.difference(most, asked);
        if (!(difference instanceof EgressDifference.Known known && known.gained().isNothing())) {
            throw new IllegalArgumentException("more than the ceiling allows: " + difference);
        }
        // end: ceiling
        // spotless:on
    }

    private static EgressMode moreThanTheDefault() {
        // spotless:off
        // begin: default
        List<EgressRule> rules = new ArrayList<>(DefaultEgress.mode().rules());
        rules.add(new ToCidr(new Cidr("10.1.2.3/32"), List.of(), List.of(PortRange.tcp(3128)))); // the proxy
        EgressMode mode = new EgressMode.AllowList(rules);
        // end: default
        // spotless:on
        return mode;
    }

    private static String explain(NamespaceLifecycle lifecycle, EnvironmentId environment) {
        // spotless:off
        // begin: explain
        PolicyResolution resolution = lifecycle.resolvePolicy(environment);
        log.info("{}", resolution.explain());
        // end: explain
        // spotless:on
        return resolution.explain();
    }

    private static EgressDifference difference(EgressMode before, EgressMode after) throws UnknownHostException {
        // spotless:off
        // begin: difference
        EffectiveEgress was = EffectiveEgress.of("shop-dev", before, EgressSettings.defaults());
        EffectiveEgress willBe = EffectiveEgress.of("shop-dev", after, EgressSettings.defaults());

        boolean reachesDatabase = willBe.allows(
                new EgressDestination.Address(InetAddress.getByName("10.20.0.7")), 5432, TransportProtocol.TCP);
        EgressDifference difference = EffectiveEgress.difference(was, willBe);
        difference.sentences().forEach(log::info);
        // end: difference
        // spotless:on
        assertThat(reachesDatabase).isTrue();
        return difference;
    }

    private static String plan(NamespaceLifecycle lifecycle, EnvironmentId environment) {
        // spotless:off
        // begin: plan
        DeploymentReport plan = lifecycle.deploy(List.of(environment), DeployOptions.defaults().withDryRun(DryRun.SERVER));
        log.info("{}", plan);
        // end: plan
        // spotless:on
        return plan.toString();
    }

    private static PolicyVerdict validate(String yaml) {
        // spotless:off
        // begin: validate
        HasMetadata manifest = Serialization.unmarshal(yaml, GenericKubernetesResource.class);
        PolicyVerdict verdict = PolicyManifestValidator.validate(manifest);
        if (verdict.outcome() != PolicyVerdict.Outcome.VALID) {
            verdict.findings().forEach(finding -> log.warn("{}", finding));
        }
        // end: validate
        // spotless:on
        return verdict;
    }

    private static EgressReading read(HasMetadata manifest) {
        // spotless:off
        // begin: read
        EgressReading reading = EffectiveEgress.read(manifest, "shop-dev");
        if (reading instanceof EgressReading.Understood understood) {
            log.info("allows {} {}", understood.subject(), understood.egress());
        } else if (reading instanceof EgressReading.NotUnderstood unknown) {
            log.warn("says more than we know: {}", unknown.reasons());
        }
        // end: read
        // spotless:on
        return reading;
    }

    private record Shown(EgressMode mode, EgressSettings settings) {
        static Shown rules(EgressRule... rules) {
            return rules(List.of(rules));
        }

        static Shown rules(List<EgressRule> rules) {
            return new Shown(new EgressMode.AllowList(rules), EgressSettings.defaults());
        }

        RenderedEgress render(PolicyDialect dialect) {
            return EgressPolicyRenderer.render(
                    dialect,
                    "shop-dev",
                    "egress.namespaces.dev",
                    Map.of("app.kubernetes.io/managed-by", "namespaces.dev"),
                    mode,
                    settings);
        }
    }

    /** Whole objects by the marker of their block. */
    private static final Map<String, Supplier<RenderedEgress>> OBJECTS = new LinkedHashMap<>();

    /** What rules become in addition to the built-in items, by the marker of the block. */
    private static final Map<String, Supplier<RenderedEgress>> ITEMS = new LinkedHashMap<>();

    static {
        object("policy", PolicyDialect.CILIUM, new Shown(policy(), EgressSettings.defaults()));
        for (PolicyDialect dialect : PolicyDialect.values()) {
            object("deny-all", dialect, new Shown(new EgressMode.DenyAll(), EgressSettings.defaults()));
            object("allow-all", dialect, new Shown(new EgressMode.AllowAll(), EgressSettings.defaults()));
            items("cidr", dialect, Shown.rules(cidr()));
            items("namespace", dialect, Shown.rules(namespace()));
            items("pods", dialect, Shown.rules(pods()));
            items("everywhere", dialect, Shown.rules(everywhere()));
            items("ports", dialect, Shown.rules(ports()));
            items("default", dialect, new Shown(DefaultEgress.mode(), EgressSettings.defaults()));
        }
        items("domain", PolicyDialect.CILIUM, Shown.rules(domain()));
        items("entities", PolicyDialect.CILIUM, Shown.rules(entities()));
    }

    private static void object(String name, PolicyDialect dialect, Shown shown) {
        OBJECTS.put("object: EgressPolicyGuideTest " + name + " " + dialect, () -> shown.render(dialect));
    }

    private static void items(String name, PolicyDialect dialect, Shown shown) {
        ITEMS.put("items: EgressPolicyGuideTest " + name + " " + dialect, () -> shown.render(dialect));
    }

    private static final String BAD = "example: EgressPolicyGuideTest bad";
    private static final String DNS_CHECK = "check: EgressPolicyGuideTest dns";

    @ParameterizedTest
    @MethodSource("objects")
    void an_object_in_the_guide_is_what_the_renderer_writes(String marker, Supplier<RenderedEgress> rendered) {
        GUIDE.assertBlock(marker, ManifestWriter.toYaml(rendered.get().manifest()));
    }

    @ParameterizedTest
    @MethodSource("items")
    void the_items_of_a_rule_in_the_guide_are_what_the_renderer_writes(String marker, Supplier<RenderedEgress> rendered)
            throws JsonProcessingException {
        JsonNode manifest = MAPPER.readTree(ManifestWriter.toJson(rendered.get().manifest()));
        String whole = ManifestWriter.toYaml(rendered.get().manifest());
        String egress = whole.substring(whole.indexOf("  egress:\n") + "  egress:\n".length());
        List<String> items = new ArrayList<>();
        for (String line : egress.lines().toList()) {
            if (line.startsWith("  - ")) {
                items.add("");
            } else if (!line.startsWith("   ")) {
                break;
            }
            items.set(items.size() - 1, items.get(items.size() - 1) + line.substring(2) + "\n");
        }

        assertThat(items).hasSize(manifest.at("/spec/egress").size());
        GUIDE.assertBlock(marker, String.join("", items.subList(BUILT_IN_ITEMS, items.size())));
    }

    @Test
    void every_manifest_of_the_guide_is_one_that_is_tested() {
        Set<String> tested = new HashSet<>(OBJECTS.keySet());
        tested.addAll(ITEMS.keySet());

        assertThat(GUIDE.blocks())
                .extracting(GuidePage.Block::marker)
                .filteredOn(marker -> marker.matches("(object|items): .*"))
                .containsExactlyInAnyOrderElementsOf(tested);
    }

    @Test
    void the_code_runs_and_prints_what_the_guide_says() {
        FakeClusters clusters = FakeClusters.of("eu-1");
        InMemoryStores stores = new InMemoryStores();
        InMemoryEgressPolicyStore policies = stores.egressPolicies();
        stores.environments().save(DEV);
        policies.save(
                new EgressPolicy(new EgressPolicyId("acme-egress"), DEV.organizationId(), organization(), 1, null));
        save(policies, policy());
        try (NamespaceLifecycle lifecycle = lifecycle(clusters, stores.stores())) {
            lifecycle.create(NamespaceRequest.of(DEV.id(), "shop-web"));
            lifecycle.deploy(DEV.id());
            policies.softDelete(new EgressPolicyId("shop-egress"), Instant.parse("2026-11-22T10:15:30Z"));

            GUIDE.assertBlock("prints: EgressPolicyGuideTest explain", explain(lifecycle, DEV.id()) + "\n");
            String plan = plan(lifecycle, DEV.id());
            String report = lifecycle.deploy(DEV.id()).toString().replaceAll(" +[0-9]+ ms", "  12 ms");
            GUIDE.assertBlock("prints: EgressPolicyGuideTest report", report);
            assertThat(notes(plan)).isNotEmpty().isEqualTo(notes(report));
        }
    }

    @Test
    void the_difference_reads_as_the_guide_says() throws UnknownHostException {
        EgressDifference difference = difference(policy(), organization());

        GUIDE.assertBlock("prints: EgressPolicyGuideTest difference", String.join("\n", difference.sentences()) + "\n");
    }

    @Test
    void what_a_network_policy_cannot_say_is_refused_as_the_guide_says() {
        assertThatExceptionOfType(InexpressibleEgressException.class)
                .isThrownBy(() -> new Shown(policy(), EgressSettings.defaults()).render(PolicyDialect.KUBERNETES))
                .satisfies(e -> GUIDE.assertBlock("prints: EgressPolicyGuideTest refused", e.getMessage() + "\n"));
        assertThatExceptionOfType(InexpressibleEgressException.class)
                .isThrownBy(() -> Shown.rules(entities()).render(PolicyDialect.KUBERNETES));
    }

    @Test
    void the_validator_finds_in_the_bad_example_what_the_guide_says() {
        PolicyVerdict verdict = validate(GUIDE.block(BAD));

        GUIDE.assertBlock(
                "prints: EgressPolicyGuideTest validate",
                verdict.findings().stream().map(finding -> finding + "\n").collect(Collectors.joining()));
        assertThat(verdict.errors()).isNotEmpty();
        assertThat(verdict.warnings()).isNotEmpty();
        assertThat(verdict.notChecked()).isNotEmpty();
        assertThat(read(Serialization.unmarshal(GUIDE.block(BAD), GenericKubernetesResource.class)))
                .isInstanceOf(EgressReading.NotUnderstood.class);
    }

    @Test
    void every_check_of_the_validator_is_in_the_guide_under_its_severity() {
        for (PolicyCheck.Severity severity : PolicyCheck.Severity.values()) {
            Set<String> named = Arrays.stream(PolicyCheck.values())
                    .filter(check -> check.severity() == severity)
                    .map(check -> "| `" + check + "` |")
                    .collect(Collectors.toSet());
            String section = GUIDE.text().substring(GUIDE.text().indexOf("<!-- checks: " + severity + " -->"));
            String table = section.substring(0, section.indexOf("\n\n"));

            assertThat(table.lines().filter(line -> line.startsWith("| `")))
                    .as("%s", severity)
                    .hasSameSizeAs(named);
            assertThat(table).contains(named);
        }
    }

    @Test
    void rules_that_more_than_the_default_allows_are_one_line() {
        EffectiveEgress usual = EffectiveEgress.of("shop-dev", DefaultEgress.mode(), EgressSettings.defaults());
        EffectiveEgress more = EffectiveEgress.of("shop-dev", moreThanTheDefault(), EgressSettings.defaults());

        assertThat(EffectiveEgress.difference(usual, more)).hasToString("gains 10.1.2.3/32:3128/TCP");
    }

    @Test
    void a_policy_above_the_ceiling_is_refused_and_one_below_is_not() {
        requireBelow(moreThanTheDefault(), DefaultEgress.mode());
        requireBelow(DefaultEgress.mode(), new EgressMode.DenyAll());

        assertThatIllegalArgumentException()
                .isThrownBy(() -> requireBelow(DefaultEgress.mode(), moreThanTheDefault()))
                .withMessage("more than the ceiling allows: gains 10.1.2.3/32:3128/TCP");
    }

    @Test
    void metadata_is_denied_and_the_clusters_ranges_are_excepted_as_the_guide_says() {
        Shown shown = new Shown(new EgressMode.AllowAll(), network());
        Shown world = new Shown(DefaultEgress.mode(), network());

        assertThat(ManifestWriter.toYaml(shown.render(PolicyDialect.CILIUM).manifest()))
                .contains("egressDeny", "- \"169.254.0.0/16\"");
        assertThat(ManifestWriter.toYaml(world.render(PolicyDialect.KUBERNETES).manifest()))
                .contains("- \"34.118.224.0/20\"");
    }

    @Test
    void the_guide_lists_every_special_range_with_its_source() {
        String section = GUIDE.text().substring(GUIDE.text().indexOf("<!-- ranges -->"));
        List<String> rows = section.substring(0, section.indexOf("\n\n"))
                .lines()
                .filter(line -> line.startsWith("| `"))
                .toList();

        assertThat(rows)
                .containsExactlyElementsOf(Stream.concat(SpecialRange.ipv4().stream(), SpecialRange.ipv6().stream())
                        .map(range -> "| `" + range.cidr() + "` | " + range.name() + " | " + range.source() + " |")
                        .toList());
    }

    @OnRealCluster
    @Test
    void the_check_of_dns_fails_where_another_profile_is_needed(KubeApiServer server) {
        String check = GUIDE.block(DNS_CHECK).strip();
        assertThat(passes(server, check)).as("without pods").isFalse();

        dnsPod(server, "gardener", 8053);
        assertThat(passes(server, check)).as("with another port").isFalse();

        dnsPod(server, "usual", 53);
        assertThat(passes(server, check)).as("with kube-dns").isTrue();
    }

    private static boolean passes(KubeApiServer server, String check) {
        return server.kubectl().tryShell(Path.of(".."), check).exitCode() == 0;
    }

    private static void dnsPod(KubeApiServer server, String name, int port) {
        server.client()
                .resource(new PodBuilder()
                        .withNewMetadata()
                        .withNamespace("kube-system")
                        .withName(name)
                        .addToLabels("k8s-app", "kube-dns")
                        .endMetadata()
                        .withNewSpec()
                        .addNewContainer()
                        .withName("dns")
                        .withImage("dns")
                        .addNewPort()
                        .withContainerPort(port)
                        .endPort()
                        .endContainer()
                        .endSpec()
                        .build())
                .create();
    }

    @Test
    void dns_servers_of_ones_own_are_opened() {
        EgressSettings settings = EgressSettings.defaults().withDns(dnsOfPods());
        EffectiveEgress egress = EffectiveEgress.of("shop-dev", new EgressMode.AllowList(List.of()), settings);

        assertThat(egress.describe())
                .contains("pods with app=coredns of namespace dns-system:1053/UDP", "10.0.0.2/32:53/UDP");
    }

    @OnRealCluster(cilium = true)
    @Test
    void every_command_runs(KubeApiServer server) {
        List<String> commands = GUIDE.lines("sh: EgressPolicyGuideTest");

        assertThat(commands).isNotEmpty().allSatisfy(command -> {
            Kubectl.Result result = server.kubectl().tryShell(Path.of(".."), command);
            assertThat(result.exitCode()).as("%s%n%s", command, result.error()).isZero();
        });
    }

    private static EgressMode organization() {
        return new EgressMode.AllowList(List.of(
                new ToCidr(new Cidr("10.20.0.0/16"), List.of(), List.of(PortRange.tcp(5432), PortRange.tcp(6432)))));
    }

    private static List<String> notes(String report) {
        return report.lines().filter(line -> line.contains(": egress ")).toList();
    }

    static Stream<Arguments> objects() {
        return OBJECTS.entrySet().stream().map(entry -> Arguments.of(entry.getKey(), entry.getValue()));
    }

    static Stream<Arguments> items() {
        return ITEMS.entrySet().stream().map(entry -> Arguments.of(entry.getKey(), entry.getValue()));
    }
}
