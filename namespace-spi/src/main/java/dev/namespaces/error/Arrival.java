package dev.namespaces.error;

/** Says whether a request of a failed call can still reach the API server after the call has ended. */
public enum Arrival {

    /** Every request of the call was answered by the API server, or was never sent. */
    SETTLED,

    /**
     * At least one request was given up, or was answered by something that proves nothing, such as a proxy or a server
     * error. It may still change the cluster, seconds later.
     */
    MAY_STILL_ARRIVE
}
