package dev.namespaces.core.delete;

import dev.namespaces.error.ErrorCategory;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.Operation;
import dev.namespaces.error.Retry;

/**
 * The plan has more deletions than the lifecycle's cap, and the options do not confirm that number. Nothing happened,
 * and the plan is as good as before.
 */
public final class DeletionNotConfirmedException extends NamespaceException {

    private final int deletions;
    private final int cap;

    public DeletionNotConfirmedException(int deletions, int cap) {
        super(
                ErrorContext.of(Operation.DELETE_NAMESPACES),
                ErrorCategory.REFUSED,
                "the plan has " + deletions + " deletions, and more than " + cap
                        + " have to be confirmed; read the plan, then confirm " + deletions + " deletions",
                Retry.never(),
                null);
        this.deletions = deletions;
        this.cap = cap;
    }

    /** Returns how many deletions the plan has. */
    public int deletions() {
        return deletions;
    }

    /** Returns how many deletions need no confirmation. */
    public int cap() {
        return cap;
    }
}
