package dev.namespaces.egress.effective;

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
 * What a single policy allows the pods of a namespace to send. It knows nothing of other policies beside it, which add
 * to it, nor of what the receiving end accepts. Immutable.
 */
public final class EffectiveEgress {

    private static final Cidr ALL_IPV4 = new Cidr("0.0.0.0/0");
    private static final Cidr ALL_IPV6 = new Cidr("::/0");

    private final List<Grant> grants;

    EffectiveEgress(List<Grant> grants) {
        this.grants = grants.stream().filter(grant -> !grant.ports().isEmpty()).toList();
    }

    /**
     * What the mode asks for. Where a dialect cannot express a rule and the host has agreed to leave it out, the policy
     * object allows less: {@link #read} it.
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

    /** What the second allows and the first does not, and the other way round. */
    public static EgressDifference difference(EffectiveEgress before, EffectiveEgress after) {
        return new EgressDifference(after.minus(before), before.minus(after));
    }

    /**
     * Whether a pod may open a connection there.
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

    /** Whether it allows nothing at all. */
    public boolean isNothing() {
        return grants.isEmpty();
    }

    /** Each destination that it allows, as {@code 10.0.0.0/8:5432/TCP}; without ports where all are open. */
    public List<String> describe() {
        return grants.stream()
                .flatMap(grant -> grant.texts().stream())
                .map(Shown::sentence)
                .toList();
    }

    /** All destinations in one line. */
    @Override
    public String toString() {
        return isNothing() ? "nothing" : String.join(", ", describe());
    }

    private EffectiveEgress minus(EffectiveEgress other) {
        List<Grant> left = new ArrayList<>();
        for (Grant grant : grants) {
            List<Grant> held = new ArrayList<>(other.grants);
            held.addAll(left);
            left.addAll(minus(grant, held));
        }
        return new EffectiveEgress(left);
    }

    /** Parts of the grant that the held ones do not cover; the ports in one part are all covered alike. */
    private static List<Grant> minus(Grant grant, List<Grant> held) {
        List<PortSet> parts = List.of(grant.ports());
        for (PortSet boundary : held.stream().map(Grant::ports).distinct().toList()) {
            parts = parts.stream()
                    .flatMap(part -> Stream.of(part.and(boundary), part.minus(boundary)))
                    .filter(part -> !part.isEmpty())
                    .toList();
        }
        List<Grant> left = new ArrayList<>();
        for (PortSet part : parts) {
            List<Peer> peers = held.stream()
                    .filter(each -> part.minus(each.ports()).isEmpty())
                    .map(Grant::peer)
                    .toList();
            for (Peer peer : minus(grant.peer(), peers)) {
                merge(left, new Grant(peer, part));
            }
        }
        return left;
    }

    private static void merge(List<Grant> grants, Grant more) {
        for (int i = 0; i < grants.size(); i++) {
            if (grants.get(i).peer().equals(more.peer())) {
                grants.set(i, new Grant(more.peer(), grants.get(i).ports().or(more.ports())));
                return;
            }
        }
        grants.add(more);
    }

    private static List<Peer> minus(Peer peer, List<Peer> held) {
        if (held.stream().anyMatch(each -> each.covers(peer))) {
            return List.of();
        }
        if (peer instanceof Domain) {
            // A name may be answered with any address, so only both families as a whole hold it.
            return isHeld(ALL_IPV4, held) && isHeld(ALL_IPV6, held) ? List.of() : List.of(peer);
        }
        if (!(peer instanceof Range range)) {
            return List.of(peer);
        }
        AddressSet left = left(range, held);
        if (left.equals(range.addresses())) {
            return List.of(peer);
        }
        // Whichever is shorter: the parts that are left, or the whole with the others as exceptions.
        List<Cidr> parts = left.toCidrs();
        List<Cidr> others = AddressSet.of(range.cidr()).minus(left).toCidrs();
        if (parts.size() <= others.size()) {
            return parts.stream().<Peer>map(part -> Range.of(part, List.of())).toList();
        }
        return List.of(Range.of(range.cidr(), others));
    }

    private static boolean isHeld(Cidr cidr, List<Peer> held) {
        return left(Range.of(cidr, List.of()), held).isEmpty();
    }

    private static AddressSet left(Range range, List<Peer> held) {
        AddressSet left = range.addresses();
        for (Peer each : held) {
            if (each instanceof Range other) {
                left = left.minus(other.addresses());
            }
        }
        return left;
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
