package dev.namespaces.model;

/**
 * A well-known group of destinations.
 *
 * @see <a href="https://docs.cilium.io/en/stable/security/policy/language/#entities-based">Cilium: entities</a>
 */
public enum EgressEntity {
    /** Everything outside of the cluster. */
    WORLD,
    /** Everything outside of the cluster, over IPv4. */
    WORLD_IPV4,
    /** Everything outside of the cluster, over IPv6. */
    WORLD_IPV6,
    /** Everything inside of the cluster: pods, nodes, the API server's pods. */
    CLUSTER,
    /** The node that the pod runs on, its host-network pods included. */
    HOST,
    /** Every other node of the cluster. */
    REMOTE_NODE,
    /** The Kubernetes API server, wherever it runs. */
    KUBE_APISERVER
}
