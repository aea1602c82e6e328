package dev.namespaces.core.deploy;

/**
 * What a deployment does with a namespace that exists on a cluster and that we did not create. A namespace that our own
 * ensure created, and whose UID was recorded, may always be adopted.
 */
public enum AdoptionPolicy {
    /** The deployment of the namespace fails with a {@code NamespaceNotOursException} before any write. */
    NEVER,
    /**
     * The namespace is adopted if its annotation {@code <label domain>/adopt-for} has the environment's id. The owner
     * of the namespace sets it.
     */
    CLAIMED,
    /** The namespace is adopted. */
    ALWAYS
}
