package dev.namespaces.egress.check;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.namespaces.egress.check.CiliumItemChecks.Direction;
import dev.namespaces.egress.check.Findings.Kind;
import dev.namespaces.model.Shown;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** Checks the entries of {@code toPorts} in a CiliumNetworkPolicy: ports, DNS and HTTP rules, server names, TLS. */
final class CiliumPortChecks {

    private static final int MAX_PORTS = 40;
    private static final int MAX_DOMAIN_LENGTH = 255;
    private static final int MAX_PORT = 65535;

    private static final Set<String> FIELDS_THAT_ALLOW =
            Set.of("listener", "originatingTLS", "ports", "rules", "serverNames", "terminatingTLS");
    private static final Set<String> PROTOCOLS = Set.of("TCP", "UDP", "SCTP", "ANY");
    private static final Set<String> PORTLESS_PROTOCOLS = Set.of("VRRP", "IGMP", "GRE", "IPIP", "IPV6", "ESP", "AH");
    private static final Set<String> MISMATCHES = Set.of("LOG", "ADD", "DELETE", "REPLACE");
    private static final Pattern DOMAIN_NAME = Pattern.compile("([-a-zA-Z0-9_]+\\.)*[-a-zA-Z0-9_]+\\.?");
    private static final Pattern DOMAIN_PATTERN = Pattern.compile("([-a-zA-Z0-9_*]+\\.)*[-a-zA-Z0-9_*]+\\.?");

    private final Findings findings;
    private boolean dnsRule;

    CiliumPortChecks(Findings findings) {
        this.findings = findings;
    }

    /** Returns whether any entry had a DNS rule. */
    boolean sawDnsRule() {
        return dnsRule;
    }

    void check(JsonNode entry, String path, Direction direction, boolean allows, boolean namedPorts) {
        findings.onlyFields(entry, path, allows ? FIELDS_THAT_ALLOW : Set.of("ports"));
        JsonNode rules = allows ? findings.field(entry, path, "rules", Kind.OBJECT) : MissingNode.getInstance();
        Map<String, JsonNode> dns = dnsRules(rules, path + ".rules", direction);
        Map<String, JsonNode> http = findings.elements(rules, path + ".rules", "http", Kind.OBJECT);
        http.forEach(this::httpRule);
        oneKindOfRules(rules, path + ".rules");
        if (allows) {
            serverNames(entry, path, !dns.isEmpty() || !http.isEmpty());
            tls(entry, path, "originatingTLS");
            tls(entry, path, "terminatingTLS");
            listener(entry, path, direction);
        }
        Map<String, JsonNode> ports = findings.elements(entry, path, "ports", Kind.OBJECT);
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
        ports.forEach((at, port) -> port(port, at, !dns.isEmpty(), !http.isEmpty(), namedPorts));
    }

    /** Checks a domain of {@code toFQDNs} or of a DNS rule. */
    void domain(String path, JsonNode selector) {
        findings.onlyFields(selector, path, Set.of("matchName", "matchPattern"));
        if (selector.has("matchName") == selector.has("matchPattern")) {
            findings.add(PolicyCheck.DOMAIN_SYNTAX, path, "must have one of matchName and matchPattern");
        }
        domainText(findings.field(selector, path, "matchName", Kind.STRING), path + ".matchName", DOMAIN_NAME);
        domainText(findings.field(selector, path, "matchPattern", Kind.STRING), path + ".matchPattern", DOMAIN_PATTERN);
    }

    private void domainText(JsonNode value, String path, Pattern pattern) {
        if (value.isTextual()
                && (value.asText().length() > MAX_DOMAIN_LENGTH
                        || !pattern.matcher(value.asText()).matches())) {
            findings.add(
                    PolicyCheck.DOMAIN_SYNTAX,
                    path,
                    "'" + Shown.name(value.asText()) + "' is not one: letters, digits, '-', '_'"
                            + (pattern == DOMAIN_PATTERN ? " and '*'" : "")
                            + " in parts divided by '.', at most 255 characters");
        }
    }

    private Map<String, JsonNode> dnsRules(JsonNode rules, String path, Direction direction) {
        Map<String, JsonNode> dns = findings.elements(rules, path, "dns", Kind.OBJECT);
        dns.forEach(this::domain);
        if (rules.path("dns").isArray() && rules.get("dns").isEmpty()) {
            findings.add(PolicyCheck.EMPTY_DNS_RULES, path + ".dns", "the agent looks at no query; name a pattern");
        }
        if (!dns.isEmpty() && direction == Direction.INGRESS) {
            findings.add(PolicyCheck.DNS_RULE_ON_INGRESS, path + ".dns", "DNS rules are for egress");
        }
        dnsRule |= !dns.isEmpty();
        return dns;
    }

    private void oneKindOfRules(JsonNode rules, String path) {
        findings.onlyFields(rules, path, Set.of("dns", "http"));
        if (rules.has("dns") && rules.has("http")) {
            findings.add(PolicyCheck.MALFORMED, path, "must have only one of dns and http");
        } else if (rules.isObject() && rules.isEmpty()) {
            findings.add(PolicyCheck.MALFORMED, path, "must have one of dns and http");
        }
    }

    private void httpRule(String path, JsonNode rule) {
        findings.onlyFields(rule, path, Set.of("headerMatches", "headers", "host", "method", "path"));
        regex(findings.field(rule, path, "path", Kind.STRING), path + ".path");
        regex(findings.field(rule, path, "method", Kind.STRING), path + ".method");
        findings.field(rule, path, "host", Kind.STRING);
        findings.elements(rule, path, "headers", Kind.STRING);
        findings.elements(rule, path, "headerMatches", Kind.OBJECT).forEach(this::headerMatch);
    }

