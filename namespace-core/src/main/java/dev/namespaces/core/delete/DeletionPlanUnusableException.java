package dev.namespaces.core.delete;

import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.Retry;
import java.time.Instant;

/**
 * The deletion plan has expired, was used before, or does not know of a namespace that we made since; nothing was
 * deleted. Plan again.
 */
public final class DeletionPlanUnusableException extends NamespaceException {

    private final transient Instant expiresAt;

    public DeletionPlanUnusableException(String reason, Instant expiresAt) {
        super(ErrorContext.of("delete namespaces"), reason + "; plan again", Retry.never(), null);
        this.expiresAt = expiresAt;
    }

    /** When the plan expires or expired. */
    public Instant expiresAt() {
        return expiresAt;
    }
}
