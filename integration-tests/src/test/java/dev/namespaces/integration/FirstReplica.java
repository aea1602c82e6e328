package dev.namespaces.integration;

/** A replica that deploys, and gives its write up while the request is on its way to the API server. */
interface FirstReplica extends AutoCloseable {

    /** Waits until the replica writes, and has it give the write up. */
    void giveUp();

    /** Lets the write arrive, and the replica go on, and returns the status of the API server's answer. */
    int deliver();

    /** Waits for the end of the deployment, and returns the simple name of what it failed with. */
    String failure();

    @Override
    void close();
}
