package dev.namespaces.egress.effective;

import com.fasterxml.jackson.annotation.JsonValue;
import dev.namespaces.model.PortRange;
import dev.namespaces.model.TransportProtocol;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

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

    /**
     * The content of a set.
     *
     * @param ranges the ports; of {@link TransportProtocol#ANY} where TCP, UDP and SCTP have the same ones
     * @param otherProtocols whether it holds the protocols that know no ports
     */
    record Open(List<PortRange> ranges, boolean otherProtocols) {}

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
        Open open = open();
        Stream<String> ranges = open.ranges().stream()
                .map(range ->
                        range.first() == 1 && range.last() == PORTS - 1 ? "*/" + range.protocol() : range.toString());
        return Stream.concat(ranges, Stream.of("other protocols").filter(text -> open.otherProtocols()))
                .toList();
    }

    /** Returns the ports as ranges in order, which are also the JSON form. */
    @JsonValue
    Open open() {
        List<PortRange> all = ranges(TransportProtocol.TCP, TransportProtocol.ANY);
        boolean isSameForEach = PROTOCOLS.stream().allMatch(each -> all.equals(ranges(each, TransportProtocol.ANY)));
        return new Open(
                isSameForEach
                        ? all
                        : PROTOCOLS.stream()
                                .flatMap(each -> ranges(each, each).stream())
                                .toList(),
                spans.contains(new Span(OTHER_PROTOCOLS, OTHER_PROTOCOLS)));
    }

    private List<PortRange> ranges(TransportProtocol of, TransportProtocol as) {
        int base = base(of);
        return spans.stream()
                .filter(span -> base < span.first && span.last < base + PORTS)
                .map(span -> new PortRange(span.first - base, span.last - base, as))
                .toList();
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
