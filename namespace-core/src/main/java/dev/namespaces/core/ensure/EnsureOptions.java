package dev.namespaces.core.ensure;

import dev.namespaces.error.InvalidTextException;
import dev.namespaces.model.KubernetesSyntax;
import dev.namespaces.model.Shown;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * How to ensure a namespace. Immutable.
 *
 * @param labels set in addition to the managed-by label, on creation only
 * @param requireExisting whether an absent namespace is an error instead of being created
 * @param waitForTermination how long to wait until a terminating namespace is gone and can be created again; zero for
 *     not at all
 */
public record EnsureOptions(Map<String, String> labels, boolean requireExisting, Duration waitForTermination) {

    private static final EnsureOptions DEFAULT = new EnsureOptions(Map.of(), false, Duration.ZERO);

    /**
     * @throws InvalidTextException if a label is not valid
     * @throws IllegalArgumentException if the wait is negative
     */
    public EnsureOptions {
        labels = Map.copyOf(labels);
        new TreeMap<>(labels).forEach((key, value) -> {
            KubernetesSyntax.labelKeyProblem(key).ifPresent(problem -> {
                throw new InvalidTextException("key of a label", key, problem);
            });
            KubernetesSyntax.labelValueProblem(value).ifPresent(problem -> {
                throw new InvalidTextException("value of label '" + Shown.name(key) + "'", null, problem);
            });
        });
        Objects.requireNonNull(waitForTermination, "waitForTermination");
        if (waitForTermination.isNegative()) {
            throw new IllegalArgumentException("The wait must not be negative, is " + waitForTermination);
        }
    }

    /** Returns options without labels: an absent namespace is created, and nothing is waited for. */
    public static EnsureOptions defaults() {
        return DEFAULT;
    }

    /** Returns the same with these labels. */
    public EnsureOptions withLabels(Map<String, String> labels) {
        return new EnsureOptions(labels, requireExisting, waitForTermination);
    }

    /** Returns the same, except that an absent namespace is an error. */
    public EnsureOptions requiringExisting() {
        return new EnsureOptions(labels, true, waitForTermination);
    }

    /** Returns the same with this wait. */
    public EnsureOptions withWaitForTermination(Duration wait) {
        return new EnsureOptions(labels, requireExisting, wait);
    }
}
