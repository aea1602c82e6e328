package dev.namespaces.egress;

import dev.namespaces.model.Cidr;
import dev.namespaces.model.KubernetesSyntax;
import dev.namespaces.model.PortRange;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * Which DNS servers the pods of a cluster ask; every allow-list opens exactly these.
 *
 * @param servers at least one; the order is kept
 */
public record DnsProfile(List<DnsServer> servers) {

    private static final int DNS_PORT = 53;

    /** @throws IllegalArgumentException if no server is given */
    public DnsProfile {
        servers = List.copyOf(servers);
        if (servers.isEmpty()) {
            throw new IllegalArgumentException("A DNS profile names no server");
        }
    }

    /**
     * Returns CoreDNS or kube-dns as most clusters have it: pods {@code k8s-app: kube-dns} in {@code kube-system}, port
     * 53.
     */
    public static DnsProfile kubeDns() {
        return new DnsProfile(List.of(kubeDnsPods()));
    }

    /**
     * Returns NodeLocal DNSCache in the host network of every node, and {@link #kubeDns} for queries that bypass it.
     * Where Cilium's local redirect policy hands queries to cache pods outside of the host network, use
     * {@link DnsServer.Pods} instead.
     *
     * @param address the cache's link-local address, usually {@code 169.254.20.10/32}
     * @see <a href="https://kubernetes.io/docs/tasks/administer-cluster/nodelocaldns/">Kubernetes: NodeLocal
     *     DNSCache</a>
     */
    public static DnsProfile nodeLocal(Cidr address) {
        return new DnsProfile(List.of(new DnsServer.NodeLocal(address, DNS_PORT), kubeDnsPods()));
    }

    /** Returns OpenShift's DNS operator: pods of the daemon set {@code default} in {@code openshift-dns}, port 5353. */
    public static DnsProfile openShift() {
        return new DnsProfile(List.of(new DnsServer.Pods(
                "openshift-dns", Map.of("dns.operator.openshift.io/daemonset-dns", "default"), 5353)));
    }

    /**
     * Returns CoreDNS of a virtual cluster as vCluster installs it: pods {@code k8s-app: vcluster-kube-dns} in
     * {@code kube-system}, port 1053.
     *
     * @see <a href="https://github.com/loft-sh/vcluster-docs/pull/2336">vCluster: port 1053 in network policies</a>
     */
    public static DnsProfile vCluster() {
        return new DnsProfile(List.of(new DnsServer.Pods("kube-system", Map.of("k8s-app", "vcluster-kube-dns"), 1053)));
    }

    /**
     * Returns CoreDNS of a shoot cluster of Gardener: pods {@code k8s-app: kube-dns} in {@code kube-system}, port 8053.
     *
     * @see <a href="https://gardener.cloud/docs/gardener/networking/custom-dns-config/">Gardener: Custom DNS</a>
     */
    public static DnsProfile gardener() {
        return new DnsProfile(List.of(new DnsServer.Pods("kube-system", Map.of("k8s-app", "kube-dns"), 8053)));
    }

    /**
     * Returns DNS of EKS Auto Mode, which has no pods: each node answers at the address of the service, port 53.
     *
     * @param address the cluster address of the service {@code kube-dns}, as in {@code /etc/resolv.conf} of a pod
     * @see <a href="https://github.com/aws/containers-roadmap/issues/2552">EKS: network policies in Auto Mode</a>
     */
    public static DnsProfile eksAutoMode(Cidr address) {
        return new DnsProfile(List.of(new DnsServer.NodeLocal(address, DNS_PORT)));
    }

    /**
     * Returns LocalDNS of AKS, which is no pod: each node answers pods at 169.254.10.11, and those that use the node's
     * DNS at 169.254.10.10. {@link #kubeDns} is for queries that bypass it.
     *
     * @see <a href="https://learn.microsoft.com/azure/aks/localdns-custom">AKS: Configure LocalDNS</a>
     */
    public static DnsProfile aksLocalDns() {
        return new DnsProfile(List.of(
                new DnsServer.NodeLocal(new Cidr("169.254.10.11/32"), DNS_PORT),
                new DnsServer.NodeLocal(new Cidr("169.254.10.10/32"), DNS_PORT),
                kubeDnsPods()));
    }

    private static DnsServer kubeDnsPods() {
        return new DnsServer.Pods("kube-system", Map.of("k8s-app", "kube-dns"), DNS_PORT);
    }

    /** Where pods ask for names. */
    public sealed interface DnsServer {

        /** Returns the port that the server itself listens on, behind any service; 1 to 65535. */
        int port();

        /** Returns {@link #port} over UDP and TCP. */
        default List<PortRange> ports() {
            return List.of(PortRange.udp(port()), PortRange.tcp(port()));
        }

        /**
         * Pods of the cluster that are not in the host network.
         *
         * @param namespace their namespace; an RFC 1123 label
         * @param labels labels that they carry, at least one; kept in key order
         * @param port see {@link DnsServer#port()}
         */
        record Pods(String namespace, Map<String, String> labels, int port) implements DnsServer {
            /**
             * @throws IllegalArgumentException if no label is given, or a name or label is not valid
             * @throws dev.namespaces.error.InvalidTextException if the port is not valid
             */
            public Pods {
                KubernetesSyntax.namespaceNameProblem(namespace).ifPresent(problem -> {
                    throw new IllegalArgumentException("The DNS servers' namespace '" + namespace + "' " + problem);
                });
                labels = Collections.unmodifiableMap(new TreeMap<>(labels));
                if (labels.isEmpty()) {
                    throw new IllegalArgumentException("The DNS servers' pods are told by no label");
                }
                labels.forEach((key, value) -> {
                    KubernetesSyntax.labelKeyProblem(key)
                            .or(() -> KubernetesSyntax.labelValueProblem(value))
                            .ifPresent(problem -> {
                                throw new IllegalArgumentException(
                                        "The DNS servers' label " + key + "=" + value + " " + problem);
                            });
                });
                checkPort(port);
            }
        }

        /**
         * A cache in the host network of the pod's own node.
         *
         * @param address the one address that it listens on
         * @param port see {@link DnsServer#port()}
         */
        record NodeLocal(Cidr address, int port) implements DnsServer {
            /**
             * @throws IllegalArgumentException if it is a range of many addresses
             * @throws dev.namespaces.error.InvalidTextException if the port is not valid
             */
            public NodeLocal {
                Objects.requireNonNull(address, "address");
                if (address.prefixLength() != (address.isIpv6() ? 128 : 32)) {
                    throw new IllegalArgumentException("A node-local DNS cache has one address, not " + address);
                }
                checkPort(port);
            }
        }

        /**
         * Servers outside of the cluster.
         *
         * @param addresses their addresses, at least one; the order is kept
         * @param port see {@link DnsServer#port()}
         */
        record Addresses(List<Cidr> addresses, int port) implements DnsServer {
            /**
             * @throws IllegalArgumentException if no address is given
             * @throws dev.namespaces.error.InvalidTextException if the port is not valid
             */
            public Addresses {
                addresses = List.copyOf(addresses);
                if (addresses.isEmpty()) {
                    throw new IllegalArgumentException("The DNS servers have no address");
                }
                checkPort(port);
            }
        }

        private static void checkPort(int port) {
            PortRange.udp(port);
        }
    }
}
