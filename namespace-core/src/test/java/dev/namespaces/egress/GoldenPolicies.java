package dev.namespaces.egress;

import dev.namespaces.core.render.ManifestWriter;
import dev.namespaces.egress.DnsProfile.DnsServer;
import dev.namespaces.model.Cidr;
import dev.namespaces.model.EgressEntity;
import dev.namespaces.model.EgressMode;
import dev.namespaces.model.EgressRule;
import dev.namespaces.model.EgressRule.NamespaceSelector.ByLabels;
import dev.namespaces.model.EgressRule.NamespaceSelector.ByName;
import dev.namespaces.model.EgressRule.NamespaceSelector.Own;
import dev.namespaces.model.EgressRule.ToCidr;
import dev.namespaces.model.EgressRule.ToDomain;
import dev.namespaces.model.EgressRule.ToEntities;
import dev.namespaces.model.EgressRule.ToNamespace;
import dev.namespaces.model.EgressRule.ToPods;
import dev.namespaces.model.PolicyDialect;
import dev.namespaces.model.PortRange;
import dev.namespaces.model.TransportProtocol;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/** Every kind of rule, mode and setting once; a file has the reviewed text of each. */
final class GoldenPolicies {

    static final String NAMESPACE = "shop-dev";

    private GoldenPolicies() {}

    /**
     * One policy.
     *
     * @param name of its files
     */
    record Golden(String name, EgressMode mode, EgressSettings settings) {

        RenderedEgress render(PolicyDialect dialect) {
            return EgressPolicyRenderer.render(
                    dialect,
                    NAMESPACE,
                    "egress.namespaces.dev",
                    Map.of("app.kubernetes.io/managed-by", "namespaces.dev"),
                    mode,
                    settings);
        }

        String yaml(PolicyDialect dialect) {
            return ManifestWriter.toYaml(render(dialect).manifest());
        }

