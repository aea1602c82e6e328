package dev.namespaces.egress.check;

import com.fasterxml.jackson.databind.JsonNode;
import dev.namespaces.egress.check.Findings.Kind;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Checks the items of a CiliumNetworkPolicy's rule: their peers, ports and ICMP types, of either direction. */
final class CiliumItemChecks {

    private static final int MAX_SUBDOMAIN_LENGTH = 253;
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
    private static final Set<String> ONLY_EGRESS = Set.of("FQDNs", "Services");
    private static final List<String> RANGES = List.of("cidr", "cidrGroupRef", "cidrGroupSelector");
    private static final Pattern SUBDOMAIN =
            Pattern.compile("[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*");

    private final Findings findings;
    private final SelectorChecks selectors;
    private final CiliumPortChecks ports;
    private @Nullable String firstDomain;

    CiliumItemChecks(Findings findings, SelectorChecks selectors) {
        this.findings = findings;
        this.selectors = selectors;
        this.ports = new CiliumPortChecks(findings);
    }

    /** The directions of traffic, as an item's fields name them. */
    enum Direction {
        EGRESS("to", "nowhere", "everywhere"),
        INGRESS("from", "from nowhere", "from everywhere");

        private final String prefix;
        private final String nowhere;
        private final String everywhere;

        Direction(String prefix, String nowhere, String everywhere) {
            this.prefix = prefix;
            this.nowhere = nowhere;
            this.everywhere = everywhere;
        }

        private List<String> peers() {
            return Stream.of("CIDR", "CIDRSet", "Endpoints", "Entities", "FQDNs", "Groups", "Nodes", "Services")
                    .filter(name -> this == EGRESS || !ONLY_EGRESS.contains(name))
                    .map(prefix::concat)
                    .toList();
        }

        String field(String name) {
            return prefix + name;
        }

        /** Returns whether the list of these peers means nobody where it is empty; other lists then mean nothing. */
        private boolean isNobodyWhereEmpty(String peer) {
            return Set.of(field("CIDR"), field("CIDRSet"), field("Endpoints"), field("Entities"), field("Nodes"))
                    .contains(peer);
        }
    }

    /** Returns the path of the first domains where no DNS rule was seen, else null. */
    @Nullable
    String domainsWithoutDnsRule() {
        return ports.sawDnsRule() ? null : firstDomain;
    }

    void check(String path, JsonNode item, Direction direction, boolean allows, boolean only) {
        peers(item, path, direction, allows, only);
        findings.elements(item, path, direction.field("Endpoints"), Kind.OBJECT)
                .forEach((at, selector) -> selectors.warnOfKeysThatNoPodHas(selectors.check(selector, at)));
        findings.elements(item, path, direction.field("CIDR"), Kind.STRING)
                .forEach((at, cidr) -> findings.prefix(cidr.asText(), at));
        findings.elements(item, path, direction.field("CIDRSet"), Kind.OBJECT).forEach(this::cidrSet);
        findings.elements(item, path, direction.field("Entities"), Kind.STRING).forEach((at, entity) -> {
            if (!ENTITIES.contains(entity.asText())) {
                findings.add(PolicyCheck.ENTITY_UNKNOWN, at, "there is no entity '" + entity.asText() + "'");
            }
        });
        findings.elements(item, path, direction.field("Groups"), Kind.OBJECT).forEach(this::group);
        if (direction == Direction.EGRESS && allows) {
            Map<String, JsonNode> domains = findings.elements(item, path, "toFQDNs", Kind.OBJECT);
            domains.forEach(ports::domain);
            if (firstDomain == null && !domains.isEmpty()) {
                firstDomain = path + ".toFQDNs";
            }
        }
        String requires = direction.field("Requires");
        findings.elements(item, path, requires, Kind.STRING)
                .keySet()
                .forEach(at -> findings.add(PolicyCheck.MALFORMED, at, requires + " is gone from Cilium"));
        if (allows) {
            authentication(findings.field(item, path, "authentication", Kind.OBJECT), path + ".authentication");
        }
        // A named port of egress belongs to the peer; one of ingress belongs to the pod that the rule is for.
        boolean namedPorts =
                direction == Direction.INGRESS || !item.path("toEndpoints").isEmpty();
        findings.elements(item, path, "toPorts", Kind.OBJECT)
                .forEach((at, entry) -> ports.check(entry, at, direction, allows, namedPorts));
        icmps(item, path);
    }

    private void peers(JsonNode item, String path, Direction direction, boolean allows, boolean only) {
        List<String> given = new ArrayList<>();
        boolean nowhere = false;
        boolean malformed = false;
        for (String peer : direction.peers()) {
            JsonNode list = item.path(peer);
            malformed |= item.has(peer) && !list.isArray();
            if (!list.isEmpty()) {
                given.add(peer);
                notChecked(peer, path, direction, allows);
            } else if (list.isArray() && direction.isNobodyWhereEmpty(peer)) {
                nowhere = true;
                findings.add(
                        PolicyCheck.EMPTY_PEERS,
                        path + "." + peer,
                        "an empty list means " + direction.nowhere + ", even if the item names other peers");
            }
        }
        Set<String> known = new HashSet<>(direction.peers());
        known.addAll(Set.of("icmps", "toPorts", direction.field("Requires")));
        if (allows) {
            known.add("authentication");
        }
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
        if (given.isEmpty() && !nowhere && !item.path("toPorts").isEmpty()) {
            findings.add(
                    PolicyCheck.MISSING_PEER,
                    path,
                    "names ports and no peer, which means " + direction.everywhere + "; name the peers, or "
                            + direction.field("Entities") + ": [all]");
        } else if (given.isEmpty() && !nowhere && !only && item.path("icmps").isEmpty()) {
            findings.add(
                    PolicyCheck.EMPTY_ITEM,
                    path,
                    allows ? "allows nothing; leave it out" : "denies nothing; name the peers");
        }
    }

