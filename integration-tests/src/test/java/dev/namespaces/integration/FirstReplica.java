package dev.namespaces.integration;

/** A replica that deploys, and gives up its write while the request is on its way to the API server. */
interface FirstReplica extends AutoCloseable {

    /** Waits until the replica sends the write, and makes it give up the write. */
    void giveUp();

    /** Lets the write arrive and the replica continue. Returns the status of the API server's answer. */
    int deliver();

    /** Waits for the end of the deployment, and returns the simple name of its exception. */
    String failure();

    @Override
    void close();
}
