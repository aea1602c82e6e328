package dev.namespaces.error;

/**
 * Says whether a request that could write can still reach the API server after its call has ended. Reads and dry runs
 * do not count, because they change nothing whenever they arrive.
 */
public enum Arrival {

    /** Every write of the call was answered by the API server, or was never sent. */
    SETTLED,

    /**
     * At least one write was given up, or was answered by something that proves nothing, such as a proxy or a server
     * error. It may still change the cluster, seconds later.
     */
    MAY_STILL_ARRIVE
}
