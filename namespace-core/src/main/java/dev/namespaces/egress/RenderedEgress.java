package dev.namespaces.egress;

import dev.namespaces.model.ResourceRef;
import dev.namespaces.model.Shown;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.List;
import java.util.Objects;

/**
 * An egress policy as it is written on a cluster.
 *
 * @param manifest the policy object
 * @param omissions the rules that were left out because the host agreed to it; the object allows nothing in their stead
 */
public record RenderedEgress(HasMetadata manifest, List<Omission> omissions) {
    public RenderedEgress {
        Objects.requireNonNull(manifest, "manifest");
        omissions = List.copyOf(omissions);
    }

    /** Returns text such as {@code NetworkPolicy shop-web/egress without [domain *.example.com (...)]}. */
    @Override
    public String toString() {
        return ResourceRef.of(manifest) + (omissions.isEmpty() ? "" : " without " + Shown.list(omissions));
    }
}
