package dev.namespaces.egress;

import dev.namespaces.model.Cidr;
import dev.namespaces.model.EgressMode;
import dev.namespaces.model.EgressRule.ToCidr;
import java.util.List;
import java.util.stream.Stream;

/** What applies where neither the project nor the organization has a policy. A host may set another. */
public final class DefaultEgress {

    private static final EgressMode.AllowList MODE = new EgressMode.AllowList(List.of(
            internet(
                    "0.0.0.0/0",
                    "10.0.0.0/8", // RFC 1918
                    "100.64.0.0/10", // RFC 6598; Alibaba's metadata at 100.100.100.200
                    "168.63.129.16/32", // Azure's platform address, which hands out a node's goal state
                    "169.254.0.0/16", // link-local; most clouds' metadata at 169.254.169.254
                    "172.16.0.0/12", // RFC 1918
                    "192.168.0.0/16"), // RFC 1918
            internet(
                    "::/0",
                    "64:ff9b::a00:0/104", // the same, as NAT64 reaches them by its well-known prefix: 10.0.0.0/8
                    "64:ff9b::6440:0/106", // 100.64.0.0/10
                    "64:ff9b::a83f:8110/128", // 168.63.129.16
                    "64:ff9b::a9fe:0/112", // 169.254.0.0/16
                    "64:ff9b::ac10:0/108", // 172.16.0.0/12
                    "64:ff9b::c0a8:0/112", // 192.168.0.0/16
                    "64:ff9b:1::/48", // RFC 8215, NAT64 within a network
                    "fc00::/7", // RFC 4193; Amazon's metadata at fd00:ec2::254, Google's at fd20:ce::254
                    "fe80::/10"))); // link-local

    private DefaultEgress() {}

    /**
     * DNS and traffic within the namespace, as on every allow-list, and the public internet over IPv4 and IPv6. Private
     * ranges (RFC 1918, RFC 6598, RFC 4193), link-local addresses and the clouds' metadata addresses are excepted, also
     * where NAT64 would reach them.
     */
    public static EgressMode.AllowList mode() {
        return MODE;
    }

    private static ToCidr internet(String all, String... except) {
        return new ToCidr(new Cidr(all), Stream.of(except).map(Cidr::new).toList(), List.of());
    }
}
