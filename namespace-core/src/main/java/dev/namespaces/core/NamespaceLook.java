package dev.namespaces.core;

import dev.namespaces.core.render.LabelScheme;
import dev.namespaces.error.ForbiddenException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.model.Target;
import dev.namespaces.spi.ListQuery;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Looks at the Namespace objects of several environments on one cluster, on a worker thread. Several namespaces of one
 * environment are listed together; a namespace that the list lacks is asked for by its name, because others may have
 * removed its labels.
 */
final class NamespaceLook {

    private static final String KIND = "Namespace";

    private NamespaceLook() {}

    /** Names one namespace as one environment sees it on one cluster. */
    record Spot(Target target, String name) {}

    /** Returns the namespaces that exist, by name. A name without an entry is proven to be absent. */
    static Map<String, Namespace> at(ClusterSide side, ClusterId cluster, Collection<Spot> spots) {
        Map<EnvironmentId, Set<String>> names = new TreeMap<>();
        spots.forEach(spot -> names.computeIfAbsent(spot.target().environmentId(), id -> new TreeSet<>())
                .add(spot.name()));
        Map<String, Namespace> found = new HashMap<>();
        names.forEach((environment, wanted) -> {
            if (wanted.size() > 1) {
                list(side, cluster, environment)
                        .forEach(namespace -> found.put(namespace.getMetadata().getName(), namespace));
            }
        });
        for (Spot spot : spots) {
            if (!found.containsKey(spot.name())) {
                side.gateway()
                        .find(cluster, ResourceRef.namespace(spot.name()))
                        .ifPresent(live -> found.put(spot.name(), (Namespace) live));
            }
        }
        return found;
    }

    private static Collection<Namespace> list(ClusterSide side, ClusterId cluster, EnvironmentId environment) {
        LabelScheme scheme = side.settings().scheme();
        Map<String, String> labels =
                Map.of(scheme.managedByKey(), scheme.managedByValue(), scheme.environmentKey(), environment.value());
        if (side.listRights().mayList(cluster, KIND)) {
            try {
                return Listing.all(side.gateway(), cluster, ListQuery.of("v1", KIND, labels)).stream()
                        .map(NamespaceLook::namespace)
                        .toList();
            } catch (ForbiddenException e) {
                side.listRights().refused(cluster, KIND);
            }
        }
        return java.util.List.of();
    }

    private static Namespace namespace(HasMetadata object) {
        return (Namespace) object;
    }
}
