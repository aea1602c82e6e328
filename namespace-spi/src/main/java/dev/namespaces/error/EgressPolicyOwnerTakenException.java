package dev.namespaces.error;

import dev.namespaces.model.EgressPolicyId;
import dev.namespaces.model.EgressPolicyOwner;
import dev.namespaces.model.ProjectId;
import org.jspecify.annotations.Nullable;

/** The owner of the egress policy has another live one. Nothing was stored. */
public final class EgressPolicyOwnerTakenException extends NamespaceException {

    private final EgressPolicyId id;
    private final EgressPolicyOwner owner;

    public EgressPolicyOwnerTakenException(EgressPolicyId id, EgressPolicyOwner owner, @Nullable Throwable cause) {
        super(
                ErrorContext.of(Operation.SAVE_EGRESS_POLICY),
                ErrorCategory.CONFLICT,
                "the owner of egress policy " + id + ", " + (owner instanceof ProjectId ? "project " : "organization ")
                        + owner + ", has another live policy; soft-delete that one first",
                Retry.never(),
                cause);
        this.id = id;
        this.owner = owner;
    }

    /** Returns the policy that was not stored. */
    public EgressPolicyId id() {
        return id;
    }

    /** Returns the owner of both policies. */
    public EgressPolicyOwner owner() {
        return owner;
    }
}
