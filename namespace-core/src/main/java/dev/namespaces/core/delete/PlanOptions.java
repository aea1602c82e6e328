package dev.namespaces.core.delete;

import dev.namespaces.model.ClusterId;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How to plan a deletion. Immutable; copies come from the {@code with} methods.
 *
 * @param requestedBy who asked for the plan, in the host's words, or null
 * @param validity how long the plan is good, or null for what the lifecycle was built with
 * @param lostClusters clusters that do not exist any more; they are not asked, and the deletion removes what is
 *     recorded about the planned namespaces there
 */
public record PlanOptions(
        @Nullable String requestedBy, @Nullable Duration validity, Set<ClusterId> lostClusters) {

    private static final PlanOptions DEFAULT = new PlanOptions(null, null, Set.of());

    /** @throws IllegalArgumentException if the validity is not positive */
    public PlanOptions {
        if (validity != null && (validity.isNegative() || validity.isZero())) {
            throw new IllegalArgumentException("The validity of a plan must be positive, is " + validity);
        }
        lostClusters = Set.copyOf(lostClusters);
    }

    /** Returns options for a plan that nobody is named in, good for as long as the lifecycle was built with. */
    public static PlanOptions defaults() {
        return DEFAULT;
    }

    /** Returns a copy for a plan that this person or service asked for. */
    public PlanOptions withRequestedBy(String requestedBy) {
        return new PlanOptions(Objects.requireNonNull(requestedBy, "requestedBy"), validity, lostClusters);
    }

    /** Returns a copy for a plan that is good for this long. */
    public PlanOptions withValidity(Duration validity) {
        return new PlanOptions(requestedBy, Objects.requireNonNull(validity, "validity"), lostClusters);
    }

    /**
     * Returns a copy for a plan that covers clusters which do not exist any more. If one of them exists after all, what
     * we created there is no longer ours: {@link dev.namespaces.core.NamespaceLifecycle#findOrphans} lists it as not
     * recorded, and no plan deletes it.
     */
    public PlanOptions withLostClusters(Set<ClusterId> clusters) {
        return new PlanOptions(requestedBy, validity, clusters);
    }
}
