package dev.namespaces.egress.check;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.namespaces.egress.RandomPolicies;
import dev.namespaces.egress.check.PolicyCheck.Severity;
import dev.namespaces.egress.check.PolicyVerdict.Outcome;
import dev.namespaces.egress.effective.EffectiveEgress;
import dev.namespaces.egress.effective.EgressDestination;
import dev.namespaces.egress.effective.EgressReading;
import dev.namespaces.model.PolicyDialect;
import dev.namespaces.model.TransportProtocol;
import dev.namespaces.testservers.CiliumOracle;
import dev.namespaces.testservers.CiliumOracle.Flow;
import dev.namespaces.testservers.CiliumOracle.Peer;
import dev.namespaces.testservers.KubeApiServer;
import dev.namespaces.testservers.Kubectl;
import dev.namespaces.testservers.OnCiliumOracle;
import dev.namespaces.testservers.OnRealCluster;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Each check alone: seeded into a valid manifest, it is caught by name, and the cluster agrees. */
class PolicyManifestValidatorTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final YAMLMapper YAML = new YAMLMapper();

    private static final String CILIUM = """
            apiVersion: cilium.io/v2
            kind: CiliumNetworkPolicy
            metadata: {name: written-by-hand, namespace: team-a}
            spec:
              endpointSelector: {matchLabels: {app: web}}
              egress:
              - toEndpoints:
                - matchLabels: {"k8s:io.kubernetes.pod.namespace": kube-system, "k8s:k8s-app": kube-dns}
                toPorts:
                - ports: [{port: "53", protocol: UDP}]
                  rules: {dns: [{matchPattern: "*"}]}
              - toFQDNs: [{matchName: api.example.com}]
                toPorts: [{ports: [{port: "443", protocol: TCP}]}]
              - toCIDRSet: [{cidr: 10.0.0.0/8, except: [10.96.0.0/12]}]
                toPorts: [{ports: [{port: "8000", endPort: 8080, protocol: TCP}]}]
              - toEntities: [kube-apiserver]
              - toCIDR: [192.0.2.0/24]
              egressDeny:
              - toCIDR: [192.0.2.7/32]
            """;

    private static final String KUBERNETES = """
            apiVersion: networking.k8s.io/v1
            kind: NetworkPolicy
            metadata: {name: written-by-hand, namespace: default}
            spec:
              podSelector: {matchLabels: {app: web}}
              policyTypes: [Egress]
              egress:
              - to:
                - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}
                  podSelector: {matchLabels: {k8s-app: kube-dns}}
                ports: [{port: 53, protocol: UDP}]
              - to:
                - ipBlock: {cidr: 10.0.0.0/8, except: [10.96.0.0/12]}
                ports: [{port: 8000, endPort: 8080, protocol: TCP}]
            """;

    private static final Peer WEB = Peer.pod("team-a", Map.of(), Map.of("app", "web"));
    private static final String ITEM = "/spec/egress/4";
    private static final String PORT = "/spec/egress/2/toPorts/0/ports/0/port";

    /** Cilium's engine does with the seeded manifest what the warning says it does. */
    private record Proof(Flow flow, boolean egress, boolean allowed) {}

    /** A value, or null to remove the value that is there. */
    private record Edit(String pointer, @Nullable String json) {}

    /** One violation in an otherwise valid manifest. */
    private record Seeded(
            PolicyCheck check,
            PolicyDialect dialect,
            String path,
            List<Edit> edits,
            @Nullable Proof proof) {

        Seeded remove(String pointer) {
            return with(new Edit(pointer, null));
        }

        Seeded set(String pointer, String json) {
            return with(new Edit(pointer, json));
        }

        Seeded allows(Peer to, int port) {
            return proven(new Proof(new Flow(WEB, to, port, "TCP"), true, true));
        }

        Seeded denies(Peer to, int port) {
            return proven(new Proof(new Flow(WEB, to, port, "TCP"), true, false));
        }

        Seeded proven(Proof proof) {
            return new Seeded(check, dialect, path, edits, proof);
        }

        private Seeded with(Edit edit) {
            List<Edit> all = new ArrayList<>(edits);
            all.add(edit);
            return new Seeded(check, dialect, path, all, proof);
        }

        ObjectNode manifest() {
            ObjectNode manifest = valid(dialect);
            edits.forEach(edit -> edit(manifest, edit));
            return manifest;
        }

        @Override
        public String toString() {
            return check + " of " + dialect + " at " + path + " by "
                    + edits.stream()
                            .map(edit -> edit.pointer + "=" + abbreviated(edit.json))
                            .collect(Collectors.joining(", "));
        }

        private static String abbreviated(@Nullable String json) {
            return json == null || json.length() < 80 ? String.valueOf(json) : json.substring(0, 80) + "...";
        }
    }

    private static Seeded cilium(PolicyCheck check, String path) {
        return new Seeded(check, PolicyDialect.CILIUM, path, List.of(), null);
    }

    private static Seeded kubernetes(PolicyCheck check, String path) {
        return new Seeded(check, PolicyDialect.KUBERNETES, path, List.of(), null);
    }

    private static List<Seeded> ciliumErrors() {
        return List.of(
                cilium(PolicyCheck.MALFORMED, "spec.egress[2].toPorts[0].ports[0].port")
                        .set(PORT, "8000"),
                cilium(PolicyCheck.MALFORMED, "spec.egress[4].toCIDR").set(ITEM + "/toCIDR", "\"192.0.2.0/24\""),
                cilium(PolicyCheck.MALFORMED, "spec.egress[2].toCIDRSet[0].cidr")
                        .set("/spec/egress/2/toCIDRSet/0", "{}"),
                cilium(PolicyCheck.MALFORMED, "spec.enableDefaultDeny.egress")
                        .set("/spec/enableDefaultDeny", "{\"egress\":\"yes\"}"),
                cilium(PolicyCheck.NAME_MISSING, "metadata.name").remove("/metadata/name"),
                cilium(PolicyCheck.NAME_SYNTAX, "metadata.name").set("/metadata/name", "\"readFlightsRule\""),
                cilium(PolicyCheck.NO_RULES, "spec").remove("/spec/egress").remove("/spec/egressDeny"),
                cilium(PolicyCheck.NO_RULES, "spec")
                        .set("/spec/egress", "[]")
                        .set("/spec/egressDeny", "[]")
                        .set("/spec/ingress", "[]"),
                cilium(PolicyCheck.NO_RULES, "spec").remove("/spec"),
                cilium(PolicyCheck.SUBJECT_MISSING, "spec.endpointSelector").remove("/spec/endpointSelector"),
                cilium(PolicyCheck.SUBJECT_IS_NODES, "spec.nodeSelector")
                        .remove("/spec/endpointSelector")
                        .set("/spec/nodeSelector", "{}"),
                cilium(PolicyCheck.COMBINED_PEERS, "spec.egress[4]").set(ITEM + "/toEntities", "[\"world\"]"),
                cilium(PolicyCheck.COMBINED_PEERS, "spec.egress[1]")
                        .set("/spec/egress/1/toEndpoints", "[{\"matchLabels\":{\"app\":\"db\"}}]"),
                cilium(PolicyCheck.COMBINED_PEERS, "spec.egressDeny[0]")
                        .set("/spec/egressDeny/0/toCIDRSet", "[{\"cidr\":\"10.0.0.0/8\"}]"),
                cilium(PolicyCheck.SELECTOR_SYNTAX, "spec.endpointSelector.matchExpressions[0].values")
                        .set(
                                "/spec/endpointSelector/matchExpressions",
                                "[{\"key\":\"app\",\"operator\":\"In\",\"values\":[]}]"),
                cilium(PolicyCheck.SELECTOR_SYNTAX, "spec.egress[4].toEndpoints[0].matchLabels[a:b:c]")
                        .set(ITEM, "{\"toEndpoints\":[{\"matchLabels\":{\"a:b:c\":\"x\"}}]}"),
                cilium(PolicyCheck.CIDR_SYNTAX, "spec.egress[4].toCIDR[0]").set(ITEM + "/toCIDR/0", "\"10.0.0.0/33\""),
                cilium(PolicyCheck.CIDR_SYNTAX, "spec.egress[4].toCIDR[0]").set(ITEM + "/toCIDR/0", "\"10.0.0.01/32\""),
                exception("11.0.0.0/16"),
                exception("10.0.0.0/7"),
                exception("fd00::/16"),
                cilium(PolicyCheck.ENTITY_UNKNOWN, "spec.egress[3].toEntities[0]")
                        .set("/spec/egress/3/toEntities/0", "\"moon\""),
                cilium(PolicyCheck.DOMAIN_SYNTAX, "spec.egress[1].toFQDNs[0].matchName")
                        .set("/spec/egress/1/toFQDNs/0/matchName", "\"api..example.com\""),
                cilium(PolicyCheck.DOMAIN_SYNTAX, "spec.egress[1].toFQDNs[0].matchName")
                        .set("/spec/egress/1/toFQDNs/0/matchName", "\"" + "a".repeat(256) + "\""),
                cilium(PolicyCheck.DOMAIN_SYNTAX, "spec.egress[1].toFQDNs[0]").set("/spec/egress/1/toFQDNs/0", "{}"),
                cilium(PolicyCheck.DOMAIN_SYNTAX, "spec.egress[0].toPorts[0].rules.dns[0].matchPattern")
                        .set("/spec/egress/0/toPorts/0/rules/dns/0/matchPattern", "\"*.example.com/x\""),
                cilium(PolicyCheck.PORT_MISSING, "spec.egress[2].toPorts[0].ports[0].port")
                        .set(PORT, "\"\""),
                cilium(PolicyCheck.PORT_MISSING, "spec.egress[2].toPorts[0].ports[0].port")
                        .remove(PORT),
                cilium(PolicyCheck.PORT_SYNTAX, "spec.egress[2].toPorts[0].ports[0].port")
                        .set(PORT, "\"65536\""),
                cilium(PolicyCheck.PORT_SYNTAX, "spec.egress[2].toPorts[0].ports[0].port")
                        .set(PORT, "\"80/tcp\""),
                cilium(PolicyCheck.END_PORT_SYNTAX, "spec.egress[2].toPorts[0].ports[0].endPort")
                        .set("/spec/egress/2/toPorts/0/ports/0/endPort", "65536"),
                cilium(PolicyCheck.TOO_MANY_PORTS, "spec.egress[2].toPorts[0].ports")
                        .set("/spec/egress/2/toPorts/0/ports", ports(41)),
                cilium(PolicyCheck.PROTOCOL_UNKNOWN, "spec.egress[2].toPorts[0].ports[0].protocol")
                        .set("/spec/egress/2/toPorts/0/ports/0/protocol", "\"QUIC\""),
                cilium(PolicyCheck.PORT_OF_PORTLESS_PROTOCOL, "spec.egress[4].toPorts[0].ports[0].port")
                        .set(ITEM + "/toPorts", "[{\"ports\":[{\"port\":\"47\",\"protocol\":\"GRE\"}]}]"),
                cilium(PolicyCheck.DNS_RULE_WITHOUT_PORT, "spec.egress[0].toPorts[0]")
                        .remove("/spec/egress/0/toPorts/0/ports"),
                cilium(PolicyCheck.DNS_RULE_ON_RANGE, "spec.egress[0].toPorts[0].ports[0]")
                        .set("/spec/egress/0/toPorts/0/ports/0/endPort", "54"),
                cilium(PolicyCheck.DNS_RULE_ON_EVERY_PORT, "spec.egress[0].toPorts[0].ports[0]")
                        .set("/spec/egress/0/toPorts/0/ports/0/port", "\"0\""),
                ingress(PolicyCheck.DNS_RULE_ON_INGRESS, ".toPorts[0].rules.dns", "\"dns\":[{\"matchPattern\":\"*\"}]"),
                ingress(
                        PolicyCheck.HTTP_RULE_SYNTAX,
                        ".toPorts[0].rules.http[0].path",
                        "\"http\":[{\"path\":\"/[a\"}]"),
                ingress(
                        PolicyCheck.HTTP_RULE_SYNTAX,
                        ".toPorts[0].rules.http[0].headerMatches[0].name",
                        "\"http\":[{\"headerMatches\":[{\"name\":\"\"}]}]"),
                ingress(PolicyCheck.HTTP_RULE_NOT_ON_TCP, ".toPorts[0].ports[0].protocol", "\"http\":[{}]")
                        .set("/spec/ingress/0/toPorts/0/ports/0/protocol", "\"UDP\""),
                ingress(PolicyCheck.HTTP_RULE_ON_EVERY_PORT, ".toPorts[0].ports[0]", "\"http\":[{}]")
                        .set("/spec/ingress/0/toPorts/0/ports/0/port", "\"0\""),
                ingress(PolicyCheck.SERVER_NAMES_WITH_RULES, ".toPorts[0]", "\"http\":[{}]")
                        .set("/spec/ingress/0/toPorts/0/serverNames", "[\"a.example.com\"]"),
                ingress(PolicyCheck.LISTENER_ON_INGRESS, ".toPorts[0].listener", "\"http\":[]")
                        .set("/spec/ingress/0/toPorts/0/listener", "{\"name\":\"a\",\"envoyConfig\":{\"name\":\"b\"}}"),
                cilium(PolicyCheck.ICMP_SYNTAX, "spec.ingress[0].icmps[0].fields[0].type")
                        .set("/spec/ingress", "[{\"icmps\":[{\"fields\":[{\"type\":\"PacketTooBig\"}]}]}]"),
                cilium(PolicyCheck.ICMP_WITH_PORTS, "spec.egress[2]")
                        .set("/spec/egress/2/icmps", "[{\"fields\":[{\"type\":8}]}]"));
    }

    private static Seeded ingress(PolicyCheck check, String path, String rules) {
        return cilium(check, "spec.ingress[0]" + path)
                .set(
                        "/spec/ingress",
                        "[{\"fromEndpoints\":[{}],\"toPorts\":[{\"ports\":[{\"port\":\"80\",\"protocol\":\"TCP\"}],"
                                + "\"rules\":{" + rules + "}}]}]");
    }

    private static Seeded exception(String text) {
        return cilium(PolicyCheck.EXCEPTION_OUTSIDE, "spec.egress[2].toCIDRSet[0].except[0]")
                .set("/spec/egress/2/toCIDRSet/0/except/0", "\"" + text + "\"");
    }

    private static String ports(int count) {
        return IntStream.rangeClosed(1, count)
                .mapToObj(port -> "{\"port\":\"" + port + "\",\"protocol\":\"TCP\"}")
                .collect(Collectors.joining(",", "[", "]"));
    }

    private static List<Seeded> ciliumWarnings() {
        return List.of(
                cilium(PolicyCheck.MISSING_PEER, "spec.egress[4]")
                        .set(ITEM, "{\"toPorts\":[{\"ports\":[{\"port\":\"80\",\"protocol\":\"TCP\"}]}]}")
                        .allows(Peer.ip("203.0.113.9"), 80),
                cilium(PolicyCheck.EMPTY_PEERS, "spec.egress[4].toEntities")
                        .set(ITEM + "/toEntities", "[]")
                        .denies(Peer.ip("192.0.2.1"), 80),
                cilium(PolicyCheck.EMPTY_ITEM, "spec.egress[4]").set(ITEM, "{}").denies(Peer.ip("203.0.113.9"), 80),
                cilium(PolicyCheck.EMPTY_ITEM, "spec.egressDeny[0]")
                        .set("/spec/egressDeny/0", "{}")
                        .allows(Peer.ip("192.0.2.7"), 80),
                cilium(PolicyCheck.EMPTY_PORTS, "spec.egress[4].toPorts[0]")
                        .set(ITEM + "/toPorts", "[{\"ports\":[]}]")
                        .denies(Peer.ip("192.0.2.1"), 80),
                cilium(PolicyCheck.EMPTY_SPECS, "specs")
                        .remove("/spec")
                        .set("/specs", "[]")
                        .allows(Peer.ip("203.0.113.9"), 80),
                cilium(PolicyCheck.DOMAIN_WITHOUT_DNS_RULE, "spec.egress[1].toFQDNs")
                        .remove("/spec/egress/0/toPorts/0/rules"),
                cilium(PolicyCheck.EMPTY_DNS_RULES, "spec.egress[3].toPorts[0].rules.dns")
                        .set(
                                "/spec/egress/3/toPorts",
                                "[{\"ports\":[{\"port\":\"53\",\"protocol\":\"UDP\"}],\"rules\":{\"dns\":[]}}]"),
                cilium(PolicyCheck.EXCEPTION_COVERS_ALL, "spec.egress[2].toCIDRSet[0].except[0]")
                        .set("/spec/egress/2/toCIDRSet/0/except/0", "\"10.0.0.0/8\"")
                        .denies(Peer.ip("10.1.1.1"), 8000),
                cilium(PolicyCheck.HOST_BITS, "spec.egress[4].toCIDR[0]")
                        .set(ITEM + "/toCIDR/0", "\"198.51.100.7/24\"")
                        .allows(Peer.ip("198.51.100.200"), 80),
                cilium(PolicyCheck.MAPPED_IPV4, "spec.egress[4].toCIDR[0]")
                        .set(ITEM + "/toCIDR/0", "\"::ffff:198.51.100.0/120\"")
                        .denies(Peer.ip("198.51.100.7"), 80),
                cilium(PolicyCheck.PORT_NOT_DECIMAL, "spec.egress[4].toPorts[0].ports[0].port")
                        .set(ITEM + "/toPorts", "[{\"ports\":[{\"port\":\"0443\",\"protocol\":\"TCP\"}]}]")
                        .allows(Peer.ip("192.0.2.1"), 0443),
                cilium(PolicyCheck.END_PORT_IGNORED, "spec.egress[2].toPorts[0].ports[0].endPort")
                        .set("/spec/egress/2/toPorts/0/ports/0/endPort", "7000")
                        .denies(Peer.ip("10.1.1.1"), 7500),
                cilium(PolicyCheck.NAMED_PORT_OF_NO_POD, "spec.egress[2].toPorts[0].ports[0].port")
                        .set("/spec/egress/2/toPorts/0/ports/0", "{\"port\":\"https\",\"protocol\":\"TCP\"}")
                        .denies(Peer.ip("10.1.1.1"), 443),
                cilium(
                                PolicyCheck.NAMESPACE_LABEL_ON_POD,
                                "spec.egress[4].toEndpoints[0]" + ".matchLabels[kubernetes.io/metadata.name]")
                        .set(
                                ITEM,
                                "{\"toEndpoints\":[{\"matchLabels\":{\"kubernetes.io/metadata.name\":\"billing\"}}]}")
                        .denies(Peer.pod("billing", Map.of(), Map.of()), 80),
                cilium(PolicyCheck.LABEL_SOURCE_UNKNOWN, "spec.egress[4].toEndpoints[0].matchLabels[docker:app]")
                        .set(ITEM, "{\"toEndpoints\":[{\"matchLabels\":{\"docker:app\":\"db\"}}]}")
                        .denies(Peer.pod("team-a", Map.of(), Map.of("app", "db")), 80),
                cilium(
                                PolicyCheck.SUBJECT_ELSEWHERE,
                                "spec.endpointSelector.matchLabels[k8s:io.kubernetes.pod.namespace]")
                        .set("/spec/endpointSelector/matchLabels", "{\"k8s:io.kubernetes.pod.namespace\":\"team-b\"}")
                        .proven(new Proof(
                                new Flow(
                                        Peer.pod("team-b", Map.of(), Map.of("app", "web")),
                                        Peer.ip("203.0.113.9"),
                                        80,
                                        "TCP"),
                                true,
                                true)),
                cilium(PolicyCheck.DEFAULT_DENY_OFF, "spec.enableDefaultDeny.egress")
                        .set("/spec/enableDefaultDeny", "{\"egress\":false}")
                        .allows(Peer.ip("203.0.113.9"), 80),
                cilium(PolicyCheck.DEFAULT_DENY_WITHOUT_RULES, "spec.enableDefaultDeny.ingress")
                        .set("/spec/enableDefaultDeny", "{\"ingress\":true}")
                        .proven(new Proof(
                                new Flow(Peer.pod("billing", Map.of(), Map.of()), WEB, 80, "TCP"), false, true)),
                cilium(PolicyCheck.DENY_ONLY, "spec.egressDeny")
                        .remove("/spec/egress")
                        .denies(Peer.ip("203.0.113.9"), 80));
    }

    private static List<Seeded> kubernetesErrors() {
        return List.of(
                kubernetes(PolicyCheck.MALFORMED, "spec.policyTypes[0]").set("/spec/policyTypes/0", "\"Outgress\""),
                kubernetes(PolicyCheck.MALFORMED, "spec.egress[1].to[0]").set("/spec/egress/1/to/0", "{}"),
                kubernetes(PolicyCheck.MALFORMED, "spec.egress[1].ports[0].port")
                        .set("/spec/egress/1/ports/0/port", "[8000]")
                        .remove("/spec/egress/1/ports/0/endPort"),
                kubernetes(PolicyCheck.NAME_MISSING, "metadata.name").remove("/metadata/name"),
                kubernetes(PolicyCheck.NAME_SYNTAX, "metadata.name").set("/metadata/name", "\"readFlightsRule\""),
                kubernetes(PolicyCheck.COMBINED_PEERS, "spec.egress[1].to[0]")
                        .set("/spec/egress/1/to/0/podSelector", "{}"),
                kubernetes(PolicyCheck.SELECTOR_SYNTAX, "spec.podSelector.matchLabels[app]")
                        .set("/spec/podSelector/matchLabels/app", "\"-web\""),
                kubernetes(PolicyCheck.CIDR_SYNTAX, "spec.egress[1].to[0].ipBlock.cidr")
                        .set("/spec/egress/1/to/0/ipBlock", "{\"cidr\":\"10.0.0.0\"}"),
                kubernetes(PolicyCheck.EXCEPTION_OUTSIDE, "spec.egress[1].to[0].ipBlock.except[0]")
                        .set("/spec/egress/1/to/0/ipBlock/except/0", "\"11.0.0.0/16\""),
                kubernetes(PolicyCheck.EXCEPTION_OUTSIDE, "spec.egress[1].to[0].ipBlock.except[0]")
                        .set("/spec/egress/1/to/0/ipBlock/except/0", "\"10.0.0.0/8\""),
                kubernetes(PolicyCheck.PORT_SYNTAX, "spec.egress[0].ports[0].port")
                        .set("/spec/egress/0/ports/0/port", "65536"),
                kubernetes(PolicyCheck.PORT_SYNTAX, "spec.egress[0].ports[0].port")
                        .set("/spec/egress/0/ports/0/port", "\"53\""),
                kubernetes(PolicyCheck.END_PORT_SYNTAX, "spec.egress[1].ports[0].endPort")
                        .set("/spec/egress/1/ports/0/endPort", "7999"),
                kubernetes(PolicyCheck.END_PORT_SYNTAX, "spec.egress[1].ports[0].endPort")
                        .remove("/spec/egress/1/ports/0/port"),
                kubernetes(PolicyCheck.PROTOCOL_UNKNOWN, "spec.egress[0].ports[0].protocol")
                        .set("/spec/egress/0/ports/0/protocol", "\"QUIC\""));
    }

    private static List<Seeded> kubernetesWarnings() {
        Peer from = Peer.pod("default", Map.of(), Map.of("app", "web"));
        return List.of(
                kubernetes(PolicyCheck.MISSING_PEER, "spec.egress[1].to")
                        .set("/spec/egress/1/to", "[]")
                        .proven(new Proof(new Flow(from, Peer.ip("203.0.113.9"), 8000, "TCP"), true, true)),
                kubernetes(PolicyCheck.MISSING_PEER, "spec.egress[1]")
                        .remove("/spec/egress/1/to")
                        .proven(new Proof(new Flow(from, Peer.ip("203.0.113.9"), 8000, "TCP"), true, true)),
                kubernetes(PolicyCheck.HOST_BITS, "spec.egress[1].to[0].ipBlock.cidr")
                        .set("/spec/egress/1/to/0/ipBlock", "{\"cidr\":\"198.51.100.7/24\"}")
                        .proven(new Proof(new Flow(from, Peer.ip("198.51.100.200"), 8000, "TCP"), true, true)),
                kubernetes(PolicyCheck.DIRECTION_NOT_DECLARED, "spec.egress")
                        .set("/spec/policyTypes", "[\"Ingress\"]")
                        .proven(new Proof(new Flow(from, Peer.ip("203.0.113.9"), 80, "TCP"), true, false)),
                kubernetes(PolicyCheck.IMPLIED_INGRESS, "spec.policyTypes")
                        .remove("/spec/policyTypes")
                        .proven(new Proof(
                                new Flow(Peer.pod("billing", Map.of(), Map.of()), from, 80, "TCP"), false, false)));
    }

    private static List<Seeded> notChecked() {
        return List.of(
                cilium(PolicyCheck.KIND_NOT_CHECKED, "kind").set("/kind", "\"CiliumClusterwideNetworkPolicy\""),
                cilium(PolicyCheck.FIELD_NOT_CHECKED, "spec.egress[4].toServices")
                        .set(
                                ITEM,
                                "{\"toServices\":[{\"k8sService\":{\"serviceName\":\"db\",\"namespace\":\"team-a\"}}]}"),
                cilium(PolicyCheck.FIELD_NOT_CHECKED, "spec.egress[4].toNodes")
                        .set(ITEM, "{\"toNodes\":[{\"matchLabels\":{\"a\":\"b\"}}]}"),
                ingress(
                        PolicyCheck.FIELD_NOT_CHECKED,
                        ".toPorts[0].rules.http[0].path",
                        "\"http\":[{\"path\":\"\\\\p{Cyrillic}\"}]"));
    }

    /** Accepted by an API server that is not asked for strict validation. */
    private static List<Seeded> refusedByStrictValidation() {
        return List.of(
                cilium(PolicyCheck.UNKNOWN_FIELD, "description").set("/description", "\"why\""),
                cilium(PolicyCheck.UNKNOWN_FIELD, "status.nodes").set("/status", "{\"nodes\":{}}"),
                kubernetes(PolicyCheck.UNKNOWN_FIELD, "metadata.description").set("/metadata/description", "\"why\""),
                kubernetes(PolicyCheck.UNKNOWN_FIELD, "status").set("/status", "{}"));
    }

    private static Stream<Seeded> all() {
        return Stream.of(
                        ciliumErrors().stream(),
                        ciliumWarnings().stream(),
                        kubernetesErrors().stream(),
                        kubernetesWarnings().stream(),
                        refusedByStrictValidation().stream(),
                        notChecked().stream())
                .flatMap(each -> each);
    }

    @ParameterizedTest
    @MethodSource("all")
    void a_mistake_in_a_valid_manifest_is_found_by_its_check_and_its_path(Seeded seeded) {
        PolicyVerdict verdict = validate(seeded.manifest());

        assertThat(verdict.findings())
                .as("%s", verdict.findings())
                .singleElement()
                .satisfies(finding -> {
                    assertThat(finding.check()).isEqualTo(seeded.check());
                    assertThat(finding.path()).isEqualTo(seeded.path());
                    assertThat(finding.message()).isNotBlank();
                    assertThat(finding)
                            .hasToString(finding.path() + ": " + finding.message() + " (" + seeded.check() + ")");
                });
        assertThat(verdict.outcome())
                .isEqualTo(
                        switch (seeded.check().severity()) {
                            case ERROR -> Outcome.INVALID;
                            case WARNING -> Outcome.VALID;
                            case NOT_CHECKED -> Outcome.NOT_CHECKED;
                        });
    }

    @Test
    void every_check_is_seeded() {
        Set<PolicyCheck> seeded =
                all().map(Seeded::check).collect(Collectors.toCollection(() -> EnumSet.noneOf(PolicyCheck.class)));

        assertThat(seeded).containsExactly(PolicyCheck.values());
    }

    @ParameterizedTest
    @EnumSource(PolicyDialect.class)
    void without_a_violation_nothing_is_found(PolicyDialect dialect) {
        assertThat(validate(valid(dialect)).findings()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(PolicyDialect.class)
    void many_violations_are_all_found_at_once(PolicyDialect dialect) {
        ObjectNode manifest = valid(dialect);
        if (dialect == PolicyDialect.CILIUM) {
            edit(manifest, new Edit("/spec/egress/4/toCIDR/0", "\"nonsense\""));
            edit(manifest, new Edit("/spec/egress/3/toEntities/0", "\"moon\""));
            edit(manifest, new Edit("/spec/egress/0/toPorts/0/rules", null));
            edit(manifest, new Edit("/spec/egressDeny/0/toNodes", "[{\"matchLabels\":{\"a\":\"b\"}}]"));
        } else {
            edit(manifest, new Edit("/spec/policyTypes", null));
            edit(manifest, new Edit("/spec/egress/1/ports/0/protocol", "\"QUIC\""));
            edit(manifest, new Edit("/spec/egress/1/to/0/ipBlock/except/0", "\"11.0.0.0/8\""));
        }

        PolicyVerdict verdict = validate(manifest);

        assertThat(verdict.outcome()).isEqualTo(Outcome.INVALID);
        assertThat(verdict.findings().stream().map(PolicyFinding::check))
                .containsExactlyInAnyOrderElementsOf(
                        dialect == PolicyDialect.CILIUM
                                ? List.of(
                                        PolicyCheck.CIDR_SYNTAX,
                                        PolicyCheck.ENTITY_UNKNOWN,
                                        PolicyCheck.FIELD_NOT_CHECKED,
                                        PolicyCheck.COMBINED_PEERS,
                                        PolicyCheck.DOMAIN_WITHOUT_DNS_RULE)
                                : List.of(
                                        PolicyCheck.IMPLIED_INGRESS,
                                        PolicyCheck.PROTOCOL_UNKNOWN,
                                        PolicyCheck.EXCEPTION_OUTSIDE));
    }

    @OnCiliumOracle
    @Test
    void the_schema_or_the_agent_rejects_every_error_and_accepts_every_warning() {
        CiliumOracle oracle = CiliumOracle.orSkip();
        List<Seeded> seeded = all().filter(each -> each.dialect == PolicyDialect.CILIUM)
                .filter(each -> each.check != PolicyCheck.KIND_NOT_CHECKED && each.check != PolicyCheck.UNKNOWN_FIELD)
                // Names are the API server's business, not that of a kind's schema.
                .filter(each -> each.check != PolicyCheck.NAME_SYNTAX)
                // The oracle's agent does not run with the setting that this field needs.
                .filter(each -> !each.path.endsWith("Nodes"))
                .toList();

        List<CiliumOracle.Verification> verifications = oracle.verify(Stream.concat(
                        Stream.of(valid(PolicyDialect.CILIUM)), seeded.stream().map(Seeded::manifest))
                .map(JsonNode::toString)
                .toList());

        assertThat(isAccepted(verifications.get(0))).isTrue();
        for (int i = 0; i < seeded.size(); i++) {
            CiliumOracle.Verification verification = verifications.get(i + 1);
            assertThat(isAccepted(verification))
                    .as("%s: %s, %s", seeded.get(i), verification.schema(), verification.agent())
                    .isEqualTo(seeded.get(i).check.severity() != Severity.ERROR);
        }
    }

    @OnRealCluster(cilium = true, kubectl = true)
    @ParameterizedTest
    @MethodSource("refusedByStrictValidation")
    void only_strict_validation_refuses_an_unknown_field(Seeded seeded, @TempDir Path directory) throws IOException {
        Kubectl kubectl = KubeApiServer.shared().kubectl();
        kubectl.tryRun("create", "namespace", "team-a");
        Path file = directory.resolve("policy.json");
        Files.writeString(file, seeded.manifest().toString());

        Kubectl.Result strict =
                kubectl.tryRun("create", "--dry-run=server", "--validate=strict", "-f", file.toString());
        Kubectl.Result lax = kubectl.tryRun("create", "--dry-run=server", "--validate=warn", "-f", file.toString());

        assertThat(strict.error()).contains("unknown field \"" + seeded.path() + "\"");
        assertThat(lax.exitCode()).as(lax.error()).isZero();
    }

    @OnRealCluster(kubectl = true)
    @Test
    void the_api_server_rejects_every_error_of_a_network_policy_and_accepts_every_warning(@TempDir Path directory) {
        Kubectl kubectl = KubeApiServer.shared().kubectl();
        Predicate<ObjectNode> accepted = manifest -> {
            Path file = directory.resolve("policy.json");
            try {
                Files.writeString(file, manifest.toString());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return kubectl.tryRun("create", "--dry-run=server", "--validate=strict", "-f", file.toString())
                            .exitCode()
                    == 0;
        };

        assertThat(accepted.test(valid(PolicyDialect.KUBERNETES))).isTrue();
        assertThat(kubernetesErrors())
                .allSatisfy(seeded -> assertThat(accepted.test(seeded.manifest()))
                        .as("%s", seeded)
                        .isFalse());
        assertThat(kubernetesWarnings())
                .allSatisfy(seeded -> assertThat(accepted.test(seeded.manifest()))
                        .as("%s", seeded)
                        .isTrue());
    }

    @OnCiliumOracle
    @ParameterizedTest
    @MethodSource("proven")
    void ciliums_engine_does_what_the_warning_says(Seeded seeded) {
        CiliumOracle oracle = CiliumOracle.orSkip();
        Proof proof = seeded.proof();

        CiliumOracle.Verdict verdict = oracle.verdict(
                        List.of(proof.flow), List.of(seeded.manifest().toString()))
                .get(0);

        assertThat(proof.egress ? verdict.egressAllowed() : verdict.ingressAllowed())
                .isEqualTo(proof.allowed);
    }

    /** Warned of or not, what is read from a manifest is what it does; or it is not understood. */
    @Test
    void what_is_understood_of_a_manifest_with_a_warning_is_what_the_engine_does() {
        List<Seeded> understood = new ArrayList<>();
        for (Seeded seeded : proven().filter(each -> each.proof.egress).toList()) {
            ObjectNode manifest = seeded.manifest();
            if (manifest.at("/spec/egress").isArray()) {
                ((ObjectNode) manifest.get("spec")).remove("egressDeny");
            }
            if (!seeded.check.name().startsWith("SUBJECT") && manifest.has("spec")) {
                ObjectNode spec = (ObjectNode) manifest.get("spec");
                spec.putObject(seeded.dialect == PolicyDialect.CILIUM ? "endpointSelector" : "podSelector");
            }
            EgressReading reading = EffectiveEgress.read(JSON.convertValue(manifest, GenericKubernetesResource.class));
            if (reading instanceof EgressReading.Understood known) {
                understood.add(seeded);
                EgressDestination to = seeded.proof.flow.to().ip() == null
                        ? new EgressDestination.Pod(
                                String.valueOf(seeded.proof.flow.to().namespace()),
                                Map.of(),
                                Map.copyOf(seeded.proof.flow.to().labels()))
                        : new EgressDestination.Address(
                                RandomPolicies.address(seeded.proof.flow.to().ip()));
                assertThat(known.egress().allows(to, seeded.proof.flow.port(), TransportProtocol.TCP))
                        .as("%s", seeded)
                        .isEqualTo(seeded.proof.allowed);
            }
        }

        assertThat(understood).hasSizeGreaterThan(10);
    }

    /** Whether the agent looks at queries is nothing that its policy engine knows. */
    @Test
    void every_warning_but_those_of_the_dns_proxy_is_proven() {
        Set<PolicyCheck> warnings = Arrays.stream(PolicyCheck.values())
                .filter(check -> check.severity() == Severity.WARNING)
                .collect(Collectors.toSet());
        warnings.removeAll(
                Set.of(PolicyCheck.DOMAIN_WITHOUT_DNS_RULE, PolicyCheck.EMPTY_DNS_RULES, PolicyCheck.UNKNOWN_FIELD));

        assertThat(proven().map(Seeded::check).collect(Collectors.toSet())).isEqualTo(warnings);
    }

    static Stream<Seeded> proven() {
        return all().filter(seeded -> seeded.proof != null);
    }

    private static boolean isAccepted(CiliumOracle.Verification verification) {
        return verification.schemaAccepts() && verification.agentAccepts();
    }

    private static PolicyVerdict validate(JsonNode manifest) {
        return PolicyManifestValidator.validate(JSON.convertValue(manifest, GenericKubernetesResource.class));
    }

    private static ObjectNode valid(PolicyDialect dialect) {
        try {
            return (ObjectNode) YAML.readTree(dialect == PolicyDialect.CILIUM ? CILIUM : KUBERNETES);
        } catch (JsonProcessingException e) {
            throw new AssertionError(e);
        }
    }

    private static void edit(ObjectNode manifest, Edit edit) {
        JsonPointer pointer = JsonPointer.compile(edit.pointer);
        JsonNode parent = manifest.at(pointer.head());
        assertThat(parent.isContainerNode()).as(edit.pointer).isTrue();
        String field = pointer.last().getMatchingProperty();
        try {
            if (edit.json == null) {
                assertThat(((ObjectNode) parent).remove(field)).as(edit.pointer).isNotNull();
            } else if (parent instanceof ArrayNode array) {
                array.set(Integer.parseInt(field), JSON.readTree(edit.json));
            } else {
                ((ObjectNode) parent).set(field, JSON.readTree(edit.json));
            }
        } catch (JsonProcessingException e) {
            throw new AssertionError(e);
        }
    }
}
