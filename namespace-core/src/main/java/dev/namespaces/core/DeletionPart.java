package dev.namespaces.core;

import dev.namespaces.core.NamespaceLook.Spot;
import dev.namespaces.core.delete.DeletionPlan.Deletion;
import dev.namespaces.core.delete.DeletionReport.Outcome;
import dev.namespaces.error.Arrival;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.Operation;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.ObjectIdentity;
import dev.namespaces.model.Origin;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.model.Target;
import dev.namespaces.spi.BegunDeployment;
import org.jspecify.annotations.Nullable;

/**
 * A namespace on a cluster that the run deletes. Its worker notes the requests. Only the caller's thread uses the
 * outcome.
 */
final class DeletionPart {

    private final Deletion deletion;
    private final Spot spot;
    private @Nullable ObjectTrail trail;
    private Outcome outcome = new Outcome.NotAttempted();
    private boolean answered;

    DeletionPart(Deletion deletion) {
        this.deletion = deletion;
        this.spot = new Spot(deletion.target(), deletion.namespace().name());
    }

    Deletion deletion() {
        return deletion;
    }

    Spot spot() {
        return spot;
    }

    Target target() {
        return spot.target();
    }

    ClusterId cluster() {
        return deletion.cluster();
    }

    ResourceRef resource() {
        return ResourceRef.namespace(spot.name());
    }

    ErrorContext context() {
        return ErrorContext.of(Operation.DELETE, cluster(), resource()).withEnvironment(target().environmentId());
    }

    /** Notes that the row of the namespace was opened. */
    void begun(BegunDeployment.Entry entry) {
        trail = new ObjectTrail(entry);
    }

    /** Returns the trail of the requests, or null if no row was opened. */
    @Nullable
    ObjectTrail trail() {
        return trail;
    }

    /** Notes that the API server answered the delete, so the object has a new version. */
    void moved() {
        if (trail != null) {
            trail.moved(Arrival.SETTLED);
            trail.identified(new ObjectIdentity(deletion.uid(), Origin.CREATED));
        }
    }

    /** Notes a request that failed. */
    void failed(RuntimeException failure) {
        if (trail != null) {
            trail.failed(failure);
        }
    }

    Outcome outcome() {
        return outcome;
    }

    boolean isTerminating() {
        return outcome instanceof Outcome.Terminating;
    }

    /** Returns whether the request for the deletion has an outcome. */
    boolean isAnswered() {
        return answered;
    }

    /** Sets the outcome, which a later look may replace. */
    void end(Outcome outcome) {
        this.outcome = outcome;
        this.answered = true;
    }
}