    private void regex(JsonNode text, String path) {
        if (!text.isTextual()) {
            return;
        }
        GoRegex.Result regex = GoRegex.parse(text.asText());
        switch (regex.outcome()) {
            case VALID -> {}
            case INVALID ->
                findings.add(PolicyCheck.HTTP_RULE_SYNTAX, path, "is not a regular expression: " + regex.reason());
            case NOT_CHECKED -> findings.add(PolicyCheck.FIELD_NOT_CHECKED, path, "is not checked: " + regex.reason());
        }
    }

    private void headerMatch(String path, JsonNode match) {
        findings.onlyFields(match, path, Set.of("mismatch", "name", "secret", "value"));
        if (findings.field(match, path, "name", Kind.STRING).asText().isEmpty()) {
            findings.add(PolicyCheck.HTTP_RULE_SYNTAX, path + ".name", "must be given");
        }
        findings.field(match, path, "value", Kind.STRING);
        JsonNode mismatch = findings.field(match, path, "mismatch", Kind.STRING);
        if (mismatch.isTextual() && !MISMATCHES.contains(mismatch.asText())) {
            findings.add(
                    PolicyCheck.HTTP_RULE_SYNTAX, path + ".mismatch", "must be one of ADD, DELETE, LOG and REPLACE");
        }
        if (match.has("secret")) {
            secret(match, path);
        }
    }

    private void secret(JsonNode parent, String parentPath) {
        JsonNode secret = findings.field(parent, parentPath, "secret", Kind.OBJECT);
        String path = parentPath + ".secret";
        findings.onlyFields(secret, path, Set.of("name", "namespace"));
        // The schema only asks for the name; the agent rejects a header's secret whose name is empty.
        if (findings.field(secret, path, "name", Kind.STRING).asText().isEmpty()) {
            findings.add(PolicyCheck.MALFORMED, path + ".name", "must be given");
        }
        findings.field(secret, path, "namespace", Kind.STRING);
    }

    private void serverNames(JsonNode entry, String path, boolean rules) {
        Map<String, JsonNode> names = findings.elements(entry, path, "serverNames", Kind.STRING);
        if (entry.path("serverNames").isArray() && names.isEmpty()) {
            findings.add(PolicyCheck.MALFORMED, path + ".serverNames", "must not be empty");
        }
        Set<String> seen = new HashSet<>();
        names.forEach((at, name) -> {
            domainText(name, at, DOMAIN_PATTERN);
            if (!seen.add(name.asText())) {
                findings.add(PolicyCheck.MALFORMED, at, "'" + name.asText() + "' is listed twice");
            }
        });
        if (!names.isEmpty() && rules && !entry.has("terminatingTLS")) {
            findings.add(
                    PolicyCheck.SERVER_NAMES_WITH_RULES,
                    path,
                    "names serverNames and rules; the agent takes both only with terminatingTLS");
        }
    }

    private void tls(JsonNode entry, String entryPath, String field) {
        if (!entry.has(field)) {
            return;
        }
        JsonNode tls = findings.field(entry, entryPath, field, Kind.OBJECT);
        String path = entryPath + "." + field;
        findings.onlyFields(tls, path, Set.of("certificate", "privateKey", "secret", "trustedCA"));
        for (String text : List.of("certificate", "privateKey", "trustedCA")) {
            findings.field(tls, path, text, Kind.STRING);
        }
        if (tls.has("secret")) {
            secret(tls, path);
        } else {
            findings.add(PolicyCheck.MALFORMED, path + ".secret", "must be given");
        }
    }

    private void listener(JsonNode entry, String path, Direction direction) {
        if (entry.has("listener")) {
            if (direction == Direction.INGRESS) {
                findings.add(PolicyCheck.LISTENER_ON_INGRESS, path + ".listener", "listeners are for egress");
            } else {
                findings.add(PolicyCheck.FIELD_NOT_CHECKED, path + ".listener", "is not checked");
            }
        }
    }

    private void port(JsonNode port, String path, boolean dns, boolean http, boolean namedPorts) {
        findings.onlyFields(port, path, Set.of("port", "endPort", "protocol"));
        String protocol = port.has("protocol")
                ? findings.field(port, path, "protocol", Kind.STRING).asText()
                : "ANY";
        boolean portless = PORTLESS_PROTOCOLS.contains(protocol);
        if (!portless && !PROTOCOLS.contains(protocol)) {
            findings.add(PolicyCheck.PROTOCOL_UNKNOWN, path + ".protocol", "there is no protocol '" + protocol + "'");
        } else if (http && !protocol.equals("TCP")) {
            findings.add(PolicyCheck.HTTP_RULE_NOT_ON_TCP, path + ".protocol", "HTTP rules need TCP, not " + protocol);
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
                    "'" + text + "' is not a number up to " + MAX_PORT + " and not a service name");
            return;
        } else if (!parsed.isPlain()) {
            findings.add(PolicyCheck.PORT_NOT_DECIMAL, path + ".port", text + " is read as " + number);
        }
        int end = endPort.asInt(0);
        if (dns && number != null && number == 0) {
            findings.add(PolicyCheck.DNS_RULE_ON_EVERY_PORT, path, "DNS rules need a port, usually 53");
        }
        if (http && number != null && number == 0) {
            findings.add(PolicyCheck.HTTP_RULE_ON_EVERY_PORT, path, "HTTP rules need a port other than 0");
        }
        if (dns && number != null && end > number) {
            findings.add(PolicyCheck.DNS_RULE_ON_RANGE, path, "DNS rules are for single ports");
        } else if (end > 0 && (number == null || number == 0 || end < number)) {
            findings.add(PolicyCheck.END_PORT_IGNORED, path + ".endPort", "has no effect on port " + text);
        }
    }
}
