package dev.namespaces.egress.check;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.namespaces.egress.check.Findings.Kind;
import dev.namespaces.egress.check.SelectorChecks.Requirement;
import dev.namespaces.error.Shown;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What Cilium's agent checks of a CiliumNetworkPolicy, and what it accepts without heeding it.
 *
 * @see <a href="https://docs.cilium.io/en/stable/security/policy/language/">Cilium: the policy language</a>
 */
final class CiliumChecks {

    private static final int MAX_PORTS = 40;
    private static final int MAX_DOMAIN_LENGTH = 255;
    private static final int MAX_PORT = 65535;

    private static final Set<String> RULE_FIELDS = Set.of(
            "description",
            "egress",
            "egressDeny",
            "enableDefaultDeny",
            "endpointSelector",
            "ingress",
            "ingressDeny",
            "nodeSelector");
    private static final Set<String> CHECKED_PEERS = Set.of("toEndpoints", "toCIDR", "toCIDRSet", "toEntities");
    // Lists that mean nowhere when they stand empty, and lists that then mean nothing at all.
    private static final Set<String> NOWHERE_IF_EMPTY =
            Set.of("toEndpoints", "toCIDR", "toCIDRSet", "toEntities", "toNodes");
    private static final List<String> PEERS =
            List.of("toCIDR", "toCIDRSet", "toEndpoints", "toEntities", "toFQDNs", "toGroups", "toNodes", "toServices");
    private static final Set<String> ENTITIES = Set.of(
            "all",
            "cluster",
            "cluster-mesh",
            "health",
            "host",
            "ingress",
            "init",
            "kube-apiserver",
            "none",
            "remote-node",
            "unmanaged",
            "world");
    private static final Set<String> PROTOCOLS = Set.of("TCP", "UDP", "SCTP", "ANY");
    private static final Set<String> PORTLESS_PROTOCOLS = Set.of("VRRP", "IGMP", "GRE", "IPIP", "IPV6", "ESP", "AH");
    private static final Pattern DOMAIN_NAME = Pattern.compile("([-a-zA-Z0-9_]+\\.)*[-a-zA-Z0-9_]+\\.?");
    private static final Pattern DOMAIN_PATTERN = Pattern.compile("([-a-zA-Z0-9_*]+\\.)*[-a-zA-Z0-9_*]+\\.?");

    private final JsonNode manifest;
    private final Findings findings;
    private final SelectorChecks selectors;
    private @Nullable String firstDomain;
    private boolean dnsRule;

    CiliumChecks(JsonNode manifest, Findings findings) {
        this.manifest = manifest;
        this.findings = findings;
        this.selectors = SelectorChecks.ofCilium(findings);
    }

    void run() {
        if (manifest.path("metadata").path("name").asText().isEmpty()) {
            findings.add(PolicyCheck.NAME_MISSING, "metadata.name", "must be given");
        }
        manifest.fieldNames().forEachRemaining(field -> {
            if (!Set.of("apiVersion", "kind", "metadata", "spec", "specs", "status")
                    .contains(field)) {
                findings.add(PolicyCheck.FIELD_NOT_CHECKED, field, "is not looked into");
            }
        });
        if (!manifest.has("spec") && !manifest.has("specs")) {
            findings.add(PolicyCheck.NO_RULES, "spec", "must be given; without it the agent rejects the policy");
        }
        if (manifest.has("spec")) {
            if (manifest.get("spec").isObject()) {
                rule(manifest.get("spec"), "spec");
            } else {
                findings.add(PolicyCheck.MALFORMED, "spec", "must be an object");
            }
        }
        specs();
        if (firstDomain != null && !dnsRule) {
            findings.add(
                    PolicyCheck.DOMAIN_WITHOUT_DNS_RULE,
                    firstDomain,
                    "the agent learns the addresses of domains from queries that it sees; add an item to the DNS "
                            + "servers with rules.dns");
        }
    }

    private void specs() {
        if (!manifest.has("specs")) {
            return;
        }
        JsonNode specs = manifest.get("specs");
        if (!specs.isArray()) {
            findings.add(PolicyCheck.MALFORMED, "specs", "must be a list");
            return;
        }
        if (specs.isEmpty() && !manifest.has("spec")) {
            findings.add(PolicyCheck.EMPTY_SPECS, "specs", "an empty list is accepted and enforces nothing");
        }
        for (int i = 0; i < specs.size(); i++) {
            if (specs.get(i).isObject()) {
                rule(specs.get(i), "specs[" + i + "]");
            } else {
                findings.add(PolicyCheck.MALFORMED, "specs[" + i + "]", "must be an object");
            }
        }
    }

