package dev.namespaces.core;

import dev.namespaces.error.ClusterSetAsideException;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.Operation;
import dev.namespaces.model.Target;
import dev.namespaces.spi.ClusterAvailability;
import dev.namespaces.spi.ClusterGateway;
import java.util.Optional;

/**
 * The part of the engine for work on worker threads: a way to the clusters, and no store.
 *
 * @param gateway the host's gateway
 * @param settings the choices of the lifecycle
 * @param listRights where we may list
 * @param policyRights where our policies can be created
 */
record ClusterSide(ClusterGateway gateway, Settings settings, ListRights listRights, PolicyRights policyRights) {

    /** Returns why nothing is sent to the target's cluster now, or empty if the cluster is not set aside. */
    Optional<ClusterSetAsideException> setAside(Target target) {
        return gateway.extension(ClusterAvailability.class)
                .flatMap(availability -> availability.setAsideFor(target.clusterId()))
                .map(wait -> new ClusterSetAsideException(
                        ErrorContext.of(Operation.DEPLOY, target.clusterId()).withEnvironment(target.environmentId()),
                        wait));
    }

    /** Returns the same with another gateway. */
    ClusterSide with(ClusterGateway gateway) {
        return new ClusterSide(gateway, settings, listRights, policyRights);
    }
}
