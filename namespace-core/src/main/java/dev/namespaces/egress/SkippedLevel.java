package dev.namespaces.egress;

import dev.namespaces.model.EgressPolicyId;
import dev.namespaces.model.EgressPolicyOwner;
import java.io.Serializable;
import java.time.Instant;
import java.util.Objects;

/**
 * A level whose policy does not apply, and why.
 *
 * @param level the level that was passed over; never {@link PolicyLevel#DEFAULT}
 * @param owner whose policy was looked for
 * @param reason why there is none
 */
public record SkippedLevel(PolicyLevel level, EgressPolicyOwner owner, Reason reason) implements Serializable {

    public SkippedLevel {
        Objects.requireNonNull(level, "level");
        Objects.requireNonNull(owner, "owner");
        Objects.requireNonNull(reason, "reason");
    }

    /** Why a level has no policy that applies. */
    public sealed interface Reason extends Serializable {

        /** The owner never had a policy. */
        record Missing() implements Reason {}

        /**
         * The owner's last policy was soft-deleted, which counts as missing.
         *
         * @param policy the policy that was deleted last
         * @param deletedAt when
         */
        record SoftDeleted(EgressPolicyId policy, Instant deletedAt) implements Reason {
            public SoftDeleted {
                Objects.requireNonNull(policy, "policy");
                Objects.requireNonNull(deletedAt, "deletedAt");
            }
        }
    }
}
