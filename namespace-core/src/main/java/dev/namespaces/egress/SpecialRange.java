package dev.namespaces.egress;

import dev.namespaces.model.Cidr;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * A range of addresses that is not a part of the public internet.
 *
 * @param cidr the range
 * @param name what the range is for
 * @param source the document that says so
 */
public record SpecialRange(Cidr cidr, String name, String source) {

    private static final List<SpecialRange> IPV4 = List.of(
            of("0.0.0.0/8", "this network", "RFC 791"),
            of("10.0.0.0/8", "private use", "RFC 1918"),
            of("100.64.0.0/10", "shared address space; Alibaba's metadata at 100.100.100.200", "RFC 6598"),
            of("127.0.0.0/8", "loopback", "RFC 1122"),
            of("168.63.129.16/32", "Azure's platform address, which hands out a node's goal state", "Azure"),
            of("169.254.0.0/16", "link-local; most clouds' metadata at 169.254.169.254", "RFC 3927"),
            of("172.16.0.0/12", "private use", "RFC 1918"),
            of("192.0.0.0/24", "IETF protocol assignments", "RFC 6890"),
            of("192.0.2.0/24", "documentation", "RFC 5737"),
            of("192.88.99.0/24", "6to4 relay anycast, deprecated", "RFC 7526"),
            of("192.168.0.0/16", "private use", "RFC 1918"),
            of("198.18.0.0/15", "benchmarking", "RFC 2544"),
            of("198.51.100.0/24", "documentation", "RFC 5737"),
            of("203.0.113.0/24", "documentation", "RFC 5737"),
            of("224.0.0.0/4", "multicast", "RFC 5771"),
            of("240.0.0.0/4", "reserved; limited broadcast at its end", "RFC 1112"));

    private static final List<SpecialRange> IPV6 = List.of(
            of("::/96", "unspecified, loopback, and IPv4-compatible, deprecated", "RFC 4291"),
            of("::ffff:0:0:0/96", "IPv4-translated, as NAT64 may reach IPv4 by it", "RFC 2765"),
            of("64:ff9b:1::/48", "NAT64 within a network", "RFC 8215"),
            of("100::/64", "discard-only", "RFC 6666"),
            of("100:0:0:1::/64", "dummy prefix", "RFC 9780"),
            of("2001::/23", "IETF protocol assignments, with Teredo, benchmarking and ORCHID", "RFC 2928"),
            of("2001:db8::/32", "documentation", "RFC 3849"),
            of("2002::/16", "6to4, which reaches IPv4 by relays", "RFC 3056"),
            of("3fff::/20", "documentation", "RFC 9637"),
            of("5f00::/16", "segment routing", "RFC 9602"),
            of("fc00::/7", "unique local; Amazon's metadata at fd00:ec2::254, Google's at fd20:ce::254", "RFC 4193"),
            of("fe80::/10", "link-local", "RFC 4291"),
            of("fec0::/10", "site-local, deprecated", "RFC 3879"),
            of("ff00::/8", "multicast", "RFC 4291"));

    private static final List<SpecialRange> NAT64 = IPV4.stream()
            .map(range -> of(
                    "64:ff9b::" + range.cidr.firstAddress().getHostAddress() + "/" + (96 + range.cidr.prefixLength()),
                    range.cidr + " as NAT64 reaches it",
                    "RFC 6052"))
            .toList();

    public SpecialRange {
        Objects.requireNonNull(cidr, "cidr");
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(source, "source");
    }

    /**
     * Returns every range of IPv4 that IANA's IPv4 Special-Purpose Address Registry does not call globally reachable,
     * multicast, and the platform address of a cloud.
     */
    public static List<SpecialRange> ipv4() {
        return IPV4;
    }

    /**
     * Returns every range of IPv6 that IANA's IPv6 Special-Purpose Address Registry does not call globally reachable,
     * and multicast. {@code 2001::/23} is one of them, with the few anycast addresses in it that are reachable.
     */
    public static List<SpecialRange> ipv6() {
        return IPV6;
    }

    /** Returns the ranges of {@link #ipv4} as NAT64 reaches them by its well-known prefix. */
    public static List<SpecialRange> nat64() {
        return NAT64;
    }

    /** Returns all of them, of both families. */
    public static List<Cidr> all() {
        return Stream.of(IPV4, IPV6, NAT64)
                .flatMap(List::stream)
                .map(SpecialRange::cidr)
                .toList();
    }

    private static SpecialRange of(String cidr, String name, String source) {
        return new SpecialRange(new Cidr(cidr), name, source);
    }
}