    private void notChecked(String peer, String path, Direction direction, boolean allows) {
        if (peer.equals(direction.field("Nodes"))) {
            findings.add(
                    PolicyCheck.FIELD_NOT_CHECKED,
                    path + "." + peer,
                    "is not checked; the agent rejects it unless it runs with enable-node-selector-labels");
        } else if (peer.equals("toServices") || (peer.equals("toFQDNs") && !allows)) {
            findings.add(PolicyCheck.FIELD_NOT_CHECKED, path + "." + peer, "is not checked");
        }
    }

    private void cidrSet(String path, JsonNode set) {
        List<String> given = RANGES.stream().filter(set::has).toList();
        if (given.isEmpty()) {
            findings.add(PolicyCheck.MALFORMED, path + ".cidr", "must be given");
        } else if (given.size() > 1) {
            findings.add(PolicyCheck.MALFORMED, path, "must have only one of " + String.join(" and ", given));
        }
        findings.onlyFields(set, path, Set.of("cidr", "cidrGroupRef", "cidrGroupSelector", "except"));
        IpPrefix range = set.has("cidr")
                ? findings.prefix(findings.field(set, path, "cidr", Kind.STRING).asText(), path + ".cidr")
                : null;
        JsonNode group = findings.field(set, path, "cidrGroupRef", Kind.STRING);
        if (group.isTextual()
                && (group.asText().length() > MAX_SUBDOMAIN_LENGTH
                        || !SUBDOMAIN.matcher(group.asText()).matches())) {
            findings.add(PolicyCheck.MALFORMED, path + ".cidrGroupRef", "must be the name of a CiliumCIDRGroup");
        }
        selectors.check(findings.field(set, path, "cidrGroupSelector", Kind.OBJECT), path + ".cidrGroupSelector");
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

    private void group(String path, JsonNode group) {
        findings.onlyFields(group, path, Set.of("aws"));
        JsonNode aws = findings.field(group, path, "aws", Kind.OBJECT);
        String at = path + ".aws";
        findings.onlyFields(aws, at, Set.of("labels", "region", "securityGroupsIds", "securityGroupsNames"));
        findings.field(aws, at, "region", Kind.STRING);
        findings.elements(aws, at, "securityGroupsIds", Kind.STRING);
        findings.elements(aws, at, "securityGroupsNames", Kind.STRING);
        JsonNode labels = findings.field(aws, at, "labels", Kind.OBJECT);
        labels.fieldNames().forEachRemaining(key -> findings.field(labels, at + ".labels", key, Kind.STRING));
    }

    private void authentication(JsonNode authentication, String path) {
        if (authentication.isMissingNode()) {
            return;
        }
        findings.onlyFields(authentication, path, Set.of("mode"));
        String mode = findings.field(authentication, path, "mode", Kind.STRING).asText();
        if (!Set.of("disabled", "required", "test-always-fail").contains(mode)) {
            findings.add(
                    PolicyCheck.MALFORMED, path + ".mode", "must be one of disabled, required and test-always-fail");
        }
    }

    private void icmps(JsonNode item, String path) {
        Map<String, JsonNode> icmps = findings.elements(item, path, "icmps", Kind.OBJECT);
        icmps.forEach((at, icmp) -> {
            findings.onlyFields(icmp, at, Set.of("fields"));
            Map<String, JsonNode> fields = findings.elements(icmp, at, "fields", Kind.OBJECT);
            if (icmp.path("fields").size() > IcmpTypes.MAX) {
                findings.add(PolicyCheck.ICMP_SYNTAX, at + ".fields", "has more than " + IcmpTypes.MAX + " types");
            }
            fields.forEach(this::icmpField);
        });
        if (!icmps.isEmpty() && !item.path("toPorts").isEmpty()) {
            findings.add(PolicyCheck.ICMP_WITH_PORTS, path, "names icmps and toPorts; write an item for each");
        }
    }

    private void icmpField(String path, JsonNode field) {
        findings.onlyFields(field, path, Set.of("family", "type"));
        String family = field.has("family")
                ? findings.field(field, path, "family", Kind.STRING).asText()
                : IcmpTypes.IPV4;
        if (!IcmpTypes.isFamily(family)) {
            findings.add(PolicyCheck.ICMP_SYNTAX, path + ".family", "must be IPv4 or IPv6");
        } else if (!IcmpTypes.isType(family, field.path("type"))) {
            findings.add(
                    PolicyCheck.ICMP_SYNTAX,
                    path + ".type",
                    "must be a number up to 255, or the name of a type of " + family);
        }
    }
}
