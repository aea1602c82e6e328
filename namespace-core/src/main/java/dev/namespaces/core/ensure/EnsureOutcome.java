package dev.namespaces.core.ensure;

/** What an ensure found or did. */
public enum EnsureOutcome {
    /** It was absent, and we created it with the managed-by label. */
    CREATED,
    /**
     * It exists with the managed-by label, created earlier or by another writer at the same time; nothing was written.
     */
    EXISTED_MANAGED,
    /** It exists without the managed-by label; nothing was written. */
    EXISTED_UNMANAGED
}
