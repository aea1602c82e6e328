package dev.namespaces.egress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.namespaces.egress.effective.EffectiveEgress;
import dev.namespaces.egress.effective.EgressDestination;
import dev.namespaces.egress.effective.EgressReading;
import dev.namespaces.model.Cidr;
import dev.namespaces.model.EgressMode;
import dev.namespaces.model.EgressRule;
import dev.namespaces.model.EgressRule.NamespaceSelector;
import dev.namespaces.model.EgressRule.ToCidr;
import dev.namespaces.model.EgressRule.ToDomain;
import dev.namespaces.model.EgressRule.ToNamespace;
import dev.namespaces.model.EgressRule.ToPods;
import dev.namespaces.model.PolicyDialect;
import dev.namespaces.model.PortRange;
import dev.namespaces.model.TransportProtocol;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Settings that say what the network of a cluster is like. */
class NetworkSettingsTest {

    private static final Cidr PODS = new Cidr("34.118.224.0/20");
    private static final List<PortRange> HTTPS = List.of(PortRange.tcp(443));
    private static final EgressRule WORLD = new ToCidr(new Cidr("0.0.0.0/0"), List.of(), HTTPS);
    private static final EgressSettings SETTINGS = EgressSettings.defaults();

    @Test
    void a_range_of_the_cluster_is_excepted_where_ranges_select_it() {
        EgressSettings settings = SETTINGS.withClusterRanges(List.of(PODS));
        EgressSettings nodes = settings.withCilium(CiliumProfile.defaults().withRangesMatchNodes(true));

        assertThat(isOpen("34.118.224.1", PolicyDialect.KUBERNETES, SETTINGS, WORLD))
                .isTrue();
        assertThat(isOpen("34.118.224.1", PolicyDialect.KUBERNETES, settings, WORLD))
                .isFalse();
        assertThat(isOpen("34.118.224.1", PolicyDialect.CILIUM, settings, WORLD))
                .isTrue();
        assertThat(isOpen("34.118.224.1", PolicyDialect.CILIUM, nodes, WORLD)).isFalse();
        assertThat(isOpen("34.119.0.1", PolicyDialect.KUBERNETES, settings, WORLD))
                .isTrue();
    }

    @Test
    void a_rule_to_the_clusters_own_range_is_refused_or_listed() {
        EgressSettings settings = SETTINGS.withClusterRanges(List.of(PODS));
        EgressRule rule = new ToCidr(new Cidr("34.118.224.0/24"), List.of(), HTTPS);

        assertProblem("the settings except the cluster's own range " + PODS, PolicyDialect.KUBERNETES, settings, rule);
    }

    @Test
    void a_denied_range_is_closed_although_a_rule_opens_it() {
        EgressSettings settings = SETTINGS.withDenied(SpecialRange.all());

        assertThat(isOpen("169.254.169.254", PolicyDialect.CILIUM, SETTINGS, WORLD))
                .isTrue();
        assertThat(isOpen("169.254.169.254", PolicyDialect.CILIUM, settings, WORLD))
                .isFalse();
        assertThat(isOpen("1.1.1.1", PolicyDialect.CILIUM, settings, WORLD)).isTrue();
    }

    @Test
    void everything_but_the_denied_ranges_is_open_where_all_is_allowed() {
        EgressSettings settings = SETTINGS.withDenied(List.of(new Cidr("10.0.0.0/8")));

        EffectiveEgress egress = read(PolicyDialect.CILIUM, settings, new EgressMode.AllowAll());

        assertThat(egress).hasToString("the cluster, 0.0.0.0/0 (except 10.0.0.0/8), ::/0");
    }

    @Test
    void nothing_is_denied_where_nothing_is_allowed() {
        EgressSettings settings = SETTINGS.withDenied(List.of(new Cidr("10.0.0.0/8")));

        assertThat(read(PolicyDialect.CILIUM, settings, new EgressMode.DenyAll())
                        .isNothing())
                .isTrue();
    }

    @Test
    void a_rule_to_a_denied_range_is_refused_or_listed() {
        EgressSettings settings = SETTINGS.withDenied(List.of(new Cidr("10.0.0.0/8")));
        EgressRule rule = new ToCidr(new Cidr("10.20.0.0/16"), List.of(), HTTPS);

        assertProblem("the settings deny 10.0.0.0/8", PolicyDialect.CILIUM, settings, rule);
    }

    @Test
    void settings_that_deny_a_dns_server_are_refused() {
        EgressSettings settings = SETTINGS.withDns(DnsProfile.aksLocalDns());

        assertThatIllegalArgumentException()
                .isThrownBy(() -> settings.withDenied(SpecialRange.all()))
                .withMessage("The DNS server 169.254.10.11/32 is in the denied range 169.254.0.0/16");
    }

