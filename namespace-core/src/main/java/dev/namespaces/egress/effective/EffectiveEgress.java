package dev.namespaces.egress.effective;

import com.fasterxml.jackson.annotation.JsonValue;
import dev.namespaces.egress.DnsProfile.DnsServer;
import dev.namespaces.egress.EgressSettings;
import dev.namespaces.egress.effective.Peer.Domain;
import dev.namespaces.egress.effective.Peer.Entity;
import dev.namespaces.egress.effective.Peer.Everywhere;
import dev.namespaces.egress.effective.Peer.Pods;
import dev.namespaces.egress.effective.Peer.Range;
import dev.namespaces.model.Cidr;
import dev.namespaces.model.EgressEntity;
import dev.namespaces.model.EgressMode;
import dev.namespaces.model.EgressRule;
import dev.namespaces.model.EgressRule.NamespaceSelector;
import dev.namespaces.model.PortRange;
import dev.namespaces.model.Shown;
import dev.namespaces.model.TransportProtocol;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What a single policy allows the pods of a namespace to send. It does not know the other policies for the same pods,
 * which add to it, and not what the receiving end accepts. Immutable.
 */
public final class EffectiveEgress {

    private static final Cidr ALL_IPV4 = new Cidr("0.0.0.0/0");
    private static final Cidr ALL_IPV6 = new Cidr("::/0");

    @JsonValue
    private final List<Grant> grants;

    EffectiveEgress(List<Grant> grants) {
        this.grants = grants.stream().filter(grant -> !grant.ports().isEmpty()).toList();
    }

    /**
     * Returns what the mode asks for. Where a dialect cannot express a rule and the host has agreed to leave it out, or
     * the settings deny or except ranges, the policy object allows less: {@link #read} it.
     *
     * @param namespace the namespace that the mode is for
     * @param settings for the DNS servers that an allow-list opens
     */
    public static EffectiveEgress of(String namespace, EgressMode mode, EgressSettings settings) {
        if (mode instanceof EgressMode.AllowAll) {
            return new EffectiveEgress(List.of(new Grant(new Everywhere(), PortSet.ALL)));
        }
        if (!(mode instanceof EgressMode.AllowList list)) {
            return new EffectiveEgress(List.of());
        }
        List<Grant> grants = new ArrayList<>();
        for (DnsServer server : settings.dns().servers()) {
            PortSet ports = PortSet.of(server.ports());
            peers(server).forEach(peer -> grants.add(new Grant(peer, ports)));
        }
        grants.add(new Grant(Pods.ofNamespace(namespace), PortSet.ALL));
        for (EgressRule rule : list.rules()) {
            PortSet ports = PortSet.ofRule(rule.ports());
            peers(namespace, rule).forEach(peer -> grants.add(new Grant(peer, ports)));
        }
        return new EffectiveEgress(grants);
    }

    /**
     * Reads what a CiliumNetworkPolicy or a NetworkPolicy says of the traffic that pods of its namespace send. A policy
     * without a namespace is not understood where a peer depends on it.
     */
    public static EgressReading read(HasMetadata policy) {
        return new PolicyReader(policy, null).read();
    }

    /**
     * Reads a policy as {@link #read(HasMetadata)} does.
     *
     * @param namespace the namespace that the policy is for; a policy that names another one is not understood
     */
    public static EgressReading read(HasMetadata policy, String namespace) {
        return new PolicyReader(policy, namespace).read();
    }

    /**
     * Returns what the second allows and the first does not, and the other way round. Takes less than a second for any
     * two policies that a cluster can store.
     */
    public static EgressDifference difference(EffectiveEgress before, EffectiveEgress after) {
        return Comparison.of(before.grants, after.grants);
    }

    /**
     * Returns whether a pod may open a connection there.
     *
     * @param port 1 to 65535
     * @param protocol {@link TransportProtocol#ANY} asks for all of them
     * @throws dev.namespaces.error.InvalidTextException if the port is not between 1 and 65535
     */
    public boolean allows(EgressDestination destination, int port, TransportProtocol protocol) {
        PortRange asked = new PortRange(port, port, protocol);
        return Stream.of(TransportProtocol.TCP, TransportProtocol.UDP, TransportProtocol.SCTP)
                .filter(each -> asked.protocol() == TransportProtocol.ANY || asked.protocol() == each)
                .allMatch(each -> grants.stream()
                        .anyMatch(grant -> grant.ports().contains(port, each)
                                && grant.peer().includes(destination)));
    }

    /** Returns whether it allows nothing at all. */
    public boolean isNothing() {
        return grants.isEmpty();
    }

    /**
     * Returns the destinations that it allows, as {@code 10.0.0.0/8:5432/TCP}; without ports where all are open. The
     * list has at most 100 of them and an entry that counts the others.
     */
    public List<String> describe() {
        return Shown.sentences(
                grants.stream().flatMap(grant -> grant.texts().stream()).toList());
    }

    /** Returns all destinations in one line. */
    @Override
    public String toString() {
        return isNothing() ? "nothing" : String.join(", ", describe());
    }

    private static List<Peer> peers(DnsServer server) {
        if (server instanceof DnsServer.Pods pods) {
            return List.of(Pods.of(pods.namespace(), Map.of(), pods.labels()));
        }
        if (server instanceof DnsServer.NodeLocal local) {
            return List.of(new Entity(EgressEntity.HOST), Range.of(local.address(), List.of()));
        }
        return ranges(((DnsServer.Addresses) server).addresses());
    }

    private static List<Peer> peers(String namespace, EgressRule rule) {
        if (rule instanceof EgressRule.ToCidr to) {
            return List.of(Range.of(to.cidr(), to.except()));
        }
        if (rule instanceof EgressRule.ToDomain to) {
            return List.of(new Domain(new DomainPattern(to.domain())));
        }
        if (rule instanceof EgressRule.ToNamespace to) {
            return List.of(pods(namespace, to.namespaces(), Map.of()));
        }
        if (rule instanceof EgressRule.ToPods to) {
            return List.of(pods(namespace, to.namespaces(), to.labels()));
        }
        return ((EgressRule.ToEntities) rule)
                .entities().stream().flatMap(entity -> peers(entity).stream()).toList();
    }

    private static Peer pods(String own, NamespaceSelector namespaces, Map<String, String> labels) {
        if (namespaces instanceof NamespaceSelector.ByLabels byLabels) {
            return Pods.of(null, byLabels.labels(), labels);
        }
        return Pods.of(namespaces instanceof NamespaceSelector.ByName byName ? byName.name() : own, Map.of(), labels);
    }

    /** The world is the ranges of all its addresses, so that the two are one in a difference. */
    static List<Peer> peers(EgressEntity entity) {
        return switch (entity) {
            case WORLD -> ranges(List.of(ALL_IPV4, ALL_IPV6));
            case WORLD_IPV4 -> ranges(List.of(ALL_IPV4));
            case WORLD_IPV6 -> ranges(List.of(ALL_IPV6));
            case CLUSTER, HOST, REMOTE_NODE, KUBE_APISERVER -> List.of(new Entity(entity));
        };
    }

    private static List<Peer> ranges(Collection<Cidr> cidrs) {
        return cidrs.stream().<Peer>map(cidr -> Range.of(cidr, List.of())).toList();
    }
}
