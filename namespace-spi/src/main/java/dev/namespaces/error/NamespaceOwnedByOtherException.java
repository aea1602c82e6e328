package dev.namespaces.error;

import dev.namespaces.model.Shown;

/** The namespace on the cluster is labelled for another environment. Nothing was written. */
public final class NamespaceOwnedByOtherException extends ClusterException {

    private final String owner;

    public NamespaceOwnedByOtherException(ErrorContext context, String owner) {
        super(
                context,
                ErrorCategory.CONFLICT,
                "it is labelled for environment '" + Shown.name(owner)
                        + "'; correct the label, or deploy again and take it over",
                Retry.never(),
                null);
        this.owner = owner;
    }

    /** Returns the environment that the namespace is labelled for, as the label has it. */
    public String owner() {
        return owner;
    }
}
