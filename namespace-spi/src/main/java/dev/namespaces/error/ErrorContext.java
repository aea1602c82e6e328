package dev.namespaces.error;

import dev.namespaces.model.ClusterId;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.ResourceRef;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What was being done, and to what, when it failed. A part that does not apply or is not known is null.
 *
 * @param operation such as {@code apply}, {@code create}, {@code delete} or {@code insert}
 * @param environmentId the environment
 * @param cluster the cluster
 * @param namespace the namespace's name
 * @param resource the object on the cluster
 */
public record ErrorContext(
        String operation,
        @Nullable EnvironmentId environmentId,
        @Nullable ClusterId cluster,
        @Nullable String namespace,
        @Nullable ResourceRef resource) {

    public ErrorContext {
        Objects.requireNonNull(operation, "operation");
    }

    /** An operation on a store, or one of no particular place. */
    public static ErrorContext of(String operation) {
        return new ErrorContext(operation, null, null, null, null);
    }

    /** An operation on an environment. */
    public static ErrorContext of(String operation, EnvironmentId environmentId) {
        return new ErrorContext(operation, environmentId, null, null, null);
    }

    /** An operation on a cluster as a whole. */
    public static ErrorContext of(String operation, ClusterId cluster) {
        return new ErrorContext(operation, null, cluster, null, null);
    }

    /** An operation on an object of a cluster; the namespace is the object's own, or the object itself. */
    public static ErrorContext of(String operation, ClusterId cluster, ResourceRef resource) {
        String namespace = resource.kind().equals("Namespace") ? resource.name() : resource.namespace();
        return new ErrorContext(operation, null, cluster, namespace, resource);
    }

    /** The same, of that environment. */
    public ErrorContext withEnvironment(EnvironmentId environmentId) {
        return new ErrorContext(operation, environmentId, cluster, namespace, resource);
    }

    /** The same, of that namespace. */
    public ErrorContext withNamespace(String namespace) {
        return new ErrorContext(operation, environmentId, cluster, namespace, resource);
    }

    /** As {@code apply NetworkPolicy team-a/egress on cluster eu-1 for environment shop-dev}. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(operation);
        if (resource != null) {
            text.append(' ').append(resource);
        } else if (namespace != null) {
            text.append(" namespace ").append(namespace);
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
