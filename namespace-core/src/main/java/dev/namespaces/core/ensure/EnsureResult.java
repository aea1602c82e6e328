package dev.namespaces.core.ensure;

import dev.namespaces.error.NamespaceException;
import java.io.Serializable;
import java.time.Duration;

/** The result of one namespace of a batch. */
public sealed interface EnsureResult extends Serializable {

    /** The namespace exists. */
    record Ensured(EnsureOutcome outcome) implements EnsureResult {}

    /**
     * The namespace may not exist.
     *
     * @param cause why
     * @param retryAfter when a reconciler should look again: as the cause says, else after one minute
     */
    record Failed(NamespaceException cause, Duration retryAfter) implements EnsureResult {}
}
