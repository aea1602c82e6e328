package dev.namespaces.error;

import dev.namespaces.model.DeletionCondition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The namespace is being deleted: nothing can be created in it, nor under its name, until it is gone. */
public final class NamespaceTerminatingException extends ClusterException {

    private final transient List<DeletionCondition> conditions;

    public NamespaceTerminatingException(
            ErrorContext context, List<DeletionCondition> conditions, @Nullable Throwable cause) {
        super(
                context,
                "the namespace is terminating"
                        + (conditions.isEmpty() ? "" : " and held by " + conditions)
                        + "; wait until it is gone",
                Retry.later(),
                cause);
        this.conditions = List.copyOf(conditions);
    }

    /** What the API server says of the deletion; empty where it has said nothing yet. */
    public List<DeletionCondition> conditions() {
        return conditions;
    }
}
