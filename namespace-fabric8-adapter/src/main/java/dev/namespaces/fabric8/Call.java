package dev.namespaces.fabric8;

import dev.namespaces.error.Arrival;
import dev.namespaces.error.ClusterException;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.LeaseLostException;
import dev.namespaces.error.Operation;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.ResourceRef;
import java.util.function.BooleanSupplier;

/**
 * One call of the gateway, from its first request to its last: what it does, how long it may take, whether it may still
 * write, and whether one of its writes may still arrive. Used by one thread, except where a method says otherwise.
 */
final class Call {

    private final ErrorContext context;
    private final ClusterId cluster;
    private final Deadline deadline;
    private final BooleanSupplier maySend;
    private Arrival arrival = Arrival.SETTLED;

    private Call(ErrorContext context, ClusterId cluster, Deadline deadline, BooleanSupplier maySend) {
        this.context = context;
        this.cluster = cluster;
        this.deadline = deadline;
        this.maySend = maySend;
    }

    /** Creates a call that only reads. */
    static Call of(Operation operation, ClusterId cluster, Deadline deadline) {
        return new Call(ErrorContext.of(operation, cluster), cluster, deadline, () -> true);
    }

    /** Creates a call that only reads, about one object. */
    static Call of(Operation operation, ClusterId cluster, ResourceRef resource, Deadline deadline) {
        return writing(operation, cluster, resource, deadline, () -> true);
    }

    /** Creates a call that writes, as long as {@code maySend} returns true. */
    static Call writing(
            Operation operation, ClusterId cluster, ResourceRef resource, Deadline deadline, BooleanSupplier maySend) {
        return new Call(ErrorContext.of(operation, cluster, resource), cluster, deadline, maySend);
    }

    /** Returns what the call does, for messages. */
    ErrorContext context() {
        return context;
    }

    ClusterId cluster() {
        return cluster;
    }

    Deadline deadline() {
        return deadline;
    }

    /** Returns whether a write of this call may still reach the API server. */
    Arrival arrival() {
        return arrival;
    }

    /** Returns whether the call may send a write now. Safe to call on any thread. */
    boolean maySend() {
        return maySend.getAsBoolean();
    }

    /** @throws LeaseLostException if the call may send no write any more */
    void requireMaySend() {
        if (!maySend()) {
            throw new LeaseLostException(context);
        }
    }

    /** Notes how an attempt to write ended. */
    void wrote(Attempt attempt) {
        if (attempt.arrival() == Arrival.MAY_STILL_ARRIVE) {
            arrival = Arrival.MAY_STILL_ARRIVE;
        }
    }

    /** Returns the exception that ends the call, marked as settled if none of its writes may still arrive. */
    ClusterException ended(ClusterException failure) {
        return arrival == Arrival.SETTLED ? failure.settled() : failure;
    }
}
