package dev.namespaces.fabric8;

import dev.namespaces.error.Arrival;
import dev.namespaces.error.NamespaceException;

/** How one attempt to send a request ended. */
sealed interface Attempt {

    /** Returns whether the request may still reach the API server, or may have reached it without our knowledge. */
    default Arrival arrival() {
        return this instanceof Answered || this instanceof NotSent ? Arrival.SETTLED : Arrival.MAY_STILL_ARRIVE;
    }

    /** The API server answered, so it is done with the request. */
    record Answered(ApiAnswer answer) implements Attempt {}

    /**
     * An answer came that does not prove that the API server is done with the request: a server error, or the page of a
     * proxy.
     */
    record AnsweredInDoubt(ApiAnswer answer) implements Attempt {}

    /** No answer came, and the request may have been sent. */
    record Unanswered(NamespaceException failure) implements Attempt {}

    /** The request was not sent, and cannot be sent any more. */
    record NotSent(NamespaceException failure) implements Attempt {}
}
