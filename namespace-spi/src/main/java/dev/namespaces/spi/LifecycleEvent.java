package dev.namespaces.spi;

import dev.namespaces.error.NamespaceException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.DeletionCondition;
import dev.namespaces.model.Deployment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Namespace;
import java.time.Duration;
import java.util.List;

/** Something that the library did. New kinds may come with any release, so a switch over it needs a default. */
public sealed interface LifecycleEvent {

    /** A namespace was stored for the first time. */
    record NamespaceStored(Namespace namespace) implements LifecycleEvent {}

    /** A stored namespace was changed. */
    record NamespaceUpdated(Namespace namespace) implements LifecycleEvent {}

    /**
     * An environment is about to be deployed to a cluster.
     *
     * @param namespaces how many namespaces there are to deploy
     */
    record DeploymentBegun(Deployment deployment, int namespaces) implements LifecycleEvent {}

    /** A namespace and its policy stand on the cluster as desired. */
    record NamespaceDeployed(ClusterId cluster, Namespace namespace, Duration elapsed) implements LifecycleEvent {}

    /** A namespace or its policy could not be deployed. */
    record NamespaceFailed(ClusterId cluster, Namespace namespace, NamespaceException cause, Duration elapsed)
            implements LifecycleEvent {}

    /** An environment was deployed to a cluster as a whole, and that was recorded. */
    record DeploymentCompleted(Deployment deployment, Duration elapsed) implements LifecycleEvent {}

    /** An environment was not deployed to a cluster as a whole. */
    record DeploymentFailed(EnvironmentId environmentId, ClusterId cluster, Duration elapsed)
            implements LifecycleEvent {}

    /** Nothing was to be done: what stands on the cluster was applied from the same state. */
    record DeploymentUnchanged(Deployment deployment) implements LifecycleEvent {}

    /** A namespace that was absent was created by an ensure. */
    record NamespaceCreated(ClusterId cluster, String namespace) implements LifecycleEvent {}

    /**
     * A namespace that we delete is still terminating.
     *
     * @param conditions what the API server says holds it up now; empty where it says nothing
     */
    record NamespaceTerminating(ClusterId cluster, Namespace namespace, List<DeletionCondition> conditions)
            implements LifecycleEvent {
        public NamespaceTerminating {
            conditions = List.copyOf(conditions);
        }
    }

    /** A namespace that was to be deleted is gone. */
    record NamespaceDeleted(ClusterId cluster, Namespace namespace) implements LifecycleEvent {}
}
