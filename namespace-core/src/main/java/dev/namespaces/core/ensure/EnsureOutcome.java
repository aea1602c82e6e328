package dev.namespaces.core.ensure;

/** What an ensure found or did. */
public enum EnsureOutcome {
    /** It was absent, and we created it with the managed-by label. */
    CREATED,
    /** It stands, with the managed-by label, made earlier or by somebody at the same time; nothing was written. */
    EXISTED_MANAGED,
    /** It stands, without the managed-by label; nothing was written. */
    EXISTED_UNMANAGED
}