    private void rule(JsonNode rule, String path) {
        findings.onlyFields(rule, path, RULE_FIELDS);
        findings.field(rule, path, "description", Kind.STRING);
        subject(rule, path);
        Map<String, JsonNode> egress = findings.elements(rule, path, "egress", Kind.OBJECT);
        Map<String, JsonNode> egressDeny = findings.elements(rule, path, "egressDeny", Kind.OBJECT);
        Map<String, JsonNode> ingress = findings.elements(rule, path, "ingress", Kind.OBJECT);
        Map<String, JsonNode> ingressDeny = findings.elements(rule, path, "ingressDeny", Kind.OBJECT);
        if (rule.path("egress").isEmpty()
                && rule.path("egressDeny").isEmpty()
                && rule.path("ingress").isEmpty()
                && rule.path("ingressDeny").isEmpty()) {
            findings.add(
                    PolicyCheck.NO_RULES,
                    path,
                    "has no item of egress or ingress, so the agent rejects it and enforces nothing; to deny all, "
                            + "write one empty item: egress: [{}]");
        }
        defaultDeny(rule, path);
        if (egress.isEmpty() && !egressDeny.isEmpty()) {
            findings.add(
                    PolicyCheck.DENY_ONLY,
                    path + ".egressDeny",
                    "items that deny switch default-deny on, so all other traffic is denied, too");
        }
        egress.forEach((at, item) -> item(item, at, true, egress.size() == 1));
        egressDeny.forEach((at, item) -> item(item, at, false, false));
        ingress.forEach(this::ingressItem);
        ingressDeny.forEach(this::ingressItem);
    }

    private void subject(JsonNode rule, String path) {
        if (rule.has("nodeSelector")) {
            findings.add(
                    PolicyCheck.SUBJECT_IS_NODES,
                    path + ".nodeSelector",
                    "only a CiliumClusterwideNetworkPolicy is for nodes");
        } else if (!rule.has("endpointSelector")) {
            findings.add(
                    PolicyCheck.SUBJECT_MISSING,
                    path + ".endpointSelector",
                    "must be given; {} means every pod of the namespace");
        }
        String at = path + ".endpointSelector";
        List<Requirement> requirements =
                selectors.check(findings.field(rule, path, "endpointSelector", Kind.OBJECT), at);
        selectors.warnOfKeysThatNoPodHas(requirements);
        String namespace = manifest.path("metadata").path("namespace").asText("default");
        for (Requirement requirement : requirements) {
            if (requirement.bareKey().equals(PolicyLabels.POD_NAMESPACE)
                    && !requirement.values().isEmpty()
                    && !requirement.values().equals(List.of(namespace))) {
                findings.add(
                        PolicyCheck.SUBJECT_ELSEWHERE,
                        requirement.path(),
                        "a policy is for pods of its own namespace only; leave the namespace out");
            }
        }
    }

    private void defaultDeny(JsonNode rule, String path) {
        JsonNode defaults = findings.field(rule, path, "enableDefaultDeny", Kind.OBJECT);
        String at = path + ".enableDefaultDeny";
        findings.onlyFields(defaults, at, Set.of("egress", "ingress"));
        for (String direction : List.of("egress", "ingress")) {
            JsonNode deny = findings.field(defaults, at, direction, Kind.BOOLEAN);
            boolean items = !rule.path(direction).isEmpty()
                    || !rule.path(direction + "Deny").isEmpty();
            if (deny.isBoolean() && !deny.asBoolean() && items) {
                findings.add(
                        PolicyCheck.DEFAULT_DENY_OFF,
                        at + "." + direction,
                        "with default-deny off, what is allowed narrows nothing");
            } else if (deny.asBoolean(false) && !items) {
                findings.add(
                        PolicyCheck.DEFAULT_DENY_WITHOUT_RULES,
                        at + "." + direction,
                        "denies nothing without an item; write " + direction + ": [{}]");
            }
        }
    }

    private void ingressItem(String path, JsonNode item) {
        findings.onlyFields(item, path, Set.of("fromEndpoints"));
        findings.elements(item, path, "fromEndpoints", Kind.OBJECT)
                .forEach((at, selector) -> selectors.warnOfKeysThatNoPodHas(selectors.check(selector, at)));
    }

