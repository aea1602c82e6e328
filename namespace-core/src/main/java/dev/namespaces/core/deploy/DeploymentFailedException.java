package dev.namespaces.core.deploy;

import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.Retry;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A deployment failed in part or as a whole; the report says what succeeded, what failed, why, and where. Its first
 * cause is also {@link #getCause()}, the others are suppressed exceptions. It is retryable where every cause is.
 */
public final class DeploymentFailedException extends NamespaceException {

    private static final int MAX_NAMED = 5;

    private final transient DeploymentReport report;

    /** @param report one in which something failed */
    public DeploymentFailedException(ErrorContext context, DeploymentReport report) {
        super(context, text(report), retry(report.failures()), report.failures().get(0));
        this.report = report;
        report.failures().stream().skip(1).forEach(this::addSuppressed);
    }

    /** What became of everything. */
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

    private static Retry retry(List<NamespaceException> failures) {
        if (!failures.stream().allMatch(NamespaceException::isRetryable)) {
            return Retry.never();
        }
        Optional<Duration> longest = failures.stream()
                .map(NamespaceException::retryAfter)
                .flatMap(Optional::stream)
                .max(Duration::compareTo);
        return longest.isPresent() ? Retry.after(longest.get()) : Retry.later();
    }
}
