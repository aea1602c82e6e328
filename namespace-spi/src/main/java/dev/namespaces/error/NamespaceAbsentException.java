package dev.namespaces.error;

/** No namespace of that name stands on the cluster, where one must. */
public final class NamespaceAbsentException extends ClusterException {

    public NamespaceAbsentException(ErrorContext context) {
        super(context, "the namespace does not exist on the cluster", Retry.never(), null);
    }
}
