package dev.namespaces.core;

import dev.namespaces.core.request.Violation;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Namespace;
import dev.namespaces.spi.Stores;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Finds names that another environment uses on the same cluster: only one of them could have the namespace. */
final class SharedNames {

    private final Stores stores;
    private final Map<EnvironmentId, Environment> environments = new HashMap<>();

    /** @param environments those of the namespaces that will be checked */
    SharedNames(Stores stores, Collection<Environment> environments) {
        this.stores = stores;
        environments.forEach(environment -> this.environments.put(environment.id(), environment));
    }

    /**
     * Returns a violation for each of the new namespaces whose name another environment uses on a cluster of its own.
     */
    List<Violation> violations(List<Namespace> created) {
        List<Namespace> live = stores.namespaces()
                .findByNames(created.stream().map(Namespace::name).distinct().toList());
        read(live);
        Map<String, List<Namespace>> byName = new HashMap<>();
        live.forEach(namespace -> byName.computeIfAbsent(namespace.name(), name -> new ArrayList<>())
                .add(namespace));
        List<Violation> violations = new ArrayList<>();
        for (int i = 0; i < created.size(); i++) {
            Namespace namespace = created.get(i);
            List<Namespace> others = byName.computeIfAbsent(namespace.name(), name -> new ArrayList<>());
            String path = created.size() == 1 ? "name" : "[" + i + "].name";
            sharedCluster(namespace, others)
                    .ifPresent(cluster -> violations.add(new Violation(
                            path, "is that of a namespace of another environment on cluster " + cluster)));
            others.add(namespace);
        }
        return violations;
    }

    private void read(List<Namespace> live) {
        Set<EnvironmentId> unknown = new HashSet<>();
        live.stream()
                .map(Namespace::environmentId)
                .filter(id -> !environments.containsKey(id))
                .forEach(unknown::add);
        if (!unknown.isEmpty()) {
            stores.environments()
                    .findByIds(unknown)
                    .forEach(environment -> environments.put(environment.id(), environment));
        }
    }

    private Optional<ClusterId> sharedCluster(Namespace namespace, List<Namespace> others) {
        Set<ClusterId> own = clusters(environments.get(namespace.environmentId()));
        return others.stream()
                .filter(other -> !other.environmentId().equals(namespace.environmentId()))
                .flatMap(other -> clusters(environments.get(other.environmentId())).stream())
                .filter(own::contains)
                .sorted()
                .findFirst();
    }

    private static Set<ClusterId> clusters(@Nullable Environment environment) {
        return environment == null ? Set.of() : new TreeSet<>(environment.clusters());
    }
}
