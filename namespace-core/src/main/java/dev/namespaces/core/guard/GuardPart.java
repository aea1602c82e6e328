package dev.namespaces.core.guard;

/** A part of the {@link AdmissionGuard}. Each can be left out. */
public enum GuardPart {
    /**
     * Other users write none of our labels and annotations, no field that our field manager owns, and not our policy
     * object. Without this part, the others protect only namespaces whose labels nobody has changed.
     */
    OUR_MARKS,
    /**
     * Our own user writes only namespaces that are ours or may become ours, only the allowed keys on them, only our
     * policy object in them, and never a finalizer.
     */
    OUR_IDENTITY,
    /** In our namespaces, other users write no network policy with egress, because policies add up. */
    EGRESS_OF_OTHERS,
    /** Our namespaces take no pod before their policy exists, and no pod in the network of its node. */
    PODS
}
