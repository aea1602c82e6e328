package dev.namespaces.error;

/** The namespace on the cluster is labelled for another environment; nothing was changed. */
public final class NamespaceOwnedByOtherException extends ClusterException {

    private final transient String owner;

    public NamespaceOwnedByOtherException(ErrorContext context, String owner) {
        super(
                context,
                "it is labelled for environment '" + owner + "'; if that is wrong, take it over on purpose",
                Retry.never(),
                null);
        this.owner = owner;
    }

    /** The environment that it is labelled for, as the label has it. */
    public String owner() {
        return owner;
    }
}
