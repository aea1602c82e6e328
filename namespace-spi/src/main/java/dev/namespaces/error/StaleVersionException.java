package dev.namespaces.error;

import dev.namespaces.model.NamespaceId;

/** The namespace was changed since the caller read it. Nothing was written. Read it again and decide again. */
public final class StaleVersionException extends NamespaceException {

    private final NamespaceId id;
    private final long expected;
    private final long actual;

    public StaleVersionException(ErrorContext context, NamespaceId id, long expected, long actual) {
        super(
                context,
                ErrorCategory.CONFLICT,
                "namespace " + id + " is at version " + actual + ", not " + expected + "; read it again",
                Retry.never(),
                null);
        this.id = id;
        this.expected = expected;
        this.actual = actual;
    }

    /** Returns the namespace. */
    public NamespaceId id() {
        return id;
    }

    /** Returns the version that the caller had read. */
    public long expected() {
        return expected;
    }

    /** Returns the version in the store. */
    public long actual() {
        return actual;
    }
}
