package dev.namespaces.core.delete;

import dev.namespaces.error.ErrorCategory;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.Retry;
import java.util.List;

/**
 * Not everything that was planned is gone. The report says what is not, and why. Plan again to continue.
 *
 * <p>The causes are suppressed exceptions. The exception has the category of its worst cause, and is retryable if every
 * cause is. Without a cause, namespaces are still terminating, which continues by itself.
 */
public final class DeletionIncompleteException extends NamespaceException {

    private final DeletionReport report;

    /** @param report one that is not complete */
    public DeletionIncompleteException(ErrorContext context, DeletionReport report) {
        this(
                context,
                report,
                report.results().stream()
                        .map(DeletionReport.Result::outcome)
                        .filter(DeletionReport.Outcome.Failed.class::isInstance)
                        .map(outcome -> ((DeletionReport.Outcome.Failed) outcome).cause())
                        .toList());
    }

    private DeletionIncompleteException(ErrorContext context, DeletionReport report, List<NamespaceException> causes) {
        super(
                context,
                causes.isEmpty()
                        ? ErrorCategory.UNAVAILABLE
                        : ErrorCategory.worst(causes.stream()
                                .map(NamespaceException::category)
                                .toList()),
                "not everything is gone; plan again to continue:\n" + report,
                Retry.ofAll(causes.stream().map(NamespaceException::retry).toList()),
                null);
        this.report = report;
        causes.forEach(this::addSuppressed);
    }

    /** Returns what became of everything that was planned. */
    public DeletionReport report() {
        return report;
    }
}
