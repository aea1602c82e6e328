package dev.namespaces.core;

import dev.namespaces.core.render.LabelScheme;
import dev.namespaces.core.request.ProtectedNames;
import dev.namespaces.egress.EgressSettings;
import dev.namespaces.egress.PolicyResolution;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.EgressMode;
import dev.namespaces.model.Environment;
import dev.namespaces.spi.ClusterGateway;
import dev.namespaces.spi.DeploymentLock;
import dev.namespaces.spi.DeploymentStore;
import dev.namespaces.spi.EgressPolicyStore;
import dev.namespaces.spi.EnvironmentStore;
import dev.namespaces.spi.NamespaceStore;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.function.Function;

/** The ports and choices that a lifecycle is built of. */
record Settings(
        ClusterGateway gateway,
        NamespaceStore namespaces,
        EnvironmentStore environments,
        EgressPolicyStore policies,
        DeploymentStore deployments,
        DeploymentLock lock,
        LabelScheme scheme,
        ProtectedNames protectedNames,
        Function<ClusterId, EgressSettings> egress,
        EgressMode defaultEgress,
        int parallelismPerCluster,
        Duration lockWait,
        Clock clock,
        Events events) {

    /** The time as stores keep it. */
    Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MICROS);
    }

    /**
     * Asks the store on the calling thread, and returns which policy applies to the environment.
     *
     * @throws dev.namespaces.error.StoreException if the store cannot answer for either level (R25)
     */
    PolicyResolution resolvePolicy(Environment environment) {
        var found = policies.find(environment.projectId(), environment.organizationId());
        return PolicyResolution.resolve(environment, found.project(), found.organization(), defaultEgress);
    }
}
