package dev.namespaces.spi;

/**
 * The result of a delete. It does not say whether a repeated request may still arrive. Every delete names the UID of
 * its object, so a request that arrives later finds that object terminating or deleted, and changes nothing. If a
 * delete fails, {@link dev.namespaces.error.ClusterException#arrival()} says whether it may still arrive.
 */
public enum DeleteResult {
    /** The API server began to delete the object. A finalizer may keep it for any length of time. */
    ACCEPTED,
    /** There is no such object. */
    GONE
}
