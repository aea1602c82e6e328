package dev.namespaces.egress.effective;

import dev.namespaces.model.PortRange;
import dev.namespaces.model.TransportProtocol;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.List;

/** Ports of protocols; {@link #ALL} also holds the protocols that know no ports, such as ICMP. */
final class PortSet {

    private static final int PORTS = 65536;
    private static final List<TransportProtocol> PROTOCOLS =
            List.of(TransportProtocol.TCP, TransportProtocol.UDP, TransportProtocol.SCTP);
    private static final int OTHER_PROTOCOLS = PROTOCOLS.size() * PORTS;

    static final PortSet ALL = all();

    private final BitSet bits;

    private PortSet(BitSet bits) {
        this.bits = bits;
    }

    /** Those ports; where the collection is empty, none. */
    static PortSet of(Collection<PortRange> ranges) {
        BitSet bits = new BitSet();
        for (PortRange range : ranges) {
            for (TransportProtocol protocol : of(range.protocol())) {
                int base = PROTOCOLS.indexOf(protocol) * PORTS;
                bits.set(base + range.first(), base + range.last() + 1);
            }
        }
        return new PortSet(bits);
    }

    /** What a rule with these ports opens: all, where it names none. */
    static PortSet ofRule(Collection<PortRange> ranges) {
        return ranges.isEmpty() ? ALL : of(ranges);
    }

    boolean isEmpty() {
        return bits.isEmpty();
    }

    /** Whether it holds the port, for {@link TransportProtocol#ANY} of each protocol. */
    boolean contains(int port, TransportProtocol protocol) {
        return of(protocol).stream().allMatch(each -> bits.get(PROTOCOLS.indexOf(each) * PORTS + port));
    }

    PortSet and(PortSet other) {
        BitSet result = (BitSet) bits.clone();
        result.and(other.bits);
        return new PortSet(result);
    }

    PortSet or(PortSet other) {
        BitSet result = (BitSet) bits.clone();
        result.or(other.bits);
        return new PortSet(result);
    }

    PortSet minus(PortSet other) {
        BitSet result = (BitSet) bits.clone();
        result.andNot(other.bits);
        return new PortSet(result);
    }

    /** As {@code 443/TCP} and {@code 8000-8080/UDP}, {@code *} for every port; empty for all ports of all protocols. */
    List<String> texts() {
        if (equals(ALL)) {
            return List.of();
        }
        List<String> texts = new ArrayList<>();
        List<String> tcp = ranges(TransportProtocol.TCP);
        List<String> udp = ranges(TransportProtocol.UDP);
        List<String> sctp = ranges(TransportProtocol.SCTP);
        if (tcp.equals(udp) && udp.equals(sctp)) {
            tcp.forEach(range -> texts.add(range + "/ANY"));
        } else {
            tcp.forEach(range -> texts.add(range + "/TCP"));
            udp.forEach(range -> texts.add(range + "/UDP"));
            sctp.forEach(range -> texts.add(range + "/SCTP"));
        }
        if (bits.get(OTHER_PROTOCOLS)) {
            texts.add("other protocols");
        }
        return texts;
    }

    private List<String> ranges(TransportProtocol protocol) {
        int base = PROTOCOLS.indexOf(protocol) * PORTS;
        List<String> ranges = new ArrayList<>();
        int first = bits.nextSetBit(base);
        while (first >= 0 && first < base + PORTS) {
            int last = Math.min(bits.nextClearBit(first), base + PORTS) - 1;
            if (first == base + 1 && last == base + PORTS - 1) {
                ranges.add("*");
            } else {
                ranges.add(first == last ? "" + (first - base) : (first - base) + "-" + (last - base));
            }
            first = bits.nextSetBit(last + 1);
        }
        return ranges;
    }

    private static List<TransportProtocol> of(TransportProtocol protocol) {
        return protocol == TransportProtocol.ANY ? PROTOCOLS : List.of(protocol);
    }

    private static PortSet all() {
        PortSet everyPort = of(List.of(new PortRange(1, PORTS - 1, TransportProtocol.ANY)));
        everyPort.bits.set(OTHER_PROTOCOLS);
        return everyPort;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof PortSet ports && ports.bits.equals(bits);
    }

    @Override
    public int hashCode() {
        return bits.hashCode();
    }

    @Override
    public String toString() {
        return String.valueOf(texts());
    }
}
