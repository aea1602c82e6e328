package dev.namespaces.core.delete;

import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How to plan a deletion. Immutable; copies come from the {@code with} methods.
 *
 * @param requestedBy who asked for the plan, in the host's words, or null
 * @param validity how long the plan is good, or null for what the lifecycle was built with
 */
public record PlanOptions(
        @Nullable String requestedBy, @Nullable Duration validity) {

    private static final PlanOptions DEFAULT = new PlanOptions(null, null);

    /** @throws IllegalArgumentException if the validity is not positive */
    public PlanOptions {
        if (validity != null && (validity.isNegative() || validity.isZero())) {
            throw new IllegalArgumentException("The validity of a plan must be positive, is " + validity);
        }
    }

    /** Returns options for a plan that nobody is named in, good for as long as the lifecycle was built with. */
    public static PlanOptions defaults() {
        return DEFAULT;
    }

    /** Returns a copy for a plan that this person or service asked for. */
    public PlanOptions withRequestedBy(String requestedBy) {
        return new PlanOptions(Objects.requireNonNull(requestedBy, "requestedBy"), validity);
    }

    /** Returns a copy for a plan that is good for this long. */
    public PlanOptions withValidity(Duration validity) {
        return new PlanOptions(requestedBy, Objects.requireNonNull(validity, "validity"));
    }
}
