package dev.namespaces.egress.check;

import com.fasterxml.jackson.databind.JsonNode;
import dev.namespaces.egress.check.Findings.Kind;
import dev.namespaces.model.Shown;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What the API server checks of a NetworkPolicy, and what it accepts though it means another thing than it seems to.
 *
 * @see <a href="https://kubernetes.io/docs/concepts/services-networking/network-policies/">Kubernetes: network
 *     policies</a>
 */
final class KubernetesChecks {

    private static final List<String> DIRECTIONS = List.of("Egress", "Ingress");
    private static final int MAX_PORT = 65535;
    private static final int MAX_NAME_LENGTH = 15;
    private static final Pattern PORT_NAME = Pattern.compile("(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*");

    private final JsonNode manifest;
    private final Findings findings;
    private final SelectorChecks selectors;

    KubernetesChecks(JsonNode manifest, Findings findings) {
        this.manifest = manifest;
        this.findings = findings;
        this.selectors = SelectorChecks.ofKubernetes(findings);
    }

    void run() {
        findings.name(manifest);
        findings.onlyTopFields(manifest, Set.of("spec"));
        JsonNode spec = manifest.path("spec");
        if (!spec.isMissingNode() && !spec.isObject()) {
            findings.add(PolicyCheck.MALFORMED, "spec", "must be an object");
            return;
        }
        findings.onlyFields(spec, "spec", Set.of("egress", "ingress", "podSelector", "policyTypes"));
        selector(spec, "spec", "podSelector");
        directions(spec);
        findings.elements(spec, "spec", "egress", Kind.OBJECT).forEach((at, item) -> item(item, at, "to"));
        findings.elements(spec, "spec", "ingress", Kind.OBJECT).forEach((at, item) -> item(item, at, "from"));
    }

    private void directions(JsonNode spec) {
        Map<String, JsonNode> types = findings.elements(spec, "spec", "policyTypes", Kind.STRING);
        types.forEach((at, type) -> {
            if (!DIRECTIONS.contains(type.asText())) {
                findings.add(PolicyCheck.MALFORMED, at, "must be Egress or Ingress");
            }
        });
        if (types.isEmpty()) {
            if (!spec.path("egress").isEmpty() && spec.path("ingress").isEmpty()) {
                findings.add(
                        PolicyCheck.IMPLIED_INGRESS,
                        "spec.policyTypes",
                        "without it inbound traffic is denied, too; write policyTypes: [Egress]");
            }
            return;
        }
        Set<String> declared = types.values().stream().map(JsonNode::asText).collect(Collectors.toSet());
        if (!DIRECTIONS.containsAll(declared)) {
            return;
        }
        for (String direction : DIRECTIONS) {
            String items = direction.toLowerCase(Locale.ROOT);
            if (!spec.path(items).isEmpty() && !declared.contains(direction)) {
                findings.add(
                        PolicyCheck.DIRECTION_NOT_DECLARED,
                        "spec." + items,
                        "Kubernetes ignores it and Cilium does not, since policyTypes lacks " + direction
                                + "; name it there, or leave the items out");
            }
        }
    }

    private void selector(JsonNode parent, String path, String field) {
        selectors.check(findings.field(parent, path, field, Kind.OBJECT), path + "." + field);
    }

    private void item(JsonNode item, String path, String peersField) {
        findings.onlyFields(item, path, Set.of(peersField, "ports"));
        findings.elements(item, path, peersField, Kind.OBJECT).forEach(this::peer);
        findings.elements(item, path, "ports", Kind.OBJECT).forEach((at, port) -> port(port, at));
        JsonNode peers = item.path(peersField);
        if (peers.isArray() && peers.isEmpty()) {
            findings.add(
                    PolicyCheck.MISSING_PEER,
                    path + "." + peersField,
                    "an empty list means everywhere; name the peers, or leave it out to mean everywhere");
        } else if (peers.isMissingNode() && !item.path("ports").isEmpty()) {
            findings.add(PolicyCheck.MISSING_PEER, path, "names ports and no peer, which means everywhere");
        }
    }

    private void peer(String path, JsonNode peer) {
        findings.onlyFields(peer, path, Set.of("ipBlock", "namespaceSelector", "podSelector"));
        boolean selector = peer.has("namespaceSelector") || peer.has("podSelector");
        if (peer.has("ipBlock") && selector) {
            findings.add(
                    PolicyCheck.COMBINED_PEERS, path, "names an ipBlock and a selector; write an element for each");
        }
        if (!peer.has("ipBlock") && !selector) {
            findings.add(PolicyCheck.MALFORMED, path, "must name a peer");
        }
        selector(peer, path, "namespaceSelector");
        selector(peer, path, "podSelector");
        if (peer.has("ipBlock")) {
            block(findings.field(peer, path, "ipBlock", Kind.OBJECT), path + ".ipBlock");
        }
    }

    private void block(JsonNode block, String path) {
        findings.onlyFields(block, path, Set.of("cidr", "except"));
        IpPrefix range =
                findings.prefix(findings.field(block, path, "cidr", Kind.STRING).asText(), path + ".cidr");
        findings.elements(block, path, "except", Kind.STRING).forEach((at, text) -> {
            IpPrefix exception = findings.prefix(text.asText(), at);
            if (range != null
                    && exception != null
                    && (!range.contains(exception) || range.length() == exception.length())) {
                findings.add(
                        PolicyCheck.EXCEPTION_OUTSIDE,
                        at,
                        text.asText() + " is no smaller part of "
                                + block.get("cidr").asText());
            }
        });
    }

    private void port(JsonNode port, String path) {
        findings.onlyFields(port, path, Set.of("endPort", "port", "protocol"));
        JsonNode protocol = findings.field(port, path, "protocol", Kind.STRING);
        if (protocol.isTextual() && !Set.of("TCP", "UDP", "SCTP").contains(protocol.asText())) {
            findings.add(
                    PolicyCheck.PROTOCOL_UNKNOWN,
                    path + ".protocol",
                    "there is no protocol '" + Shown.name(protocol.asText()) + "'");
        }
        JsonNode value = port.path("port");
        boolean number = value.canConvertToExactIntegral();
        if (number && (value.asLong() < 1 || value.asLong() > MAX_PORT)) {
            findings.add(PolicyCheck.PORT_SYNTAX, path + ".port", "must be between 1 and " + MAX_PORT);
        } else if (value.isTextual()
                && (value.asText().length() > MAX_NAME_LENGTH
                        || !PORT_NAME.matcher(value.asText()).matches())) {
            findings.add(
                    PolicyCheck.PORT_SYNTAX,
                    path + ".port",
                    "'" + Shown.name(value.asText()) + "' is no name of a port; a number is written without quotes");
        } else if (!value.isMissingNode() && !number && !value.isTextual()) {
            findings.add(PolicyCheck.MALFORMED, path + ".port", "must be a number or a name");
        }
        JsonNode end = findings.field(port, path, "endPort", Kind.INTEGER);
        if (end.isNumber()
                && (!number || end.asLong() < value.asLong() || end.asLong() < 1 || end.asLong() > MAX_PORT)) {
            findings.add(
                    PolicyCheck.END_PORT_SYNTAX,
                    path + ".endPort",
                    "must be a port from the first one on, which must be a number");
        }
    }
}
