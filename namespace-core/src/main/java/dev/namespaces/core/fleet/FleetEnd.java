package dev.namespaces.core.fleet;

import dev.namespaces.error.NamespaceException;
import java.io.Serializable;

/** Why the deployment of a fleet has ended. */
public sealed interface FleetEnd extends Serializable {

    /** All targets have ended. */
    record AllDone() implements FleetEnd {}

    /** The observer asked for a stop. */
    record Stopped() implements FleetEnd {}

    /** The calling thread was interrupted; its interrupt flag is set. */
    record Interrupted() implements FleetEnd {}

    /** The lifecycle was closed. */
    record Closed() implements FleetEnd {}

    /** More targets failed than the options allow. */
    record TooManyFailures() implements FleetEnd {}

    /** A store failed, so the next environments are not known. */
    record StoreFailed(NamespaceException cause) implements FleetEnd {}
}
