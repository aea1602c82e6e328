package dev.namespaces.spi;

import dev.namespaces.model.ClusterId;
import dev.namespaces.model.Deployment;
import dev.namespaces.model.EnvironmentId;
import java.util.List;

/**
 * Records what was deployed where, so that an unchanged environment is not deployed again, and an interrupted
 * deployment is.
 *
 * <p>Implementations are safe to use from many threads at once. The library calls them on its caller's thread only. A
 * store that cannot answer throws a {@link dev.namespaces.error.StoreException}.
 */
public interface DeploymentStore {

    /** The newest deployment to each cluster that the environment was ever deployed to, ordered by cluster. */
    List<Deployment> findByEnvironment(EnvironmentId environmentId);

    /**
     * Forgets what was applied, and opens a new revision, higher than every one before. Called before the first write
     * to the cluster, so it is committed when this returns, whatever transaction the caller is in: a former record that
     * a rollback brought back would say that an older state stands on the cluster.
     *
     * @return the deployment as stored, without a completion
     */
    Deployment begin(EnvironmentId environmentId, ClusterId clusterId);

    /**
     * Records what was applied, if nobody has called {@link #begin} for that environment and cluster since. To do it
     * again records the later completion.
     *
     * @param begun what {@link #begin} answered
     */
    CompleteResult complete(Deployment begun, Deployment.Completion completion);

    /** Whether a completion was recorded. */
    enum CompleteResult {
        /** It was recorded. */
        COMPLETED,
        /** A newer deployment was begun meanwhile; nothing was recorded. */
        OVERTAKEN
    }
}
