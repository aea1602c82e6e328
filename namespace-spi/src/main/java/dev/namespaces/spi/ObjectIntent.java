package dev.namespaces.spi;

import dev.namespaces.model.NamespaceId;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.model.WrittenKeys;
import java.util.Objects;

/**
 * An object that a deployment may send requests for.
 *
 * @param resource the object
 * @param namespaceId the stored namespace that the object is, or is in
 * @param keys the label and annotation keys that the deployment may set; they are added to those of the row
 * @param recreates whether the object of the row is known to be gone and the deployment creates another one. Then the
 *     row loses its identity and its former keys, and gets a new create nonce
 */
public record ObjectIntent(ResourceRef resource, NamespaceId namespaceId, WrittenKeys keys, boolean recreates) {

    public ObjectIntent {
        Objects.requireNonNull(resource, "resource");
        Objects.requireNonNull(namespaceId, "namespaceId");
        Objects.requireNonNull(keys, "keys");
    }
}
