package dev.namespaces.core;

import dev.namespaces.model.ClusterId;
import dev.namespaces.model.DeploymentRecord;
import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Target;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Where environments are, or have been: on their clusters of today, and on each cluster that a record knows. An
 * environment that the host has removed is known by its records only.
 *
 * @param serials the plan serial of each target
 */
record KnownTargets(Map<Target, Long> serials) {

    static KnownTargets of(StoreSide stores, Set<EnvironmentId> ids) {
        Map<Target, Long> serials = new TreeMap<>();
        for (Environment environment : stores.stores().environments().findByIds(ids)) {
            environment.clusters().forEach(cluster -> serials.put(new Target(environment.id(), cluster), 0L));
        }
        for (DeploymentRecord record : stores.stores().deployments().findByEnvironments(ids)) {
            serials.put(record.target(), record.planSerial());
        }
        return new KnownTargets(serials);
    }

    /** Returns the clusters of one of the environments. */
    Set<ClusterId> clusters(EnvironmentId id) {
        return serials.keySet().stream()
                .filter(target -> target.environmentId().equals(id))
                .map(Target::clusterId)
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
