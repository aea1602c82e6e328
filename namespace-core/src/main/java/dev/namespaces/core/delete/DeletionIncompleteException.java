package dev.namespaces.core.delete;

import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.Retry;

/** Not all that was planned is gone; the report says what is not, and why. Plan again to go on. */
public final class DeletionIncompleteException extends NamespaceException {

    private final transient DeletionReport report;

    /** @param report one that is not complete */
    public DeletionIncompleteException(ErrorContext context, DeletionReport report) {
        super(context, "not everything is gone:\n" + report, Retry.never(), null);
        this.report = report;
        report.results().forEach(result -> {
            if (result.outcome() instanceof DeletionReport.Outcome.Failed failed) {
                addSuppressed(failed.cause());
            }
        });
    }

    /** What became of everything that was planned. */
    public DeletionReport report() {
        return report;
    }
}
