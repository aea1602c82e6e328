package dev.namespaces.core.request;

import dev.namespaces.error.ErrorCategory;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.Retry;
import java.util.List;

/**
 * A request, or a list of requests, breaks rules. Every violation is listed; the message has the first of them. Nothing
 * was stored.
 */
public final class InvalidNamespaceRequestException extends NamespaceException {

    private final List<Violation> violations;

    /** @param violations at least one */
    public InvalidNamespaceRequestException(ErrorContext context, List<Violation> violations) {
        super(context, ErrorCategory.INVALID, text(violations), Retry.never(), null);
        this.violations = List.copyOf(violations);
    }

    /** Returns everything that is wrong, ordered by path. */
    public List<Violation> violations() {
        return violations;
    }

    private static String text(List<Violation> violations) {
        return (violations.size() == 1
                        ? "the request has 1 violation: "
                        : "the request has " + violations.size() + " violations: ")
                + Violation.listed(violations);
    }
}
