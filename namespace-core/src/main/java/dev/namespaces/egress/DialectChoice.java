package dev.namespaces.egress;

import dev.namespaces.model.PolicyDialect;
import java.util.Objects;

/** How it is decided in which dialect a cluster's policies are written. */
public sealed interface DialectChoice {

    /**
     * Always that one; no cluster is asked.
     *
     * @param dialect the dialect
     */
    record Fixed(PolicyDialect dialect) implements DialectChoice {
        public Fixed {
            Objects.requireNonNull(dialect, "dialect");
        }
    }

    /**
     * As {@link Detect}, but Cilium only where at least one {@code CiliumNode} exists, too. The definitions of Cilium's
     * kinds stay when Cilium is uninstalled, and then nothing enforces its policies. An agent creates the object of its
     * node. Needs the right to list {@code ciliumnodes}.
     */
    record Probe() implements DialectChoice {}

    /** Cilium where the cluster serves {@code cilium.io/v2} CiliumNetworkPolicy, else Kubernetes. Asks each time. */
    record Detect() implements DialectChoice {}
}
