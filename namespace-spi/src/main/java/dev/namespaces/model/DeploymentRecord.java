package dev.namespaces.model;

import java.io.Serializable;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What the stores know about the deployments to a target. There is one record for each target, of constant size.
 *
 * @param target the environment and cluster
 * @param revision grows with each deployment that begins and never restarts; 0 before the first
 * @param planSerial grows with each deletion, release and take-over that is carried out; 0 before the first
 * @param completion what the newest deployment applied, or null while it runs, after it failed, and after the record
 *     was forgotten
 */
public record DeploymentRecord(
        Target target,
        long revision,
        long planSerial,
        @Nullable Completion completion) implements Serializable {

    /** @throws IllegalArgumentException if the revision or the serial is negative */
    public DeploymentRecord {
        Objects.requireNonNull(target, "target");
        if (revision < 0 || planSerial < 0) {
            throw new IllegalArgumentException(
                    "Revision and plan serial must not be negative, are " + revision + " and " + planSerial);
        }
    }

    /** Returns the record of a target that was never deployed. */
    public static DeploymentRecord none(Target target) {
        return new DeploymentRecord(target, 0, 0, null);
    }

    /** Returns whether the newest deployment applied everything. */
    public boolean isComplete() {
        return completion != null;
    }

    /**
     * What a deployment applied that succeeded as a whole.
     *
     * @param inputFingerprint a digest of the stored rows, the policy and the settings; equal over releases
     * @param renderedFingerprint a digest of the rendered manifests
     * @param renderingGeneration the generation of the rendering that the second digest was made by; a later release
     *     may render the same input in another way
     * @param dialect the kind of policy object that was written
     * @param deployedAt when the last part was applied; stores keep microseconds
     */
    public record Completion(
            String inputFingerprint,
            String renderedFingerprint,
            int renderingGeneration,
            PolicyDialect dialect,
            Instant deployedAt)
            implements Serializable {
        public Completion {
            Objects.requireNonNull(inputFingerprint, "inputFingerprint");
            Objects.requireNonNull(renderedFingerprint, "renderedFingerprint");
            Objects.requireNonNull(dialect, "dialect");
            Objects.requireNonNull(deployedAt, "deployedAt");
        }
    }
}
