package dev.namespaces.core.deploy;

import dev.namespaces.error.NamespaceException;
import dev.namespaces.model.DeploymentRecord;
import dev.namespaces.model.PolicyDialect;
import java.io.Serializable;

/** The result of an environment on one cluster. */
public sealed interface ClusterOutcome extends Serializable {

    /** All namespaces were deployed, and that was recorded. */
    record Deployed(DeploymentRecord deployment) implements ClusterOutcome {}

    /** Everything was as desired already, as the record says, or a look at the cluster; nothing was written. */
    record Unchanged(DeploymentRecord deployment) implements ClusterOutcome {}

    /** A dry run, or a single namespace: nothing was recorded. */
    record NotRecorded(PolicyDialect dialect) implements ClusterOutcome {}

    /** At least one namespace failed, so nothing was recorded. The report of the namespace has the cause. */
    record Incomplete() implements ClusterOutcome {}

    /** The deployment to the cluster failed as a whole, so nothing was recorded. */
    record Failed(NamespaceException cause) implements ClusterOutcome {}
}
