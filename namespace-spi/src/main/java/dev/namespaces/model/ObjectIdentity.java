package dev.namespaces.model;

import java.io.Serializable;
import java.util.Locale;
import java.util.Objects;

/**
 * Which object on the cluster is ours, and how it became ours. This is the proof of ownership; labels are only a hint.
 *
 * @param uid the object's UID, which the API server never uses twice
 * @param origin how the object came under our management
 */
public record ObjectIdentity(String uid, Origin origin) implements Serializable {

    /** @throws IllegalArgumentException if the UID is blank */
    public ObjectIdentity {
        Objects.requireNonNull(origin, "origin");
        if (uid.isBlank()) {
            throw new IllegalArgumentException("The UID is blank");
        }
    }

    /** Returns text such as {@code uid 1234, created}. */
    @Override
    public String toString() {
        return "uid " + Shown.name(uid) + ", " + origin.name().toLowerCase(Locale.ROOT);
    }
}
