package dev.namespaces.error;

/** A namespace of that name stands on the cluster already, where it must not. */
public final class NamespaceExistsException extends ClusterException {

    public NamespaceExistsException(ErrorContext context) {
        super(context, "it exists already", Retry.never(), null);
    }
}
