package dev.namespaces.core;

import dev.namespaces.spi.ClusterGateway;

/**
 * What work on worker threads is handed: a way to the clusters, and no store.
 *
 * @param gateway the host's gateway
 * @param settings the choices of the lifecycle
 * @param listRights where we may list
 * @param policyRights where our policies can be created
 */
record ClusterSide(ClusterGateway gateway, Settings settings, ListRights listRights, PolicyRights policyRights) {

    /** Returns the same with another gateway. */
    ClusterSide with(ClusterGateway gateway) {
        return new ClusterSide(gateway, settings, listRights, policyRights);
    }
}
