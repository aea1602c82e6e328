package dev.namespaces.egress.check;

/** The keys and sources of labels that policies of either dialect select pods and namespaces by. */
public final class PolicyLabels {

    /** The label that the API server puts on every namespace, with its name. */
    public static final String NAMESPACE_NAME = "kubernetes.io/metadata.name";

    /** The source that Cilium gives to every label from Kubernetes. */
    public static final String KUBERNETES = "k8s:";

    /** The source that matches a label of any source; Cilium reads a key without a source like this. */
    public static final String ANY = "any:";

    /** The key by which Cilium knows the name of a pod's namespace. */
    public static final String POD_NAMESPACE = "io.kubernetes.pod.namespace";

    /** The prefix by which Cilium knows a label of the pod's namespace; the label's key follows. */
    public static final String OF_NAMESPACE = "io.cilium.k8s.namespace.labels.";

    private PolicyLabels() {}

    /** Returns whether Cilium sets labels of such a key on a pod by itself, next to the pod's own labels. */
    public static boolean isOfCilium(String key) {
        return key.startsWith("io.cilium.") || key.startsWith("io.kubernetes.");
    }
}
