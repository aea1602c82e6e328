package dev.namespaces.error;

import dev.namespaces.model.NamespaceId;

/** Somebody else changed the namespace since it was read; nothing was written. Read it again and decide anew. */
public final class StaleVersionException extends NamespaceException {

    private final transient NamespaceId id;
    private final transient long expected;
    private final transient long actual;

    public StaleVersionException(ErrorContext context, NamespaceId id, long expected, long actual) {
        super(
                context,
                "namespace " + id + " is at version " + actual + ", not " + expected + "; read it again",
                Retry.never(),
                null);
        this.id = id;
        this.expected = expected;
        this.actual = actual;
    }

    /** The namespace. */
    public NamespaceId id() {
        return id;
    }

    /** The version that the caller had read. */
    public long expected() {
        return expected;
    }

    /** The version in the store. */
    public long actual() {
        return actual;
    }
}