    private void item(JsonNode item, String path, boolean allows, boolean only) {
        peers(item, path, allows, only);
        findings.elements(item, path, "toEndpoints", Kind.OBJECT)
                .forEach((at, selector) -> selectors.warnOfKeysThatNoPodHas(selectors.check(selector, at)));
        findings.elements(item, path, "toCIDR", Kind.STRING).forEach((at, cidr) -> findings.prefix(cidr.asText(), at));
        findings.elements(item, path, "toCIDRSet", Kind.OBJECT).forEach(this::cidrSet);
        findings.elements(item, path, "toEntities", Kind.STRING).forEach((at, entity) -> {
            if (!ENTITIES.contains(entity.asText())) {
                findings.add(PolicyCheck.ENTITY_UNKNOWN, at, "there is no entity '" + entity.asText() + "'");
            }
        });
        if (allows) {
            Map<String, JsonNode> domains = findings.elements(item, path, "toFQDNs", Kind.OBJECT);
            domains.forEach(this::domain);
            if (firstDomain == null && !domains.isEmpty()) {
                firstDomain = path + ".toFQDNs";
            }
        }
        findings.elements(item, path, "toRequires", Kind.STRING)
                .keySet()
                .forEach(at -> findings.add(PolicyCheck.MALFORMED, at, "toRequires is gone from Cilium"));
        boolean namedPorts = !item.path("toEndpoints").isEmpty();
        findings.elements(item, path, "toPorts", Kind.OBJECT)
                .forEach((at, ports) -> ports(ports, at, allows, namedPorts));
    }

    private void peers(JsonNode item, String path, boolean allows, boolean only) {
        List<String> given = new ArrayList<>();
        boolean nowhere = false;
        boolean malformed = false;
        for (String peer : PEERS) {
            JsonNode list = item.path(peer);
            malformed |= item.has(peer) && !list.isArray();
            if (!list.isEmpty()) {
                given.add(peer);
                if (!CHECKED_PEERS.contains(peer) && !(allows && peer.equals("toFQDNs"))) {
                    findings.add(PolicyCheck.FIELD_NOT_CHECKED, path + "." + peer, "is not looked into");
                }
            } else if (list.isArray() && NOWHERE_IF_EMPTY.contains(peer)) {
                nowhere = true;
                findings.add(
                        PolicyCheck.EMPTY_PEERS,
                        path + "." + peer,
                        "an empty list means nowhere, whatever else the item names");
            }
        }
        for (String other : List.of("icmps", "authentication")) {
            if (item.has(other)) {
                findings.add(PolicyCheck.FIELD_NOT_CHECKED, path + "." + other, "is not looked into");
            }
        }
        Set<String> known = new HashSet<>(PEERS);
        known.addAll(List.of("icmps", "authentication", "toPorts", "toRequires"));
        findings.onlyFields(item, path, known);
        if (given.size() > 1) {
            findings.add(
                    PolicyCheck.COMBINED_PEERS,
                    path,
                    "names " + String.join(" and ", given) + "; write an item for each");
        }
        if (malformed) {
            return;
        }
        boolean ports = !item.path("toPorts").isEmpty();
        if (given.isEmpty() && !nowhere && ports) {
            findings.add(
                    PolicyCheck.MISSING_PEER,
                    path,
                    "names ports and no peer, which means everywhere; name the peers, or toEntities: [all]");
        } else if (given.isEmpty() && !nowhere && !only && !item.has("icmps")) {
            findings.add(
                    PolicyCheck.EMPTY_ITEM,
                    path,
                    allows ? "allows nothing; leave it out" : "denies nothing; name the peers");
        }
    }

    private void cidrSet(String path, JsonNode set) {
        if (!set.has("cidr")) {
            if (!set.has("cidrGroupRef") && !set.has("cidrGroupSelector")) {
                findings.add(PolicyCheck.MALFORMED, path + ".cidr", "must be given");
            }
            findings.onlyFields(set, path, Set.of());
            return;
        }
        findings.onlyFields(set, path, Set.of("cidr", "except"));
        IpPrefix range =
                findings.prefix(findings.field(set, path, "cidr", Kind.STRING).asText(), path + ".cidr");
        findings.elements(set, path, "except", Kind.STRING).forEach((at, text) -> {
            IpPrefix exception = findings.prefix(text.asText(), at);
            if (range == null || exception == null) {
                return;
            }
            if (!range.contains(exception)) {
                findings.add(
                        PolicyCheck.EXCEPTION_OUTSIDE,
                        at,
                        text.asText() + " is no part of " + set.get("cidr").asText());
            } else if (range.length() == exception.length()) {
                findings.add(PolicyCheck.EXCEPTION_COVERS_ALL, at, "leaves nothing of the range");
            }
        });
    }

    private void domain(String path, JsonNode selector) {
        findings.onlyFields(selector, path, Set.of("matchName", "matchPattern"));
        if (selector.has("matchName") == selector.has("matchPattern")) {
            findings.add(PolicyCheck.DOMAIN_SYNTAX, path, "must have one of matchName and matchPattern");
        }
        domainText(selector, path, "matchName", DOMAIN_NAME);
        domainText(selector, path, "matchPattern", DOMAIN_PATTERN);
    }

