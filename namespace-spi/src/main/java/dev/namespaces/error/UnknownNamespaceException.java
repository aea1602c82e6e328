package dev.namespaces.error;

import dev.namespaces.model.NamespaceId;

/** There is no live namespace of that id in the store. */
public final class UnknownNamespaceException extends NamespaceException {

    private final transient NamespaceId id;

    public UnknownNamespaceException(ErrorContext context, NamespaceId id) {
        super(context, "there is no live namespace of id '" + id + "'", Retry.never(), null);
        this.id = id;
    }

    /** The id that is not known. */
    public NamespaceId id() {
        return id;
    }
}
