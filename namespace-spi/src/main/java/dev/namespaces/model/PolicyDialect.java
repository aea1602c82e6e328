package dev.namespaces.model;

/** The kind of object that an egress policy is written as on a cluster. */
public enum PolicyDialect {
    /** {@code cilium.io/v2} CiliumNetworkPolicy. */
    CILIUM("cilium.io/v2", "CiliumNetworkPolicy"),
    /** {@code networking.k8s.io/v1} NetworkPolicy. */
    KUBERNETES("networking.k8s.io/v1", "NetworkPolicy");

    private final String apiVersion;
    private final String kind;

    PolicyDialect(String apiVersion, String kind) {
        this.apiVersion = apiVersion;
        this.kind = kind;
    }

    /** The API group and version of the policy object. */
    public String apiVersion() {
        return apiVersion;
    }

    /** The kind of the policy object. */
    public String kind() {
        return kind;
    }
}
