package dev.namespaces.model;

/** The kind of object that an egress policy is written as on a cluster. */
public enum PolicyDialect {
    /** {@code cilium.io/v2} CiliumNetworkPolicy. */
    CILIUM("cilium.io/v2", "CiliumNetworkPolicy", "ciliumnetworkpolicies"),
    /** {@code networking.k8s.io/v1} NetworkPolicy. */
    KUBERNETES("networking.k8s.io/v1", "NetworkPolicy", "networkpolicies");

    private final String apiVersion;
    private final String kind;
    private final String resource;

    PolicyDialect(String apiVersion, String kind, String resource) {
        this.apiVersion = apiVersion;
        this.kind = kind;
        this.resource = resource;
    }

    /** Returns the API group and version of the policy object. */
    public String apiVersion() {
        return apiVersion;
    }

    /** Returns the kind of the policy object. */
    public String kind() {
        return kind;
    }

    /** Returns the name of the kind in paths and roles, such as {@code networkpolicies}. */
    public String resource() {
        return resource;
    }
}
