package dev.namespaces.egress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.namespaces.egress.effective.EffectiveEgress;
import dev.namespaces.egress.effective.EgressDestination;
import dev.namespaces.model.TransportProtocol;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DefaultEgressTest {

    private final EffectiveEgress egress =
            EffectiveEgress.of("shop-dev", DefaultEgress.mode(), EgressSettings.defaults());

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1.1.1.1",
                "9.255.255.255",
                "11.0.0.0",
                "100.63.255.255",
                "100.128.0.0",
                "169.253.255.255",
                "169.255.0.0",
                "172.15.255.255",
                "172.32.0.0",
                "192.167.255.255",
                "192.169.0.0",
                "126.255.255.255",
                "128.0.0.1",
                "192.0.1.0",
                "192.0.3.0",
                "198.17.255.255",
                "198.20.0.0",
                "223.255.255.255",
                "2000::1",
                "2001:200::1",
                "2001:db9::1",
                "2003::1",
                "2606:4700:4700::1111",
                "fbff:ffff::1",
                "fe00::1",
                "64:ff9b::808:808"
            })
    void the_public_internet_is_open(String address) {
        assertThat(egress.allows(address(address), 443, TransportProtocol.TCP)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "10.0.0.0",
                "10.255.255.255",
                "100.64.0.0",
                "100.127.255.255",
                "172.16.0.0",
                "172.31.255.255",
                "192.168.0.0",
                "192.168.255.255",
                "fc00::",
                "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
            })
    void private_ranges_are_closed(String address) {
        assertThat(egress.allows(address(address), 443, TransportProtocol.TCP)).isFalse();
    }

    /** An address of each row of IANA's two registries that is not called globally reachable, and of multicast. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "0.0.0.0",
                "0.255.255.255",
                "127.0.0.1",
                "192.0.0.1",
                "192.0.0.170",
                "192.0.2.1",
                "192.88.99.1",
                "198.18.0.1",
                "198.19.255.255",
                "198.51.100.1",
                "203.0.113.1",
                "224.0.0.1",
                "239.255.255.255",
                "240.0.0.1",
                "255.255.255.255",
                "::",
                "::1",
                "64:ff9b:1::1",
                "100::1",
                "100:0:0:1::1",
                "2001::1",
                "2001:2::1",
                "2001:10::1",
                "2001:db8::1",
                "2002:a9fe:a9fe::1",
                "3fff::1",
                "5f00::1",
                "fec0::1",
                "ff02::1"
            })
    void special_purpose_ranges_are_closed(String address) {
        assertThat(egress.allows(address(address), 443, TransportProtocol.TCP)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "169.254.169.254", // Amazon, Azure, Google and others
                "169.254.170.2", // Amazon's container credentials
                "100.100.100.200", // Alibaba
                "168.63.129.16", // Azure
                "fd00:ec2::254", // Amazon
                "fd20:ce::254", // Google
                "fe80::a9fe:a9fe" // link-local
            })
    void metadata_and_link_local_addresses_are_closed(String address) {
        assertThat(egress.allows(address(address), 80, TransportProtocol.TCP)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "64:ff9b::a9fe:a9fe",
                "64:ff9b::a00:1",
                "64:ff9b::7f00:1",
                "64:ff9b::c612:1",
                "64:ff9b::ffff:ffff",
                "64:ff9b::6440:1",
                "64:ff9b::ac10:1",
                "64:ff9b::ac1f:ffff",
                "64:ff9b::c0a8:1",
                "64:ff9b::a83f:8110",
                "64:ff9b:1::1"
            })
    void nat64_is_no_way_around(String address) {
        assertThat(egress.allows(address(address), 80, TransportProtocol.TCP)).isFalse();
    }

    @Test
    void dns_and_the_namespace_itself_are_open() {
        assertThat(egress.describe())
                .startsWith(
                        "pods with k8s-app=kube-dns of namespace kube-system:53/TCP",
                        "pods with k8s-app=kube-dns of namespace kube-system:53/UDP",
                        "namespace shop-dev");
    }

    @Test
    void nodes_the_api_server_and_other_namespaces_are_closed() {
        assertThat(EgressDestination.Infrastructure.values())
                .noneMatch(part -> egress.allows(part, 443, TransportProtocol.TCP));
        assertThat(egress.allows(new EgressDestination.Pod("billing", Map.of(), Map.of()), 443, TransportProtocol.TCP))
                .isFalse();
    }

    private static EgressDestination address(String literal) {
        return new EgressDestination.Address(RandomPolicies.address(literal));
    }
}
