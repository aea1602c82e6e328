package dev.namespaces.egress.check;

import com.fasterxml.jackson.databind.JsonNode;
import dev.namespaces.egress.check.CiliumItemChecks.Direction;
import dev.namespaces.egress.check.Findings.Kind;
import dev.namespaces.egress.check.SelectorChecks.Requirement;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What Cilium's agent checks of a CiliumNetworkPolicy, and what it accepts without heeding it.
 *
 * @see <a href="https://docs.cilium.io/en/stable/security/policy/language/">Cilium: the policy language</a>
 */
final class CiliumChecks {

    private static final int MAX_LOG_BYTES = 32;
    private static final Pattern PRINTABLE = Pattern.compile("\\PC*");
    private static final Set<String> RULE_FIELDS = Set.of(
            "description",
            "egress",
            "egressDeny",
            "enableDefaultDeny",
            "endpointSelector",
            "ingress",
            "ingressDeny",
            "labels",
            "log",
            "nodeSelector");

    private final JsonNode manifest;
    private final Findings findings;
    private final SelectorChecks selectors;
    private final CiliumItemChecks items;

    CiliumChecks(JsonNode manifest, Findings findings) {
        this.manifest = manifest;
        this.findings = findings;
        this.selectors = SelectorChecks.ofCilium(findings);
        this.items = new CiliumItemChecks(findings, selectors);
    }

    void run() {
        findings.name(manifest);
        findings.onlyTopFields(manifest, Set.of("spec", "specs", "status"));
        findings.onlyStatusFields(manifest, Set.of("conditions", "derivativePolicies"));
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
        String domains = items.domainsWithoutDnsRule();
        if (domains != null) {
            findings.add(
                    PolicyCheck.DOMAIN_WITHOUT_DNS_RULE,
                    domains,
                    "the agent learns the addresses of domains from queries that it sees; add an item to the DNS "
                            + "servers with rules.dns, here or in another policy for the same pods");
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
        notes(rule, path);
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
        egress.forEach((at, item) -> items.check(at, item, Direction.EGRESS, true, egress.size() == 1));
        egressDeny.forEach((at, item) -> items.check(at, item, Direction.EGRESS, false, false));
        ingress.forEach((at, item) -> items.check(at, item, Direction.INGRESS, true, ingress.size() == 1));
        ingressDeny.forEach((at, item) -> items.check(at, item, Direction.INGRESS, false, false));
    }

    /** Checks what a rule says about itself; none of it changes what is allowed. */
    private void notes(JsonNode rule, String path) {
        findings.elements(rule, path, "labels", Kind.OBJECT).forEach((at, label) -> {
            findings.onlyFields(label, at, Set.of("key", "source", "value"));
            if (findings.field(label, at, "key", Kind.STRING).asText().isEmpty()) {
                findings.add(PolicyCheck.MALFORMED, at + ".key", "must be given");
            }
            findings.field(label, at, "source", Kind.STRING);
            findings.field(label, at, "value", Kind.STRING);
        });
        JsonNode log = findings.field(rule, path, "log", Kind.OBJECT);
        findings.onlyFields(log, path + ".log", Set.of("value"));
        String value = findings.field(log, path + ".log", "value", Kind.STRING).asText();
        if (value.getBytes(StandardCharsets.UTF_8).length > MAX_LOG_BYTES
                || !PRINTABLE.matcher(value).matches()) {
            findings.add(
                    PolicyCheck.MALFORMED,
                    path + ".log.value",
                    "must be at most " + MAX_LOG_BYTES + " bytes, without control characters");
        }
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
        String namespace = manifest.path("metadata").path("namespace").asText();
        for (Requirement requirement : requirements) {
            if (requirement.bareKey().equals(PolicyLabels.POD_NAMESPACE)
                    && !namespace.isEmpty()
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
}
