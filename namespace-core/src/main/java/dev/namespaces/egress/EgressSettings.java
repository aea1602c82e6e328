package dev.namespaces.egress;

import dev.namespaces.egress.DnsProfile.DnsServer;
import dev.namespaces.model.Cidr;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * How egress policies are written on a cluster.
 *
 * @param dialect how the dialect is chosen
 * @param dns which DNS servers every allow-list opens
 * @param ingress what is said of inbound traffic
 * @param omittable the kinds of rules that are left out, and reported, where the dialect cannot express them
 * @param clusterRanges the addresses of the cluster's pods, services and nodes, in order of their text
 * @param denied ranges that a CiliumNetworkPolicy denies, in order of their text
 * @param cilium what Cilium can do on the cluster, where the dialect is Cilium's
 */
public record EgressSettings(
        DialectChoice dialect,
        DnsProfile dns,
        IngressMode ingress,
        Set<OmittableRule> omittable,
        List<Cidr> clusterRanges,
        List<Cidr> denied,
        CiliumProfile cilium) {

    private static final EgressSettings DEFAULTS = new EgressSettings(
            new DialectChoice.Detect(),
            DnsProfile.kubeDns(),
            IngressMode.UNTOUCHED,
            Set.of(),
            List.of(),
            List.of(),
            CiliumProfile.defaults());

    /** @throws IllegalArgumentException if the address of a DNS server is in a denied range */
    public EgressSettings {
        Objects.requireNonNull(dialect, "dialect");
        Objects.requireNonNull(dns, "dns");
        Objects.requireNonNull(ingress, "ingress");
        Objects.requireNonNull(cilium, "cilium");
        EnumSet<OmittableRule> copy = EnumSet.noneOf(OmittableRule.class);
        copy.addAll(omittable);
        omittable = Collections.unmodifiableSet(copy);
        clusterRanges = sorted(clusterRanges);
        denied = sorted(denied);
        for (DnsServer server : dns.servers()) {
            for (Cidr address : addresses(server)) {
                denied.stream()
                        .filter(range -> range.contains(address))
                        .findFirst()
                        .ifPresent(range -> {
                            throw new IllegalArgumentException(
                                    "The DNS server " + address + " is in the denied range " + range);
                        });
            }
        }
    }

    /**
     * Returns the default settings: the cluster is asked for the dialect, DNS is kube-dns, ingress is untouched, and
     * nothing is ever left out.
     */
    public static EgressSettings defaults() {
        return DEFAULTS;
    }

    /** Returns the same, with this choice of dialect. */
    public EgressSettings withDialect(DialectChoice dialect) {
        return new EgressSettings(dialect, dns, ingress, omittable, clusterRanges, denied, cilium);
    }

    /** Returns the same, with these DNS servers. */
    public EgressSettings withDns(DnsProfile dns) {
        return new EgressSettings(dialect, dns, ingress, omittable, clusterRanges, denied, cilium);
    }

    /** Returns the same, with this treatment of inbound traffic. */
    public EgressSettings withIngress(IngressMode ingress) {
        return new EgressSettings(dialect, dns, ingress, omittable, clusterRanges, denied, cilium);
    }

    /** Returns the same, leaving these kinds of rules out where the dialect cannot express them. */
    public EgressSettings withOmittable(Set<OmittableRule> omittable) {
        return new EgressSettings(dialect, dns, ingress, omittable, clusterRanges, denied, cilium);
    }

    /**
     * Returns the same, with the ranges of the cluster's pods, services and nodes. They are excepted from every rule to
     * a range that holds them, wherever a range selects the cluster's own addresses: in the Kubernetes dialect, and in
     * Cilium's as its {@link CiliumProfile#rangesMatchNodes profile} says. A rule to a part of them cannot be expressed
     * there.
     */
    public EgressSettings withClusterRanges(Collection<Cidr> clusterRanges) {
        return new EgressSettings(dialect, dns, ingress, omittable, List.copyOf(clusterRanges), denied, cilium);
    }

    /**
     * Returns the same, with ranges that a CiliumNetworkPolicy denies, such as {@link SpecialRange#all}. No other
     * policy can open a denied range, and a rule to a part of one cannot be expressed. A NetworkPolicy cannot deny.
     *
     * @throws IllegalArgumentException if the address of a DNS server is in a denied range
     */
    public EgressSettings withDenied(Collection<Cidr> denied) {
        return new EgressSettings(dialect, dns, ingress, omittable, clusterRanges, List.copyOf(denied), cilium);
    }

    /** Returns the same, with what Cilium can do on the cluster. */
    public EgressSettings withCilium(CiliumProfile cilium) {
        return new EgressSettings(dialect, dns, ingress, omittable, clusterRanges, denied, cilium);
    }

    private static List<Cidr> sorted(List<Cidr> ranges) {
        return ranges.stream()
                .distinct()
                .sorted(Comparator.comparing(Cidr::value))
                .toList();
    }

    private static List<Cidr> addresses(DnsServer server) {
        if (server instanceof DnsServer.NodeLocal local) {
            return List.of(local.address());
        }
        return server instanceof DnsServer.Addresses addresses ? addresses.addresses() : List.of();
    }
}
