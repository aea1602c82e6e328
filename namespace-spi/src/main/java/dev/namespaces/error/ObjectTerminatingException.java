package dev.namespaces.error;

import dev.namespaces.model.Shown;
import java.util.List;

/** One of our objects, other than a namespace, is being deleted, and a finalizer keeps it from being gone. */
public final class ObjectTerminatingException extends ClusterException {

    private final List<String> finalizers;

    public ObjectTerminatingException(ErrorContext context, List<String> finalizers) {
        super(
                context,
                ErrorCategory.CONFLICT,
                "the object is being deleted, and its finalizers " + Shown.list(finalizers)
                        + " keep it; it cannot count until it is gone. Ask the owner of the finalizers",
                Retry.later(),
                null);
        this.finalizers = List.copyOf(finalizers);
    }

    /** Returns the finalizers that keep the object; empty if the API server has not removed it yet. */
    public List<String> finalizers() {
        return finalizers;
    }
}