        String resource(PolicyDialect dialect) {
            return directory(dialect) + "/" + name + ".yaml";
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static String directory(PolicyDialect dialect) {
        return "egress/" + dialect.name().toLowerCase(Locale.ROOT);
    }

    static List<Golden> all() {
        EgressSettings plain = EgressSettings.defaults();
        List<PortRange> https = List.of(PortRange.tcp(443));
        List<Golden> goldens = new ArrayList<>(List.of(
                new Golden("mode-deny-all", new EgressMode.DenyAll(), plain),
                new Golden("mode-allow-all", new EgressMode.AllowAll(), plain),
                rules("mode-allow-list"),
                new Golden("default", DefaultEgress.mode(), plain),
                rules("cidr", new ToCidr(new Cidr("10.20.0.0/16"), List.of(), List.of(PortRange.tcp(5432)))),
                rules("cidr-every-port", new ToCidr(new Cidr("2001:db8::/32"), List.of(), List.of())),
                rules(
                        "cidr-with-exceptions",
                        new ToCidr(
                                new Cidr("10.0.0.0/8"),
                                List.of(new Cidr("10.96.0.0/12"), new Cidr("10.0.0.1/32")),
                                https)),
                rules("domain-by-name", new ToDomain("api.example.com", https)),
                rules("domain-by-pattern", new ToDomain("*.example.com", https)),
                rules("namespace-by-name", new ToNamespace(new ByName("billing"), List.of(PortRange.tcp(8080)))),
                rules(
                        "namespace-by-labels",
                        new ToNamespace(
                                new ByLabels(Map.of("team", "payments", "example.com/tier", "gold")), List.of())),
                rules(
                        "namespace-by-name-label",
                        new ToNamespace(new ByLabels(Map.of("kubernetes.io/metadata.name", "billing")), List.of())),
                rules(
                        "pods-of-own-namespace",
                        new ToPods(new Own(), Map.of("app", "db", "example.com/tier", "gold"), https)),
                rules("pods-of-namespace-by-name", new ToPods(new ByName("billing"), Map.of("app", "ledger"), https)),
                rules(
                        "pods-of-namespaces-by-labels",
                        new ToPods(new ByLabels(Map.of("team", "payments")), Map.of("app", "ledger"), List.of())),
                rules("namespace-own", new ToNamespace(new Own(), https)),
                rules(
                        "ports",
                        new ToCidr(
                                new Cidr("192.0.2.0/24"),
                                List.of(),
                                List.of(
                                        PortRange.tcp(443),
                                        PortRange.udp(443),
                                        new PortRange(3868, 3868, TransportProtocol.SCTP),
                                        new PortRange(8000, 8080, TransportProtocol.TCP),
                                        new PortRange(9000, 9100, TransportProtocol.ANY)))),
                rules(
                        "ports-over-forty",
                        new ToCidr(
                                new Cidr("192.0.2.0/24"),
                                List.of(),
                                IntStream.rangeClosed(8001, 8041)
                                        .mapToObj(PortRange::tcp)
                                        .toList())),
                rules(
                        "rules-of-each-kind",
                        new ToCidr(new Cidr("10.20.0.0/16"), List.of(), List.of(PortRange.tcp(5432))),
                        new ToDomain("*.example.com", https),
                        new ToNamespace(new ByName("billing"), List.of(PortRange.tcp(8080))),
                        new ToEntities(Set.of(EgressEntity.KUBE_APISERVER), https)),
                rules("entities-everywhere", new ToEntities(Set.of(EgressEntity.WORLD, EgressEntity.CLUSTER), https)),
                rules(
                        "entities-both-world-families",
                        new ToEntities(Set.of(EgressEntity.WORLD_IPV4, EgressEntity.WORLD_IPV6), https)),
                new Golden(
                        "dns-node-local",
                        new EgressMode.AllowList(List.of(new ToDomain("api.example.com", https))),
                        plain.withDns(DnsProfile.nodeLocal(new Cidr("169.254.20.10/32")))
                                .withOmittable(Set.of(OmittableRule.DOMAINS))),
                new Golden("dns-vcluster", new EgressMode.AllowList(List.of()), plain.withDns(DnsProfile.vCluster())),
                new Golden("dns-gardener", new EgressMode.AllowList(List.of()), plain.withDns(DnsProfile.gardener())),
                new Golden(
                        "dns-eks-auto-mode",
                        new EgressMode.AllowList(List.of()),
                        plain.withDns(DnsProfile.eksAutoMode(new Cidr("172.20.0.10/32")))),
                new Golden(
                        "dns-aks-local", new EgressMode.AllowList(List.of()), plain.withDns(DnsProfile.aksLocalDns())),
                new Golden(
                        "cluster-ranges",
                        new EgressMode.AllowList(
                                List.of(new ToCidr(new Cidr("0.0.0.0/0"), List.of(new Cidr("10.0.0.0/8")), https))),
                        plain.withClusterRanges(List.of(new Cidr("34.118.224.0/20"), new Cidr("10.4.0.0/14")))),
                new Golden(
                        "denied",
                        new EgressMode.AllowList(List.of(new ToCidr(new Cidr("0.0.0.0/0"), List.of(), https))),
                        plain.withDenied(List.of(new Cidr("169.254.0.0/16"), new Cidr("fd00::/8")))),
                new Golden("dns-openshift", new EgressMode.AllowList(List.of()), plain.withDns(DnsProfile.openShift())),
                new Golden(
                        "dns-addresses",
                        new EgressMode.AllowList(List.of()),
                        plain.withDns(new DnsProfile(List.of(new DnsServer.Addresses(
                                List.of(new Cidr("10.0.0.2/32"), new Cidr("fd00::2/128")), 53))))),
                new Golden(
                        "ingress-same-namespace",
                        new EgressMode.AllowList(List.of()),
                        plain.withIngress(IngressMode.SAME_NAMESPACE)),
                new Golden(
                        "ingress-same-namespace-deny-all",
                        new EgressMode.DenyAll(),
                        plain.withIngress(IngressMode.SAME_NAMESPACE)),
                new Golden(
                        "omissions",
                        new EgressMode.AllowList(List.of(
                                new ToDomain("api.example.com", https),
                                new ToEntities(Set.of(EgressEntity.KUBE_APISERVER), https),
                                new ToCidr(new Cidr("10.20.0.0/16"), List.of(), https))),
                        plain.withOmittable(Set.of(OmittableRule.DOMAINS, OmittableRule.ENTITIES)))));
        for (EgressEntity entity : EgressEntity.values()) {
            goldens.add(rules(
                    "entity-" + entity.name().toLowerCase(Locale.ROOT).replace('_', '-'),
                    new ToEntities(Set.of(entity), https)));
        }
        return goldens;
    }

    private static Golden rules(String name, EgressRule... rules) {
        return new Golden(name, new EgressMode.AllowList(List.of(rules)), EgressSettings.defaults());
    }
}
