package dev.namespaces.core.policy;

/** How Cilium names the labels of pods and of their namespaces. */
final class Labels {

    /** The source of every label that comes from Kubernetes. */
    static final String KUBERNETES = "k8s:";

    /** The source of a label that may come from anywhere; what a key without a source means. */
    static final String ANY = "any:";

    /** The pod's namespace. */
    static final String POD_NAMESPACE = "io.kubernetes.pod.namespace";

    /** A label of the pod's namespace, by its key. */
    static final String OF_NAMESPACE = "io.cilium.k8s.namespace.labels.";

    private Labels() {}
}
