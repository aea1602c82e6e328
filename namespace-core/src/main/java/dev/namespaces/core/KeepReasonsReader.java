package dev.namespaces.core;

import dev.namespaces.core.NamespaceLook.Spot;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.NamespaceId;
import dev.namespaces.model.Target;
import dev.namespaces.model.TargetObject;
import dev.namespaces.spi.RecordedUid;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Reads from the stores, on the caller's thread, why namespaces must be kept. */
final class KeepReasonsReader {

    private final Engine engine;
    private final StoreSide stores;

    KeepReasonsReader(Engine engine) {
        this.engine = engine;
        this.stores = engine.stores();
    }

    /**
     * Reads the data about namespaces by name.
     *
     * @param spots the namespaces in question
     * @param deleted the stored namespaces that do not count, because the deletion soft-deletes them
     */
    KeepReasons read(Collection<Spot> spots, Set<NamespaceId> deleted) {
        Map<String, List<Namespace>> live =
                stores
                        .stores()
                        .namespaces()
                        .findByNames(spots.stream().map(Spot::name).collect(Collectors.toSet()))
                        .stream()
                        .filter(namespace -> !deleted.contains(namespace.id()))
                        .collect(Collectors.groupingBy(Namespace::name));
        Map<EnvironmentId, Environment> environments = environments(live.values().stream()
                .flatMap(List::stream)
                .map(Namespace::environmentId)
                .collect(Collectors.toSet()));
        Set<Spot> wanted = new HashSet<>();
        Set<Spot> shared = new HashSet<>();
        for (Spot spot : spots) {
            for (Namespace other : live.getOrDefault(spot.name(), List.of())) {
                Environment environment = environments.get(other.environmentId());
                boolean own = other.environmentId().equals(spot.target().environmentId());
                // Nothing shows whether the host has removed its environment, or does not find it at the moment.
                boolean isHere = environment == null
                        ? own
                        : environment.clusters().contains(spot.target().clusterId());
                if (isHere) {
                    (own ? wanted : shared).add(spot);
                }
            }
        }
        return new KeepReasons(engine.settings(), rows(spots), wanted, shared, Map.of());
    }

    private Map<Spot, List<TargetObject>> rows(Collection<Spot> spots) {
        Map<Target, Set<String>> names = new TreeMap<>();
        spots.forEach(spot ->
                names.computeIfAbsent(spot.target(), target -> new TreeSet<>()).add(spot.name()));
        Map<Spot, List<TargetObject>> rows = new HashMap<>();
        names.forEach((target, wanted) -> stores.stores()
                .targetObjects()
                .findByNamespaces(target, wanted)
                .forEach(row -> rows.computeIfAbsent(
                                new Spot(target, KeepReasons.namespaceOf(row.resource())), spot -> new ArrayList<>())
                        .add(row)));
        return rows;
    }

    private Map<EnvironmentId, Environment> environments(Set<EnvironmentId> ids) {
        return ids.isEmpty()
                ? Map.of()
                : stores.stores().environments().findByIds(ids).stream()
                        .collect(Collectors.toMap(Environment::id, environment -> environment));
    }

    /** Reads the records of UIDs of all targets of each cluster. */
    Map<ClusterId, Map<String, List<RecordedUid>>> recorded(Map<ClusterId, Set<String>> uids) {
        Map<ClusterId, Map<String, List<RecordedUid>>> recorded = new TreeMap<>();
        uids.forEach((cluster, here) -> {
            if (!here.isEmpty()) {
                recorded.put(
                        cluster,
                        stores.stores().targetObjects().findByUids(cluster, here).stream()
                                .collect(Collectors.groupingBy(
                                        each -> each.identity().uid())));
            }
        });
        return recorded;
    }
}
