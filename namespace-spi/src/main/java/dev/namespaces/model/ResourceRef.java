package dev.namespaces.model;

import io.fabric8.kubernetes.api.model.HasMetadata;
import java.io.Serializable;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Names one object on a cluster.
 *
 * @param apiVersion group and version, such as {@code v1} or {@code cilium.io/v2}
 * @param kind such as {@code Namespace}
 * @param namespace the namespace that it stands in, or null for a cluster-scoped object
 * @param name the object's name
 */
public record ResourceRef(
        String apiVersion, String kind, @Nullable String namespace, String name) implements Serializable {

    /** No object of Kubernetes has a longer name. */
    private static final int LONGEST_NAME = 253;

    public ResourceRef {
        Objects.requireNonNull(apiVersion, "apiVersion");
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(name, "name");
    }

    /** Returns the object that the manifest describes. */
    public static ResourceRef of(HasMetadata manifest) {
        return new ResourceRef(
                manifest.getApiVersion(),
                manifest.getKind(),
                manifest.getMetadata().getNamespace(),
                manifest.getMetadata().getName());
    }

    /** Returns the namespace object of that name. */
    public static ResourceRef namespace(String name) {
        return new ResourceRef("v1", "Namespace", null, name);
    }

    /** Returns text such as {@code Namespace team-a} or {@code NetworkPolicy team-a/egress}. */
    @Override
    public String toString() {
        return Shown.name(kind) + " " + (namespace == null ? "" : Shown.name(namespace) + "/")
                + Shown.of(name, LONGEST_NAME);
    }
}
