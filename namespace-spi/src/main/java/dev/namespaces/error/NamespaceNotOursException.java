package dev.namespaces.error;

import dev.namespaces.model.Shown;
import org.jspecify.annotations.Nullable;

/**
 * The namespace exists on the cluster, we did not create it, and the host has not asked to adopt it. Nothing was
 * written. A namespace that another environment claims is a {@link NamespaceOwnedByOtherException} instead.
 */
public final class NamespaceNotOursException extends ClusterException {

    private final @Nullable String managedBy;

    /** @param managedBy the value of the namespace's managed-by label, or null if it has none */
    public NamespaceNotOursException(ErrorContext context, @Nullable String managedBy) {
        super(
                context,
                ErrorCategory.CONFLICT,
                "it exists, we did not create it, and "
                        + (managedBy == null
                                ? "it has no managed-by label"
                                : "it is labelled as managed by '" + Shown.name(managedBy) + "'")
                        + "; choose another name, delete it, or have it adopted",
                Retry.never(),
                null);
        this.managedBy = managedBy;
    }

    /** Returns the value of the namespace's managed-by label, or null if it has none. */
    public @Nullable String managedBy() {
        return managedBy;
    }
}
