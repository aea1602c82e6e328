package dev.namespaces.error;

import dev.namespaces.model.EgressPolicyId;
import dev.namespaces.model.EgressPolicyOwner;

/** A policy of another owner has the id of the egress policy. An owner never changes. Nothing was stored. */
public final class EgressPolicyIdTakenException extends NamespaceException {

    private final EgressPolicyId id;
    private final EgressPolicyOwner owner;

    public EgressPolicyIdTakenException(EgressPolicyId id, EgressPolicyOwner owner) {
        super(
                ErrorContext.of(Operation.SAVE_EGRESS_POLICY),
                ErrorCategory.CONFLICT,
                "the policy with id " + id + " belongs to another owner, and an owner never changes; use another id",
                Retry.never(),
                null);
        this.id = id;
        this.owner = owner;
    }

    /** Returns the id of both policies. */
    public EgressPolicyId id() {
        return id;
    }

    /** Returns the owner of the policy that was not stored. */
    public EgressPolicyOwner owner() {
        return owner;
    }
}
