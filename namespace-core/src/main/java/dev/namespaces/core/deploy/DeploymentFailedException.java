package dev.namespaces.core.deploy;

import dev.namespaces.error.ErrorCategory;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.Retry;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A deployment failed in part or as a whole. The report says what succeeded, what failed, why, and where. Its first
 * cause is also {@link #getCause()}, and the others are suppressed exceptions. The exception has the category of its
 * worst cause, and is retryable if every cause is.
 */
public final class DeploymentFailedException extends NamespaceException {

    private static final int MAX_NAMED = 5;

    private final DeploymentReport report;

    /** @param report one in which something failed */
    public DeploymentFailedException(ErrorContext context, DeploymentReport report) {
        super(
                context,
                ErrorCategory.worst(report.failures().stream()
                        .map(NamespaceException::category)
                        .toList()),
                text(report),
                Retry.ofAll(report.failures().stream()
                        .map(NamespaceException::retry)
                        .toList()),
                report.failures().get(0));
        this.report = report;
        report.failures().stream().skip(1).forEach(this::addSuppressed);
    }

    /** Returns what became of every environment, cluster and namespace. */
    public DeploymentReport report() {
        return report;
    }

    private static String text(DeploymentReport report) {
        List<NamespaceException> failures = report.failures();
        String named =
                failures.stream().limit(MAX_NAMED).map(Throwable::getMessage).collect(Collectors.joining("; "));
        int more = failures.size() - MAX_NAMED;
        return (failures.size() == 1 ? "1 failure: " : failures.size() + " failures: ")
                + named
                + (more > 0 ? "; and " + more + " more" : "");
    }
}
