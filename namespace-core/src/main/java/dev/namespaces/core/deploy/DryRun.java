package dev.namespaces.core.deploy;

/** Whether a call only says what it would do. */
public enum DryRun {
    /** The real thing. */
    NONE,
    /** Manifests are rendered and handed back; no cluster is asked and nothing is stored. */
    RENDER,
    /** Each API server is asked what it would do; nothing is written on a cluster or in a store. */
    SERVER
}
