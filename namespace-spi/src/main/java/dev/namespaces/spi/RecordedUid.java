package dev.namespaces.spi;

import dev.namespaces.model.NamespaceId;
import dev.namespaces.model.ObjectIdentity;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.model.Target;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What is known about an object on a cluster by its UID.
 *
 * @param resource the object
 * @param identity its UID, and how it became ours
 * @param target the environment and cluster that it belongs to, or null if an ensure created it
 * @param namespaceId the stored namespace that it is, or is in, or null if an ensure created it
 */
public record RecordedUid(
        ResourceRef resource,
        ObjectIdentity identity,
        @Nullable Target target,
        @Nullable NamespaceId namespaceId) {

    public RecordedUid {
        Objects.requireNonNull(resource, "resource");
        Objects.requireNonNull(identity, "identity");
    }
}
