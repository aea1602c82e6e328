package dev.namespaces.error;

import dev.namespaces.model.EgressPolicyId;

/** The egress policy was changed since the caller read it. Nothing was written. Read it again and decide again. */
public final class StaleEgressPolicyException extends NamespaceException {

    private final EgressPolicyId id;
    private final long expected;
    private final long actual;

    public StaleEgressPolicyException(EgressPolicyId id, long expected, long actual) {
        super(
                ErrorContext.of(Operation.SAVE_EGRESS_POLICY),
                ErrorCategory.CONFLICT,
                "egress policy " + id + " is at version " + actual + ", not " + expected + "; read it again",
                Retry.never(),
                null);
        this.id = id;
        this.expected = expected;
        this.actual = actual;
    }

    /** Returns the policy. */
    public EgressPolicyId id() {
        return id;
    }

    /** Returns the version that the caller had read. */
    public long expected() {
        return expected;
    }

    /** Returns the version in the store. */
    public long actual() {
        return actual;
    }
}
