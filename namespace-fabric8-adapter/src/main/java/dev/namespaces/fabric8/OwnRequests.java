package dev.namespaces.fabric8;

/** Marks the gateway's own requests for our interceptor, which must let them pass. */
enum OwnRequests {
    INSTANCE
}
