package dev.namespaces.egress.effective;

import dev.namespaces.model.PortRange;
import dev.namespaces.model.TransportProtocol;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/**
 * Ports of protocols; {@link #ALL} also holds the protocols that know no ports, such as ICMP.
 *
 * @param spans in order; they do not overlap or touch
 */
record PortSet(List<Span> spans) {

    private static final int PORTS = 65536;
    private static final List<TransportProtocol> PROTOCOLS =
            List.of(TransportProtocol.TCP, TransportProtocol.UDP, TransportProtocol.SCTP);
    /** No port has the number 0, so a gap is before the first port of each protocol, and before this, too. */
    private static final int OTHER_PROTOCOLS = PROTOCOLS.size() * PORTS + 1;

    static final PortSet ALL = all();

    /** Consecutive ports of one protocol, as positions in a row of all ports of all protocols. */
    record Span(int first, int last) {}

    PortSet {
        spans = List.copyOf(spans);
    }

    /** Returns those ports; where the collection is empty, none. */
    static PortSet of(Collection<PortRange> ranges) {
        List<Span> spans = new ArrayList<>();
        for (PortRange range : ranges) {
            for (TransportProtocol protocol : of(range.protocol())) {
                int base = base(protocol);
                spans.add(new Span(base + range.first(), base + range.last()));
            }
        }
        return ofSpans(spans);
    }

    /** Returns what a rule with these ports opens: all, where it names none. */
    static PortSet ofRule(Collection<PortRange> ranges) {
        return ranges.isEmpty() ? ALL : of(ranges);
    }

    /** Returns the union of the spans, which may overlap and be in any order. */
    static PortSet ofSpans(Collection<Span> spans) {
        List<Span> union = new ArrayList<>();
        for (Span span :
                spans.stream().sorted(Comparator.comparing(Span::first)).toList()) {
            Span before = union.isEmpty() ? null : union.get(union.size() - 1);
            if (before != null && span.first <= before.last + 1) {
                union.set(union.size() - 1, new Span(before.first, Math.max(before.last, span.last)));
            } else {
                union.add(span);
            }
        }
        return new PortSet(union);
    }

    boolean isEmpty() {
        return spans.isEmpty();
    }

    /** Returns whether it holds the port, for {@link TransportProtocol#ANY} of each protocol. */
    boolean contains(int port, TransportProtocol protocol) {
        return of(protocol).stream()
                .mapToInt(each -> base(each) + port)
                .allMatch(at -> spans.stream().anyMatch(span -> span.first <= at && at <= span.last));
    }

    /**
     * Returns text such as {@code 443/TCP} and {@code 8000-8080/UDP}, {@code *} for every port; empty for all ports of
     * all protocols.
     */
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
        if (spans.contains(new Span(OTHER_PROTOCOLS, OTHER_PROTOCOLS))) {
            texts.add("other protocols");
        }
        return texts;
    }

    private List<String> ranges(TransportProtocol protocol) {
        int base = base(protocol);
        List<String> ranges = new ArrayList<>();
        for (Span span : spans) {
            if (base < span.first && span.last < base + PORTS) {
                int first = span.first - base;
                int last = span.last - base;
                if (first == 1 && last == PORTS - 1) {
                    ranges.add("*");
                } else {
                    ranges.add(first == last ? "" + first : first + "-" + last);
                }
            }
        }
        return ranges;
    }

    private static int base(TransportProtocol protocol) {
        return PROTOCOLS.indexOf(protocol) * PORTS;
    }

    private static List<TransportProtocol> of(TransportProtocol protocol) {
        return protocol == TransportProtocol.ANY ? PROTOCOLS : List.of(protocol);
    }

    private static PortSet all() {
        List<Span> spans = new ArrayList<>(of(List.of(new PortRange(1, PORTS - 1, TransportProtocol.ANY))).spans);
        spans.add(new Span(OTHER_PROTOCOLS, OTHER_PROTOCOLS));
        return new PortSet(spans);
    }

    @Override
    public String toString() {
        return String.valueOf(texts());
    }
}
