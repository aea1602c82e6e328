package dev.namespaces.core;

import dev.namespaces.core.deploy.LeftBehind;
import dev.namespaces.egress.PolicyResolution;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.Operation;
import dev.namespaces.error.UnknownEnvironmentException;
import dev.namespaces.error.UnknownNamespaceException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.DeploymentRecord;
import dev.namespaces.model.EgressMode;
import dev.namespaces.model.EgressPolicy;
import dev.namespaces.model.EgressPolicyOwner;
import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.NamespaceId;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.model.Target;
import dev.namespaces.model.TargetObject;
import dev.namespaces.spi.Stores;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Reads the stores, on the caller's thread only: the host's transaction is bound to it. */
final class StoreSide {

    private static final int PAGE = 1000;

    private final Stores stores;
    private final EgressMode defaultEgress;

    StoreSide(Stores stores, EgressMode defaultEgress) {
        this.stores = stores;
        this.defaultEgress = defaultEgress;
    }

    Stores stores() {
        return stores;
    }

    /** @throws UnknownEnvironmentException if there is no such environment */
    Environment environment(EnvironmentId id, Operation operation) {
        return environments(List.of(id), operation).get(0);
    }

    /** @throws UnknownEnvironmentException naming every id without an environment */
    List<Environment> environments(Collection<EnvironmentId> ids, Operation operation) {
        List<Environment> found = stores.environments().findByIds(ids);
        Set<EnvironmentId> unknown = new HashSet<>(ids);
        found.forEach(environment -> unknown.remove(environment.id()));
        if (!unknown.isEmpty()) {
            throw new UnknownEnvironmentException(ErrorContext.of(operation), unknown);
        }
        return found;
    }

    /** @throws UnknownNamespaceException if there is no such live namespace */
    Namespace liveNamespace(NamespaceId id, Operation operation) {
        return stores.namespaces().findByIds(List.of(id)).stream()
                .filter(Namespace::isLive)
                .findFirst()
                .orElseThrow(() -> new UnknownNamespaceException(ErrorContext.of(operation), id));
    }

    /** Reads what the stores want for the environment now. */
    DesiredState desired(Environment environment) {
        return new DesiredState(
                environment, stores.namespaces().findByEnvironments(List.of(environment.id())), policy(environment));
    }

    /**
     * Reads what the stores want for one namespace of the environment now.
     *
     * @throws UnknownNamespaceException if it is not, or no longer, one of the environment's
     */
    DesiredState desired(Environment environment, NamespaceId only) {
        Namespace namespace = liveNamespace(only, Operation.DEPLOY);
        if (!namespace.environmentId().equals(environment.id())) {
            throw new UnknownNamespaceException(ErrorContext.of(Operation.DEPLOY, environment.id()), only);
        }
        return new DesiredState(environment, List.of(namespace), policy(environment));
    }

    PolicyResolution policy(Environment environment) {
        List<EgressPolicyOwner> owners = List.of(environment.projectId(), environment.organizationId());
        List<EgressPolicy> policies = stores.egressPolicies().findByOwners(owners);
        return PolicyResolution.resolve(
                environment,
                of(environment.projectId(), policies),
                of(environment.organizationId(), policies),
                defaultEgress);
    }

    /** Reads the desired states of the environments, in two store calls for all of them. */
    List<DesiredState> desired(List<Environment> environments) {
        Map<EnvironmentId, List<Namespace>> namespaces = new HashMap<>();
        stores.namespaces()
                .findByEnvironments(environments.stream().map(Environment::id).toList())
                .forEach(namespace -> namespaces
                        .computeIfAbsent(namespace.environmentId(), id -> new ArrayList<>())
                        .add(namespace));
        Set<EgressPolicyOwner> owners = new LinkedHashSet<>();
        environments.forEach(environment -> {
            owners.add(environment.projectId());
            owners.add(environment.organizationId());
        });
        Map<EgressPolicyOwner, EgressPolicy> policies = new HashMap<>();
        stores.egressPolicies().findByOwners(owners).forEach(policy -> policies.put(policy.owner(), policy));
        return environments.stream()
                .map(environment -> new DesiredState(
                        environment,
                        namespaces.getOrDefault(environment.id(), List.of()).stream()
                                .sorted(Comparator.comparing(Namespace::name))
                                .toList(),
                        PolicyResolution.resolve(
                                environment,
                                policies.get(environment.projectId()),
                                policies.get(environment.organizationId()),
                                defaultEgress)))
                .toList();
    }

    /** Reads the records of the environments, on every cluster that they were ever deployed to. */
    Map<EnvironmentId, Map<ClusterId, DeploymentRecord>> records(List<Environment> environments) {
        Map<EnvironmentId, Map<ClusterId, DeploymentRecord>> records = new HashMap<>();
        stores.deployments()
                .findByEnvironments(environments.stream().map(Environment::id).toList())
                .forEach(record -> records.computeIfAbsent(record.target().environmentId(), id -> new HashMap<>())
                        .put(record.target().clusterId(), record));
        return records;
    }

    private static @Nullable EgressPolicy of(EgressPolicyOwner owner, List<EgressPolicy> policies) {
        return policies.stream()
                .filter(policy -> policy.owner().equals(owner))
                .findFirst()
                .orElse(null);
    }

    /** Reads the records of every cluster that the environment was ever deployed to. */
    Map<ClusterId, DeploymentRecord> records(EnvironmentId environmentId) {
        Map<ClusterId, DeploymentRecord> records = new TreeMap<>();
        stores.deployments()
                .findByEnvironments(List.of(environmentId))
                .forEach(record -> records.put(record.target().clusterId(), record));
        return records;
    }

    /**
     * Reads which namespaces are recorded on clusters that the environment has left.
     *
     * @param records the records of the environment
     */
    List<LeftBehind> leftBehind(Environment environment, Map<ClusterId, DeploymentRecord> records) {
        return records.keySet().stream()
                .filter(cluster -> !environment.clusters().contains(cluster))
                .flatMap(cluster -> objects(new Target(environment.id(), cluster)).stream())
                .filter(row -> row.resource().namespace() == null)
                .map(row ->
                        new LeftBehind(row.target().clusterId(), row.resource().name(), row.namespaceId()))
                .toList();
    }

    /** Reads the rows of all objects of the target. */
    List<TargetObject> objects(Target target) {
        List<TargetObject> all = new ArrayList<>();
        ResourceRef after = null;
        while (true) {
            List<TargetObject> page = stores.targetObjects().findPage(target, after, PAGE);
            all.addAll(page);
            if (page.size() < PAGE) {
                return all;
            }
            after = page.get(page.size() - 1).resource();
        }
    }

    /** Reads the rows of one namespace's objects in the target. */
    List<TargetObject> objects(Target target, String namespace) {
        return stores.targetObjects().findByNamespaces(target, List.of(namespace));
    }
}
