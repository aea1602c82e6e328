package dev.namespaces.spi;

/** What a delete did. */
public enum DeleteResult {
    /** The API server began to delete the object. A finalizer may keep it for any length of time. */
    ACCEPTED,
    /** There is no such object. */
    GONE
}
