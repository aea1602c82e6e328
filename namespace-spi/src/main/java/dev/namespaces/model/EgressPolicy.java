package dev.namespaces.model;

import java.io.Serializable;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Which outbound traffic the namespaces of a project, or of a whole organization, may send.
 *
 * @param id the policy's id
 * @param owner the project or organization that it belongs to; each has at most one live policy
 * @param mode what it allows
 * @param version 1 when inserted, one more with each change
 * @param deletedAt when it was soft-deleted, or null while it is live
 */
public record EgressPolicy(
        EgressPolicyId id,
        EgressPolicyOwner owner,
        EgressMode mode,
        long version,
        @Nullable Instant deletedAt) implements Serializable {

    public EgressPolicy {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(owner, "owner");
        Objects.requireNonNull(mode, "mode");
        if (version < 1) {
            throw new IllegalArgumentException(
                    "Egress policy " + id + ": the version must be at least 1, is " + version);
        }
    }

    /** Whether it has not been soft-deleted. */
    public boolean isLive() {
        return deletedAt == null;
    }
}
