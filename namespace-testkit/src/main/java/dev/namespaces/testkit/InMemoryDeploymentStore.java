package dev.namespaces.testkit;

import dev.namespaces.model.ClusterId;
import dev.namespaces.model.Deployment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.spi.DeploymentStore;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.TreeMap;

/** A {@link DeploymentStore} that keeps everything in memory. Safe to use from many threads at once. */
public final class InMemoryDeploymentStore implements DeploymentStore {

    private final Map<EnvironmentId, NavigableMap<ClusterId, Deployment>> newest = new HashMap<>();

    /** An empty store. */
    public InMemoryDeploymentStore() {}

    @Override
    public synchronized List<Deployment> findByEnvironment(EnvironmentId environmentId) {
        NavigableMap<ClusterId, Deployment> deployments =
                newest.get(Objects.requireNonNull(environmentId, "environmentId"));
        return deployments == null ? List.of() : List.copyOf(deployments.values());
    }

    @Override
    public synchronized Deployment begin(EnvironmentId environmentId, ClusterId clusterId) {
        return newest.computeIfAbsent(
                        Objects.requireNonNull(environmentId, "environmentId"), unknown -> new TreeMap<>())
                .compute(
                        Objects.requireNonNull(clusterId, "clusterId"),
                        (cluster, current) -> new Deployment(
                                environmentId, cluster, current == null ? 1 : current.revision() + 1, null));
    }

    @Override
    public synchronized CompleteResult complete(Deployment begun, Deployment.Completion completion) {
        NavigableMap<ClusterId, Deployment> deployments = newest.get(begun.environmentId());
        Deployment current = deployments == null ? null : deployments.get(begun.clusterId());
        if (deployments == null || current == null || current.revision() != begun.revision()) {
            return CompleteResult.OVERTAKEN;
        }
        deployments.put(
                begun.clusterId(),
                new Deployment(
                        begun.environmentId(),
                        begun.clusterId(),
                        begun.revision(),
                        new Deployment.Completion(
                                completion.fingerprint(),
                                completion.dialect(),
                                Instants.toMicros(completion.deployedAt()))));
        return CompleteResult.COMPLETED;
    }
}
