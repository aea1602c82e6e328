package dev.namespaces.spi;

import dev.namespaces.model.ObjectIdentity;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.model.WrittenKeys;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The result of a deployment for one object.
 *
 * @param resource the object
 * @param attempt the attempt that the object's row must still have for {@code state} to be stored: that of the begun
 *     deployment for its intents, or the one that the deployment has read for an object that it only looked at
 * @param identity which object on the cluster it is, or null if the deployment did not find out; null keeps what the
 *     row has
 * @param state the state of requests and content
 */
public record ObjectResult(
        ResourceRef resource, String attempt, @Nullable ObjectIdentity identity, State state) {

    public ObjectResult {
        Objects.requireNonNull(resource, "resource");
        Objects.requireNonNull(attempt, "attempt");
        Objects.requireNonNull(state, "state");
    }

    /** The state of the object's requests and content. */
    public sealed interface State {

        /** A request may still arrive: the row stays open and without a fingerprint. */
        record Open() implements State {}

        /**
         * No request of this or an earlier deployment can change the object any more: the row is closed.
         *
         * @param fingerprint a digest of the manifest that was applied, or null if the object is not as wanted
         * @param keys the label and annotation keys that exist on the object because of us; they replace those of the
         *     row
         */
        record Closed(@Nullable String fingerprint, WrittenKeys keys) implements State {
            public Closed {
                Objects.requireNonNull(keys, "keys");
            }
        }

        /** The object does not exist, and no request can create it any more: the row is deleted. */
        record Absent() implements State {}

        /**
         * The release of the object has ended: no change to the object is left to take back. The row is deleted, or
         * loses its keys if it is open. A row without an unfinished release stays as it is.
         */
        record Released() implements State {}
    }
}
