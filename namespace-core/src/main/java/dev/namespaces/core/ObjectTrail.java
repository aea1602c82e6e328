package dev.namespaces.core;

import dev.namespaces.error.Arrival;
import dev.namespaces.error.ClusterException;
import dev.namespaces.model.ObjectIdentity;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.model.WrittenKeys;
import dev.namespaces.spi.BegunDeployment;
import dev.namespaces.spi.ObjectResult;
import org.jspecify.annotations.Nullable;

/**
 * The results of the requests for one object, from which its row is settled. A write that changed the object's version
 * refuses every earlier request that was bound to a version before, so the object is closed again.
 */
final class ObjectTrail {

    private final ResourceRef resource;
    private final BegunDeployment.Entry begun;
    private boolean pending;
    private boolean moved;
    private boolean applied;
    private boolean gone;
    private @Nullable ObjectIdentity identity;
    private WrittenKeys keys;

    ObjectTrail(BegunDeployment.Entry begun) {
        this.resource = begun.object().resource();
        this.begun = begun;
        this.keys = begun.object().keys();
    }

    /** Notes a write after which the object exists in a new version. */
    void moved(Arrival ignored) {
        moved = true;
        pending = false;
    }

    /** Notes an answered request that changed nothing. */
    void unchanged(Arrival arrival) {
        pending |= arrival == Arrival.MAY_STILL_ARRIVE;
    }

    /** Notes a call that failed; only a cluster's own exception can say that nothing of it may arrive. */
    void failed(RuntimeException failure) {
        pending |= mayArriveAfter(failure);
    }

    /** Notes that the object does not exist any more, so that no request that was bound to it can change anything. */
    void gone() {
        gone = true;
        pending = false;
    }

    /** Returns whether a request may still arrive after that failure. */
    static boolean mayArriveAfter(RuntimeException failure) {
        return !(failure instanceof ClusterException cluster && cluster.arrival() == Arrival.SETTLED);
    }

    /** Notes which object on the cluster it is. */
    void identified(ObjectIdentity identity) {
        this.identity = identity;
    }

    /** Notes that the object is as wanted, and which of its keys are ours now. */
    void applied(WrittenKeys keys) {
        this.applied = true;
        this.keys = keys;
    }

    ObjectResult result(String fingerprint) {
        return new ObjectResult(resource, begun.object().attempt(), identity, state(fingerprint));
    }

    private ObjectResult.State state(String fingerprint) {
        if (pending || (begun.wasOpen() && !moved)) {
            return new ObjectResult.State.Open();
        }
        return gone
                ? new ObjectResult.State.Absent()
                : new ObjectResult.State.Closed(applied ? fingerprint : null, keys);
    }
}
