package dev.namespaces.spi;

import dev.namespaces.error.NamespaceException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.DeletionCondition;
import dev.namespaces.model.DeploymentRecord;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.Target;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Something that the library did. The set is open: a later release may add kinds, so code that tells events apart needs
 * a default.
 */
public interface LifecycleEvent {

    /**
     * A namespace was stored for the first time. In a transaction of the host the event comes before the host's commit,
     * and a rollback takes the namespace back.
     */
    record NamespaceStored(Namespace namespace) implements LifecycleEvent {}

    /** A stored namespace was changed; before the host's commit, as {@link NamespaceStored}. */
    record NamespaceUpdated(Namespace namespace) implements LifecycleEvent {}

    /**
     * A deployment is about to send its first write to a cluster.
     *
     * @param revision the revision that the deployment has drawn
     * @param objects how many objects it may write
     */
    record DeploymentBegun(Target target, long revision, int objects) implements LifecycleEvent {}

    /** A namespace and its policy are as desired on the cluster. */
    record NamespaceDeployed(ClusterId cluster, Namespace namespace, Duration elapsed) implements LifecycleEvent {}

    /** A namespace or its policy could not be deployed. */
    record NamespaceFailed(ClusterId cluster, Namespace namespace, NamespaceException cause, Duration elapsed)
            implements LifecycleEvent {}

    /**
     * A namespace exists on the cluster without its policy, because the policy could not be created. No policy of this
     * library restricts the egress of its pods. The event follows {@link NamespaceFailed}.
     */
    record NamespaceUnfenced(ClusterId cluster, Namespace namespace, NamespaceException cause)
            implements LifecycleEvent {}

    /** An environment was deployed to a cluster as a whole, and the record says so. */
    record DeploymentCompleted(DeploymentRecord deployment, Duration elapsed) implements LifecycleEvent {}

    /**
     * An environment was not deployed to a cluster as a whole.
     *
     * @param cause why; if several namespaces failed, the cause of the first
     */
    record DeploymentFailed(Target target, NamespaceException cause, Duration elapsed) implements LifecycleEvent {}

    /**
     * An environment was deployed to a cluster before, and nothing had to be written: the record says so, or a look at
     * the cluster has shown it.
     */
    record DeploymentUnchanged(DeploymentRecord deployment) implements LifecycleEvent {}

    /** An ensure created a namespace that was absent. */
    record NamespaceCreated(ClusterId cluster, String namespace) implements LifecycleEvent {}

    /** An ensure found that its namespace exists. */
    record NamespaceFound(ClusterId cluster, String namespace) implements LifecycleEvent {}

    /** An ensure failed. */
    record EnsureFailed(ClusterId cluster, String namespace, NamespaceException cause) implements LifecycleEvent {}

    /**
     * A call got the lock of a target that another call had held.
     *
     * @param waited how long the call had to wait for it
     */
    record LockAwaited(Target target, Duration waited) implements LifecycleEvent {}

    /** The initializer did not remember a namespace as deployed or failed, so it has asked the stores. */
    record InitializerMissed(ClusterId cluster, String namespace) implements LifecycleEvent {}

    /**
     * Several environments claim the same namespace on a cluster.
     *
     * @param environments those that claim it, the oldest claim first
     * @param meant the environment that the library takes to be meant
     */
    record NamespaceClaimedTwice(
            ClusterId cluster, String namespace, List<EnvironmentId> environments, EnvironmentId meant)
            implements LifecycleEvent {
        public NamespaceClaimedTwice {
            environments = List.copyOf(environments);
        }
    }

    /**
     * A namespace that we delete is still terminating.
     *
     * @param conditions what the API server says still delays the deletion; empty where it says nothing
     */
    record NamespaceTerminating(ClusterId cluster, Namespace namespace, List<DeletionCondition> conditions)
            implements LifecycleEvent {
        public NamespaceTerminating {
            conditions = List.copyOf(conditions);
        }
    }

    /** A namespace that was to be deleted is gone. */
    record NamespaceDeleted(ClusterId cluster, Namespace namespace) implements LifecycleEvent {}

    /**
     * A gateway call did not end within its bound, so the library stopped waiting for it. Its thread is lost until the
     * call returns.
     *
     * @param namespace the namespace that the call was for, or null if it was for none
     */
    record GatewayCallAbandoned(ClusterId cluster, @Nullable String namespace, Duration waited)
            implements LifecycleEvent {}
}
