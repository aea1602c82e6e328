package dev.namespaces.core.deploy;

/** What may exist on the cluster before a namespace is applied. */
public enum ApplyMode {
    /** The namespace must not exist; else {@link dev.namespaces.error.NamespaceExistsException}. */
    CREATE,
    /** The namespace may exist. A field that another manager owns is a conflict. */
    APPLY,
    /**
     * The namespace must exist, else {@link dev.namespaces.error.NamespaceAbsentException}. Our fields that another
     * manager owns are taken over; keys of others stay.
     */
    REPLACE
}
