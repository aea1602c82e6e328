package dev.namespaces.error;

/** No namespace of that name exists on the cluster, where one has to. */
public final class NamespaceAbsentException extends ClusterException {

    public NamespaceAbsentException(ErrorContext context) {
        super(
                context,
                ErrorCategory.NOT_FOUND,
                "the namespace does not exist on the cluster; deploy its environment",
                Retry.never(),
                null);
    }
}
