package dev.namespaces.core.delete;

import dev.namespaces.error.ErrorCategory;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.Operation;
import dev.namespaces.error.Retry;
import java.time.Instant;

/** The deletion plan has expired or was used before. Nothing was deleted. Plan again. */
public final class DeletionPlanUnusableException extends NamespaceException {

    private final Instant expiresAt;

    public DeletionPlanUnusableException(String reason, Instant expiresAt) {
        super(
                ErrorContext.of(Operation.DELETE_NAMESPACES),
                ErrorCategory.CONFLICT,
                reason + "; plan again",
                Retry.never(),
                null);
        this.expiresAt = expiresAt;
    }

    /** Returns when the plan expires or has expired. */
    public Instant expiresAt() {
        return expiresAt;
    }
}
