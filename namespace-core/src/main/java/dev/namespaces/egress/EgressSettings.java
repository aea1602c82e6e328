package dev.namespaces.egress;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;

/**
 * How egress policies are written on a cluster.
 *
 * @param dialect how the dialect is chosen
 * @param dns which DNS servers every allow-list opens
 * @param ingress what is said of inbound traffic
 * @param omittable the kinds of rules that are left out, and reported, where the dialect cannot express them
 */
public record EgressSettings(DialectChoice dialect, DnsProfile dns, IngressMode ingress, Set<OmittableRule> omittable) {

    public EgressSettings {
        Objects.requireNonNull(dialect, "dialect");
        Objects.requireNonNull(dns, "dns");
        Objects.requireNonNull(ingress, "ingress");
        EnumSet<OmittableRule> copy = EnumSet.noneOf(OmittableRule.class);
        copy.addAll(omittable);
        omittable = Collections.unmodifiableSet(copy);
    }

    /** The dialect is asked from the cluster, DNS is kube-dns, ingress is untouched, and nothing is ever left out. */
    public static EgressSettings defaults() {
        return new EgressSettings(new DialectChoice.Detect(), DnsProfile.kubeDns(), IngressMode.UNTOUCHED, Set.of());
    }

    /** The same, with this choice of dialect. */
    public EgressSettings withDialect(DialectChoice dialect) {
        return new EgressSettings(dialect, dns, ingress, omittable);
    }

    /** The same, with these DNS servers. */
    public EgressSettings withDns(DnsProfile dns) {
        return new EgressSettings(dialect, dns, ingress, omittable);
    }

    /** The same, with inbound traffic treated so. */
    public EgressSettings withIngress(IngressMode ingress) {
        return new EgressSettings(dialect, dns, ingress, omittable);
    }

    /** The same, leaving these kinds of rules out where the dialect cannot express them. */
    public EgressSettings withOmittable(Set<OmittableRule> omittable) {
        return new EgressSettings(dialect, dns, ingress, omittable);
    }
}
