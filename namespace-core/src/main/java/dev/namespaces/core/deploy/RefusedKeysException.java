package dev.namespaces.core.deploy;

import dev.namespaces.core.request.Violation;
import dev.namespaces.error.ErrorCategory;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.Retry;
import java.util.List;

/**
 * A stored namespace, or its environment, has keys that must not reach a cluster. An import has brought them, or they
 * were stored while the settings allowed them.
 */
public final class RefusedKeysException extends NamespaceException {

    private final List<Violation> violations;

    /** @param violations at least one */
    public RefusedKeysException(ErrorContext context, List<Violation> violations) {
        super(
                context,
                ErrorCategory.REFUSED,
                Violation.listed(violations)
                        + "; change the stored namespace or environment, or allow the key in the key policy",
                Retry.never(),
                null);
        this.violations = List.copyOf(violations);
    }

    /** Returns the refused keys, each with its place and the reason, ordered by place. */
    public List<Violation> violations() {
        return violations;
    }
}