    @Test
    void a_domain_is_refused_or_listed_where_the_l7_proxy_is_off() {
        EgressSettings settings = SETTINGS.withCilium(CiliumProfile.defaults().withL7Proxy(false));
        EgressRule rule = new ToDomain("api.example.com", HTTPS);

        assertProblem("domains need Cilium's L7 proxy, which is off", PolicyDialect.CILIUM, settings, rule);
        assertThat(render(PolicyDialect.CILIUM, omitting(settings), rule)
                        .manifest()
                        .toString())
                .doesNotContain("matchPattern", "dns=");
    }

    @ParameterizedTest
    @ValueSource(ints = {18, 16, 9})
    void a_deep_pattern_is_refused_or_listed_before_cilium_1_19(int minor) {
        EgressSettings settings = SETTINGS.withCilium(CiliumProfile.defaults().withOldest(1, minor));

        assertProblem(
                "Cilium before 1.19 takes '**.' for '*.'",
                PolicyDialect.CILIUM,
                settings,
                new ToDomain("**.example.com", HTTPS));
        assertThat(render(PolicyDialect.CILIUM, settings, new ToDomain("*.example.com", HTTPS))
                        .omissions())
                .isEmpty();
    }

    @Test
    void a_range_of_ports_is_refused_or_listed_before_cilium_1_16() {
        EgressRule rule = new ToCidr(
                new Cidr("192.0.2.0/24"), List.of(), List.of(new PortRange(8000, 8080, TransportProtocol.TCP)));
        EgressSettings old = SETTINGS.withCilium(CiliumProfile.defaults().withOldest(1, 15));
        EgressSettings able = SETTINGS.withCilium(CiliumProfile.defaults().withOldest(1, 16));

        assertProblem("Cilium before 1.16 ignores the end of a range of ports", PolicyDialect.CILIUM, old, rule);
        assertThat(render(PolicyDialect.CILIUM, able, rule).omissions()).isEmpty();
    }

    @Test
    void a_rule_to_a_namespace_is_refused_or_listed_where_it_spans_a_mesh() {
        EgressSettings mesh = SETTINGS.withCilium(CiliumProfile.defaults().withNamespacesSpanMesh(true));
        String reason = "a namespace is the one of that name in each cluster of the mesh";

        assertProblem(reason, PolicyDialect.CILIUM, mesh, new ToNamespace(new NamespaceSelector.ByName("web"), HTTPS));
        assertProblem(
                reason,
                PolicyDialect.CILIUM,
                mesh,
                new ToPods(new NamespaceSelector.Own(), Map.of("app", "web"), HTTPS));
        assertThat(render(PolicyDialect.KUBERNETES, mesh, new ToNamespace(new NamespaceSelector.Own(), HTTPS))
                        .omissions())
                .isEmpty();
    }

    private static void assertProblem(String reason, PolicyDialect dialect, EgressSettings settings, EgressRule rule) {
        assertThatExceptionOfType(InexpressibleEgressException.class)
                .isThrownBy(() -> render(dialect, settings, rule))
                .satisfies(e -> assertThat(e.inexpressible()).containsExactly(new Omission(rule, reason)));
        assertThat(render(dialect, omitting(settings), rule).omissions()).containsExactly(new Omission(rule, reason));
    }

    private static EgressSettings omitting(EgressSettings settings) {
        return settings.withOmittable(Set.of(OmittableRule.values()));
    }

    private static boolean isOpen(String address, PolicyDialect dialect, EgressSettings settings, EgressRule rule) {
        return read(dialect, settings, new EgressMode.AllowList(List.of(rule)))
                .allows(new EgressDestination.Address(RandomPolicies.address(address)), 443, TransportProtocol.TCP);
    }

    private static RenderedEgress render(PolicyDialect dialect, EgressSettings settings, EgressRule rule) {
        return render(dialect, settings, new EgressMode.AllowList(List.of(rule)));
    }

    private static RenderedEgress render(PolicyDialect dialect, EgressSettings settings, EgressMode mode) {
        return EgressPolicyRenderer.render(dialect, "shop-dev", "egress", Map.of(), mode, settings);
    }

    private static EffectiveEgress read(PolicyDialect dialect, EgressSettings settings, EgressMode mode) {
        EgressReading reading =
                EffectiveEgress.read(render(dialect, settings, mode).manifest());
        assertThat(reading).isInstanceOf(EgressReading.Understood.class);
        return ((EgressReading.Understood) reading).egress();
    }
}
