package dev.namespaces.core.adopt;

import dev.namespaces.error.ErrorCategory;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.Operation;
import dev.namespaces.error.Retry;

/**
 * Not every namespace was released. The report says which, and why. The causes are suppressed exceptions; the exception
 * has the category of its worst cause, and is retryable if every cause is.
 */
public final class ReleaseIncompleteException extends NamespaceException {

    private final ReleaseReport report;

    /** @param report one in which something failed */
    public ReleaseIncompleteException(ReleaseReport report) {
        super(
                ErrorContext.of(Operation.RELEASE),
                ErrorCategory.worst(report.failures().stream()
                        .map(NamespaceException::category)
                        .toList()),
                "not every namespace was released; correct the cause and release again: "
                        + report.toString().replace("\n", "; "),
                Retry.ofAll(report.failures().stream()
                        .map(NamespaceException::retry)
                        .toList()),
                null);
        this.report = report;
        report.failures().forEach(this::addSuppressed);
    }

    /** Returns what became of every namespace. */
    public ReleaseReport report() {
        return report;
    }
}
