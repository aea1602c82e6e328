package dev.namespaces.spi;

/**
 * What a delete did. It does not say whether a repeated request may still arrive: every delete names the UID of its
 * object, so a request that arrives after this answer finds that object terminating or gone, and changes nothing. A
 * delete that fails says it with {@link dev.namespaces.error.ClusterException#arrival()}.
 */
public enum DeleteResult {
    /** The API server began to delete the object. A finalizer may keep it for any length of time. */
    ACCEPTED,
    /** There is no such object. */
    GONE
}
