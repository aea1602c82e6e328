package dev.namespaces.error;

import dev.namespaces.model.NamespaceId;

/** The store has no live namespace of that id. */
public final class UnknownNamespaceException extends NamespaceException {

    private final NamespaceId id;

    public UnknownNamespaceException(ErrorContext context, NamespaceId id) {
        super(
                context,
                ErrorCategory.NOT_FOUND,
                "there is no live namespace of id '" + id + "'; is the id right, and was it deleted?",
                Retry.never(),
                null);
        this.id = id;
    }

    /** Returns the id that is not known. */
    public NamespaceId id() {
        return id;
    }
}
