package dev.namespaces.core.delete;

import dev.namespaces.core.delete.DeletionPlan.Unreachable;
import dev.namespaces.error.ErrorCategory;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.Retry;
import java.util.ArrayList;
import java.util.List;

/**
 * Not everything that was planned is gone. The report says what is not, and why. The plan is used up: plan again, by
 * the environment, to continue.
 *
 * <p>The causes are suppressed exceptions, and so are the failures of the stores. The exception has the category of its
 * worst cause. It is retryable if every cause is, and if every cluster that was not asked may answer later. Without a
 * cause, namespaces are still terminating, which continues by itself. Retry with a new plan: this one is never good
 * again.
 */
public final class DeletionIncompleteException extends NamespaceException {

    private final DeletionReport report;

    /** @param report one that is not complete */
    public DeletionIncompleteException(ErrorContext context, DeletionReport report) {
        super(
                context,
                report.failures().isEmpty()
                        ? ErrorCategory.UNAVAILABLE
                        : ErrorCategory.worst(report.failures().stream()
                                .map(NamespaceException::category)
                                .toList()),
                "not everything is gone; plan again to continue: "
                        + report.toString().replace("\n", "; "),
                retry(report),
                null);
        this.report = report;
        report.failures().forEach(this::addSuppressed);
        report.storeFailures().forEach(this::addSuppressed);
    }

    private static Retry retry(DeletionReport report) {
        List<Retry> reasons = new ArrayList<>(
                report.failures().stream().map(NamespaceException::retry).toList());
        report.notAsked().stream()
                .map(Unreachable::retryable)
                .map(later -> later ? Retry.later() : Retry.never())
                .forEach(reasons::add);
        return Retry.ofAll(reasons);
    }

    /** Returns what became of everything that was planned. */
    public DeletionReport report() {
        return report;
    }
}
