package dev.namespaces.spi;

/** What a delete did. */
public enum DeleteResult {
    /** The API server has begun to delete the object; it may stand for a while, or for ever. */
    ACCEPTED,
    /** There is no such object. */
    GONE
}
