package dev.namespaces.core.delete;

import dev.namespaces.model.ClusterId;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How to plan a deletion. Immutable; copies come from the {@code with} methods.
 *
 * @param requestedBy the person or service that asked for the plan, in the host's words, or null
 * @param validity how long the plan can be used, or null for the validity that the lifecycle was built with
 * @param lostClusters clusters that do not exist any more; they are not asked, and the deletion removes the records of
 *     the planned namespaces there
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

    /** Returns options for a plan that names no requester, with the validity that the lifecycle was built with. */
    public static PlanOptions defaults() {
        return DEFAULT;
    }

    /** Returns a copy for a plan that this person or service asked for. */
    public PlanOptions withRequestedBy(String requestedBy) {
        return new PlanOptions(Objects.requireNonNull(requestedBy, "requestedBy"), validity, lostClusters);
    }

    /** Returns a copy for a plan with this validity. */
    public PlanOptions withValidity(Duration validity) {
        return new PlanOptions(requestedBy, Objects.requireNonNull(validity, "validity"), lostClusters);
    }

    /**
     * Returns a copy for a plan that covers clusters which do not exist any more. If one of them still exists, the
     * namespaces that we created there are no longer ours: {@link dev.namespaces.core.NamespaceLifecycle#findOrphans}
     * lists them as not recorded, and no plan deletes them.
     */
    public PlanOptions withLostClusters(Set<ClusterId> clusters) {
        return new PlanOptions(requestedBy, validity, clusters);
    }
}
