package dev.namespaces.egress.check;

/** What {@link PolicyManifestValidator} looks for. New checks may come with any release. */
public enum PolicyCheck {
    /** A field has another type than the kind's schema says, or a required one is missing. */
    MALFORMED(Severity.ERROR),
    /** The manifest has no name. */
    NAME_MISSING(Severity.ERROR),
    /** The manifest's name is not one that objects can have. */
    NAME_SYNTAX(Severity.ERROR),
    /** Ingress and egress have no item, so the whole object is rejected and nothing is enforced. */
    NO_RULES(Severity.ERROR),
    /** The rule does not say which pods it is for. */
    SUBJECT_MISSING(Severity.ERROR),
    /** The rule is for nodes, which a namespace's policy cannot be. */
    SUBJECT_IS_NODES(Severity.ERROR),
    /** An item names peers of more than one kind. */
    COMBINED_PEERS(Severity.ERROR),
    /** A label selector has a key, an operator or values that are not valid. */
    SELECTOR_SYNTAX(Severity.ERROR),
    /** An address range cannot be read. */
    CIDR_SYNTAX(Severity.ERROR),
    /** An exception is no part of its range. */
    EXCEPTION_OUTSIDE(Severity.ERROR),
    /** There is no such entity. */
    ENTITY_UNKNOWN(Severity.ERROR),
    /** A domain is not a DNS name and not a pattern of one, or is longer than 255 characters. */
    DOMAIN_SYNTAX(Severity.ERROR),
    /** A port is missing or empty. */
    PORT_MISSING(Severity.ERROR),
    /** A port is not a number up to 65535 and not a service name. */
    PORT_SYNTAX(Severity.ERROR),
    /** The end of a range of ports is not a number from its first port to 65535. */
    END_PORT_SYNTAX(Severity.ERROR),
    /** More than 40 ports in one list. */
    TOO_MANY_PORTS(Severity.ERROR),
    /** There is no such protocol. */
    PROTOCOL_UNKNOWN(Severity.ERROR),
    /** A port of a protocol that has none. */
    PORT_OF_PORTLESS_PROTOCOL(Severity.ERROR),
    /** DNS rules without a port that they are for. */
    DNS_RULE_WITHOUT_PORT(Severity.ERROR),
    /** DNS rules on a range of ports. */
    DNS_RULE_ON_RANGE(Severity.ERROR),
    /** DNS rules on port 0, which means every port. */
    DNS_RULE_ON_EVERY_PORT(Severity.ERROR),
    /** DNS rules of ingress. */
    DNS_RULE_ON_INGRESS(Severity.ERROR),
    /** An HTTP rule has a regular expression that cannot be read, or a header match that is not valid. */
    HTTP_RULE_SYNTAX(Severity.ERROR),
    /** HTTP rules on a port whose protocol is not TCP. */
    HTTP_RULE_NOT_ON_TCP(Severity.ERROR),
    /** HTTP rules on port 0, which means every port. */
    HTTP_RULE_ON_EVERY_PORT(Severity.ERROR),
    /** Server names and DNS or HTTP rules on the same ports, without TLS termination. */
    SERVER_NAMES_WITH_RULES(Severity.ERROR),
    /** A listener of ingress. */
    LISTENER_ON_INGRESS(Severity.ERROR),
    /** An ICMP type is missing or not one of its family, or more than 40 in one list. */
    ICMP_SYNTAX(Severity.ERROR),
    /** An item names ICMP types and ports. */
    ICMP_WITH_PORTS(Severity.ERROR),

    /** Ports without a peer: they are open everywhere. */
    MISSING_PEER(Severity.WARNING),
    /** A list of peers is empty: the item is for nowhere, even if it names other peers. */
    EMPTY_PEERS(Severity.WARNING),
    /** An item says nothing, next to others: it allows and denies nothing. */
    EMPTY_ITEM(Severity.WARNING),
    /** A list of ports is empty: it opens or denies nothing. */
    EMPTY_PORTS(Severity.WARNING),
    /** The list of rules is empty: the object is accepted and does nothing. */
    EMPTY_SPECS(Severity.WARNING),
    /** Domains without a DNS rule in the same object: unless another policy has one, their addresses stay unknown. */
    DOMAIN_WITHOUT_DNS_RULE(Severity.WARNING),
    /** An empty list of DNS rules: the agent looks at no query. */
    EMPTY_DNS_RULES(Severity.WARNING),
    /** An exception is the whole range: nothing is left of it. */
    EXCEPTION_COVERS_ALL(Severity.WARNING),
    /** An address has bits behind the prefix: the range is wider than it looks. */
    HOST_BITS(Severity.WARNING),
    /** A range of IPv4 in IPv6 form: no packet is ever in it. */
    MAPPED_IPV4(Severity.WARNING),
    /** A number that is octal or has underscores: the port is another than it looks. */
    PORT_NOT_DECIMAL(Severity.WARNING),
    /** The end of a range of ports is ignored: it lies before the first port, or the port is 0 or a name. */
    END_PORT_IGNORED(Severity.WARNING),
    /** A named port of something that is no pod: it never matches. */
    NAMED_PORT_OF_NO_POD(Severity.WARNING),
    /** A selector of pods has a label that only a namespace has: it selects no pod. */
    NAMESPACE_LABEL_ON_POD(Severity.WARNING),
    /** A label comes from a source that pods have no labels from: it selects no pod. */
    LABEL_SOURCE_UNKNOWN(Severity.WARNING),
    /** The rule is for pods of another namespace than its own: that is ignored, or no pod is selected. */
    SUBJECT_ELSEWHERE(Severity.WARNING),
    /** Default-deny is switched off, so egress items narrow nothing. */
    DEFAULT_DENY_OFF(Severity.WARNING),
    /** Default-deny is asked for without an item of that direction: nothing is denied. */
    DEFAULT_DENY_WITHOUT_RULES(Severity.WARNING),
    /** Items that deny without any that allow: everything else is denied, too. */
    DENY_ONLY(Severity.WARNING),
    /** Items of a direction that {@code policyTypes} leaves out: Kubernetes ignores them, Cilium enforces them. */
    DIRECTION_NOT_DECLARED(Severity.WARNING),
    /** Egress items without {@code policyTypes}: inbound traffic is denied, too. */
    IMPLIED_INGRESS(Severity.WARNING),
    /** The kind has no such field outside of {@code spec}: strict validation refuses it, else it is dropped. */
    UNKNOWN_FIELD(Severity.WARNING),

    /** The kind is not one that is known here. */
    KIND_NOT_CHECKED(Severity.NOT_CHECKED),
    /** A field that is not known here, or known and not checked. */
    FIELD_NOT_CHECKED(Severity.NOT_CHECKED);

    private final Severity severity;

    PolicyCheck(Severity severity) {
        this.severity = severity;
    }

    /** Returns what a finding of this check means. */
    public Severity severity() {
        return severity;
    }

    /** What a finding means. */
    public enum Severity {
        /** The API server or the network plugin rejects the whole object; what it says is not enforced. */
        ERROR,
        /** The object is accepted, and part of it is ignored or means another thing than it seems to. */
        WARNING,
        /** Part of the object was not looked at; it may be wrong. */
        NOT_CHECKED
    }
}
