package dev.namespaces.error;

/** A namespace of that name exists on the cluster, where none may. */
public final class NamespaceExistsException extends ClusterException {

    public NamespaceExistsException(ErrorContext context) {
        super(
                context,
                ErrorCategory.CONFLICT,
                "the namespace exists on the cluster already; choose another name, or apply it instead of creating it",
                Retry.never(),
                null);
    }
}
