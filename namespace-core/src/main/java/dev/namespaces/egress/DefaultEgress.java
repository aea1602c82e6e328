package dev.namespaces.egress;

import dev.namespaces.model.Cidr;
import dev.namespaces.model.EgressMode;
import dev.namespaces.model.EgressRule.ToCidr;
import java.util.List;

/** What applies where neither the project nor the organization has a policy. A host may set another. */
public final class DefaultEgress {

    private static final EgressMode.AllowList MODE =
            new EgressMode.AllowList(List.of(internet("0.0.0.0/0"), internet("::/0")));

    private DefaultEgress() {}

    /**
     * Returns DNS and traffic within the namespace, as on every allow-list, and the public internet over IPv4 and IPv6.
     * Every {@link SpecialRange} is excepted: private ranges, link-local addresses and the clouds' metadata addresses
     * are some of them, also where NAT64 would reach them.
     */
    public static EgressMode.AllowList mode() {
        return MODE;
    }

    private static ToCidr internet(String range) {
        Cidr all = new Cidr(range);
        return new ToCidr(all, SpecialRange.all().stream().filter(all::contains).toList(), List.of());
    }
}
