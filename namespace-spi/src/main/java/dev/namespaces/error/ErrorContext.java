package dev.namespaces.error;

import dev.namespaces.model.ClusterId;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.model.Shown;
import java.io.Serializable;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Says what was being done, and to what, when it failed. A part that does not apply or is not known is null.
 *
 * @param operation what was being done
 * @param environmentId the environment
 * @param cluster the cluster
 * @param namespace the namespace's name
 * @param resource the object on the cluster
 */
public record ErrorContext(
        Operation operation,
        @Nullable EnvironmentId environmentId,
        @Nullable ClusterId cluster,
        @Nullable String namespace,
        @Nullable ResourceRef resource)
        implements Serializable {

    public ErrorContext {
        Objects.requireNonNull(operation, "operation");
    }

    /** Creates the context of an operation on a store, or of one without a place. */
    public static ErrorContext of(Operation operation) {
        return new ErrorContext(operation, null, null, null, null);
    }

    /** Creates the context of an operation on an environment. */
    public static ErrorContext of(Operation operation, EnvironmentId environmentId) {
        return new ErrorContext(operation, environmentId, null, null, null);
    }

    /** Creates the context of an operation on a cluster as a whole. */
    public static ErrorContext of(Operation operation, ClusterId cluster) {
        return new ErrorContext(operation, null, cluster, null, null);
    }

    /**
     * Creates the context of an operation on an object of a cluster. The namespace is the one that the object is in, or
     * the object itself.
     */
    public static ErrorContext of(Operation operation, ClusterId cluster, ResourceRef resource) {
        String namespace = resource.kind().equals("Namespace") ? resource.name() : resource.namespace();
        return new ErrorContext(operation, null, cluster, namespace, resource);
    }

    /** Returns this context with the given environment. */
    public ErrorContext withEnvironment(EnvironmentId environmentId) {
        return new ErrorContext(operation, environmentId, cluster, namespace, resource);
    }

    /** Returns this context with the given namespace. */
    public ErrorContext withNamespace(String namespace) {
        return new ErrorContext(operation, environmentId, cluster, namespace, resource);
    }

    /** Returns text such as {@code apply NetworkPolicy team-a/egress on cluster eu-1 for environment shop-dev}. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        if (resource != null) {
            text.append(operation.verb()).append(' ').append(resource);
        } else if (namespace != null) {
            text.append(operation.verb()).append(" namespace ").append(Shown.name(namespace));
        } else {
            text.append(operation.text());
        }
        if (cluster != null) {
            text.append(" on cluster ").append(cluster);
        }
        if (environmentId != null) {
            text.append(" for environment ").append(environmentId);
        }
        return text.toString();
    }
}
