package dev.namespaces.model;

import java.io.Serializable;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The newest deployment of an environment to one of its clusters.
 *
 * @param environmentId the environment
 * @param clusterId the cluster
 * @param revision grows with each deployment that is begun
 * @param completion what was applied, or null while it is under way or after it failed
 */
public record Deployment(
        EnvironmentId environmentId,
        ClusterId clusterId,
        long revision,
        @Nullable Completion completion) implements Serializable {

    public Deployment {
        Objects.requireNonNull(environmentId, "environmentId");
        Objects.requireNonNull(clusterId, "clusterId");
    }

    /** Whether everything was applied. */
    public boolean isComplete() {
        return completion != null;
    }

    /**
     * What a deployment that succeeded as a whole has applied.
     *
     * @param fingerprint of everything that was applied; 64 hexadecimal digits
     * @param dialect the kind of policy object that was written
     * @param deployedAt when the last part was applied; stores keep microseconds
     */
    public record Completion(String fingerprint, PolicyDialect dialect, Instant deployedAt) implements Serializable {
        public Completion {
            Objects.requireNonNull(fingerprint, "fingerprint");
            Objects.requireNonNull(dialect, "dialect");
            Objects.requireNonNull(deployedAt, "deployedAt");
        }
    }
}