    private void domainText(JsonNode selector, String path, String field, Pattern pattern) {
        JsonNode value = findings.field(selector, path, field, Kind.STRING);
        if (value.isTextual()
                && (value.asText().length() > MAX_DOMAIN_LENGTH
                        || !pattern.matcher(value.asText()).matches())) {
            findings.add(
                    PolicyCheck.DOMAIN_SYNTAX,
                    path + "." + field,
                    "'" + Shown.name(value.asText()) + "' is not one: letters, digits, '-', '_'"
                            + (pattern == DOMAIN_PATTERN ? " and '*'" : "")
                            + " in parts divided by '.', at most 255 characters");
        }
    }

    private void ports(JsonNode entry, String path, boolean allows, boolean namedPorts) {
        findings.onlyFields(entry, path, allows ? Set.of("ports", "rules") : Set.of("ports"));
        JsonNode rules = allows ? findings.field(entry, path, "rules", Kind.OBJECT) : MissingNode.getInstance();
        findings.onlyFields(rules, path + ".rules", Set.of("dns"));
        Map<String, JsonNode> dns = findings.elements(rules, path + ".rules", "dns", Kind.OBJECT);
        dns.forEach(this::domain);
        if (rules.path("dns").isArray() && rules.get("dns").isEmpty()) {
            findings.add(
                    PolicyCheck.EMPTY_DNS_RULES, path + ".rules.dns", "the agent looks at no query; name a pattern");
        }
        Map<String, JsonNode> ports = findings.elements(entry, path, "ports", Kind.OBJECT);
        if (!dns.isEmpty()) {
            dnsRule = true;
        }
        if (entry.path("ports").isEmpty()) {
            if (dns.isEmpty()) {
                findings.add(PolicyCheck.EMPTY_PORTS, path, "names no port, and so means none");
            } else {
                findings.add(PolicyCheck.DNS_RULE_WITHOUT_PORT, path, "DNS rules need a port, usually 53");
            }
        }
        if (entry.path("ports").size() > MAX_PORTS) {
            findings.add(
                    PolicyCheck.TOO_MANY_PORTS,
                    path + ".ports",
                    "has " + entry.path("ports").size() + " ports; at most " + MAX_PORTS
                            + ", and more in another entry of toPorts");
        }
        ports.forEach((at, port) -> port(port, at, !dns.isEmpty(), namedPorts));
    }

    private void port(JsonNode port, String path, boolean dns, boolean namedPorts) {
        findings.onlyFields(port, path, Set.of("port", "endPort", "protocol"));
        String protocol = port.has("protocol")
                ? findings.field(port, path, "protocol", Kind.STRING).asText()
                : "ANY";
        boolean portless = PORTLESS_PROTOCOLS.contains(protocol);
        if (!portless && !PROTOCOLS.contains(protocol)) {
            findings.add(PolicyCheck.PROTOCOL_UNKNOWN, path + ".protocol", "there is no protocol '" + protocol + "'");
        }
        JsonNode endPort = findings.field(port, path, "endPort", Kind.INTEGER);
        if (endPort.isNumber() && (endPort.asLong() < 0 || endPort.asLong() > MAX_PORT)) {
            findings.add(PolicyCheck.END_PORT_SYNTAX, path + ".endPort", "must be at most " + MAX_PORT);
        }
        String text = findings.field(port, path, "port", Kind.STRING).asText();
        if (text.isEmpty()) {
            if (!port.has("port") || port.get("port").isTextual()) {
                findings.add(PolicyCheck.PORT_MISSING, path + ".port", "must be given, as a string");
            }
            return;
        }
        CiliumPort parsed = CiliumPort.parse(text);
        Integer number = parsed.number();
        if (parsed.name()) {
            if (!namedPorts) {
                findings.add(
                        PolicyCheck.NAMED_PORT_OF_NO_POD,
                        path + ".port",
                        "only pods name their ports; write the number of " + text);
            }
        } else if (portless && !text.equals("0")) {
            findings.add(PolicyCheck.PORT_OF_PORTLESS_PROTOCOL, path + ".port", protocol + " has no ports; write 0");
            return;
        } else if (number == null) {
            findings.add(
                    PolicyCheck.PORT_SYNTAX,
                    path + ".port",
                    "'" + text + "' is neither a number up to " + MAX_PORT + " nor a service name");
            return;
        } else if (!parsed.isPlain()) {
            findings.add(PolicyCheck.PORT_NOT_DECIMAL, path + ".port", text + " is read as " + number);
        }
        int end = endPort.asInt(0);
        if (dns && number != null && number == 0) {
            findings.add(PolicyCheck.DNS_RULE_ON_EVERY_PORT, path, "DNS rules need a port, usually 53");
        }
        if (dns && number != null && end > number) {
            findings.add(PolicyCheck.DNS_RULE_ON_RANGE, path, "DNS rules are for single ports");
        } else if (end > 0 && (number == null || number == 0 || end < number)) {
            findings.add(PolicyCheck.END_PORT_IGNORED, path + ".endPort", "has no effect on port " + text);
        }
    }
}
