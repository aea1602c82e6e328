package dev.namespaces.model;

import java.io.Serializable;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The record of one object that may exist on a cluster because of us: a Namespace or its egress policy.
 *
 * @param target the environment and cluster that the object is for
 * @param resource the object
 * @param namespaceId the stored namespace that the object is, or is in
 * @param attempt the token of the deployment that last may have sent a request for the object
 * @param attemptedAt when that deployment began; stores keep microseconds
 * @param open whether a request of that deployment or of an earlier one may still reach the API server
 * @param createNonce a random value, one for each row, that only our own creates of the object carry; it proves that we
 *     created the object while {@code identity} is null, and nothing afterwards
 * @param identity which object on the cluster it is, or null while that is not known
 * @param fingerprint a digest of the manifest that was last applied in full, or null if it is not known
 * @param keys the label and annotation keys that we may have set on the object
 * @param released how the object was recognized before a release that has not ended, or null if there is none. It is no
 *     proof any more: only a retry of the release reads it
 */
public record TargetObject(
        Target target,
        ResourceRef resource,
        NamespaceId namespaceId,
        String attempt,
        Instant attemptedAt,
        boolean open,
        String createNonce,
        @Nullable ObjectIdentity identity,
        @Nullable String fingerprint,
        WrittenKeys keys,
        @Nullable Released released)
        implements Serializable {

    public TargetObject {
        Objects.requireNonNull(target, "target");
        Objects.requireNonNull(resource, "resource");
        Objects.requireNonNull(namespaceId, "namespaceId");
        Objects.requireNonNull(attempt, "attempt");
        Objects.requireNonNull(attemptedAt, "attemptedAt");
        Objects.requireNonNull(createNonce, "createNonce");
        Objects.requireNonNull(keys, "keys");
    }

    /**
     * How an object was recognized before its release.
     *
     * @param uid its UID, or null if no UID was recorded
     * @param createNonce the create nonce of the row, by which an object without a recorded UID is recognized
     */
    public record Released(@Nullable String uid, String createNonce) implements Serializable {
        public Released {
            Objects.requireNonNull(createNonce, "createNonce");
        }

        /** Returns text such as {@code uid 1234, nonce 5678}. */
        @Override
        public String toString() {
            return "uid " + Shown.name(String.valueOf(uid)) + ", nonce " + Shown.name(createNonce);
        }
    }
}
