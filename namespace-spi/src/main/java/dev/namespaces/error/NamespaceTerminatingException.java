package dev.namespaces.error;

import dev.namespaces.model.DeletionCondition;
import dev.namespaces.model.Shown;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The namespace is being deleted. Until it is gone, nothing can be created in it, and no namespace of its name. */
public final class NamespaceTerminatingException extends ClusterException {

    private final List<DeletionCondition> conditions;

    public NamespaceTerminatingException(
            ErrorContext context, List<DeletionCondition> conditions, @Nullable Throwable cause) {
        super(
                context,
                ErrorCategory.CONFLICT,
                "the namespace is terminating"
                        + (conditions.isEmpty() ? "" : " and held by " + Shown.list(conditions))
                        + "; wait until it is gone",
                Retry.later(),
                cause);
        this.conditions = List.copyOf(conditions);
    }

    /** Returns what the API server says of the deletion; empty where it has said nothing yet. */
    public List<DeletionCondition> conditions() {
        return conditions;
    }
}
