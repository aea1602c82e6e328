package dev.namespaces.egress;

import java.util.Comparator;
import java.util.Objects;

/**
 * What Cilium can do on a cluster. A rule that it cannot enforce is one that the dialect cannot express.
 *
 * @param oldest the oldest version that an agent of the cluster may have
 * @param l7Proxy whether the agents run with {@code enable-l7-proxy}. Without it they reject every policy that has a
 *     DNS rule, and domains need one
 * @param rangesMatchNodes whether {@code policy-cidr-match-mode} has {@code nodes}, so that a range also selects nodes
 * @param namespacesSpanMesh whether the cluster is in a cluster mesh where a namespace in a policy is the one of that
 *     name in each cluster: up to Cilium 1.18, or with {@code policy-default-local-cluster} off
 */
public record CiliumProfile(Version oldest, boolean l7Proxy, boolean rangesMatchNodes, boolean namespacesSpanMesh) {

    /** A minor version of Cilium, as {@code 1.19}. */
    public record Version(int major, int minor) implements Comparable<Version> {
        private static final Comparator<Version> ORDER =
                Comparator.comparing(Version::major).thenComparing(Version::minor);

        @Override
        public int compareTo(Version other) {
            return ORDER.compare(this, other);
        }

        /** Returns text such as {@code 1.19}. */
        @Override
        public String toString() {
            return major + "." + minor;
        }
    }

    /** Port ranges: Cilium's change log of 1.16. An older agent ignores the end of a range. */
    static final Version PORT_RANGES = new Version(1, 16);

    /** A pattern that begins with {@code **.}: Cilium's upgrade guide for 1.19. It was one label before. */
    static final Version DEEP_PATTERNS = new Version(1, 19);

    public CiliumProfile {
        Objects.requireNonNull(oldest, "oldest");
    }

    /** Returns the profile of Cilium 1.19 or newer as it is installed by default. */
    public static CiliumProfile defaults() {
        return new CiliumProfile(DEEP_PATTERNS, true, false, false);
    }

    /** Returns the same, with this oldest version. */
    public CiliumProfile withOldest(int major, int minor) {
        return new CiliumProfile(new Version(major, minor), l7Proxy, rangesMatchNodes, namespacesSpanMesh);
    }

    /** Returns the same, with the proxy for DNS rules on or off. */
    public CiliumProfile withL7Proxy(boolean l7Proxy) {
        return new CiliumProfile(oldest, l7Proxy, rangesMatchNodes, namespacesSpanMesh);
    }

    /** Returns the same, with ranges that select nodes or do not. */
    public CiliumProfile withRangesMatchNodes(boolean rangesMatchNodes) {
        return new CiliumProfile(oldest, l7Proxy, rangesMatchNodes, namespacesSpanMesh);
    }

    /** Returns the same, with namespaces of policies that are in the whole mesh or in this cluster only. */
    public CiliumProfile withNamespacesSpanMesh(boolean namespacesSpanMesh) {
        return new CiliumProfile(oldest, l7Proxy, rangesMatchNodes, namespacesSpanMesh);
    }
}
