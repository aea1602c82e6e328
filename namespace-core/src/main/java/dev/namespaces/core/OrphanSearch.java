package dev.namespaces.core;

import dev.namespaces.core.delete.DeletionPlan.PlannedNamespace;
import dev.namespaces.core.delete.DeletionPlan.Row;
import dev.namespaces.core.delete.Orphan;
import dev.namespaces.core.render.LabelScheme;
import dev.namespaces.error.InvalidTextException;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.Operation;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.NamespaceId;
import dev.namespaces.model.Origin;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.model.Target;
import dev.namespaces.model.TargetObject;
import dev.namespaces.spi.ListQuery;
import dev.namespaces.spi.RecordedUid;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Finds the namespaces of a cluster that have our label and that nobody wants. It changes nothing. */
final class OrphanSearch {

    private final Engine engine;
    private final ClusterId cluster;
    private final Map<String, List<RecordedUid>> recorded = new HashMap<>();
    private final Map<EnvironmentId, Environment> environments = new HashMap<>();
    private final Map<NamespaceId, Namespace> stored = new HashMap<>();
    private final Map<String, Set<EnvironmentId>> wanting = new HashMap<>();

    OrphanSearch(Engine engine, ClusterId cluster) {
        this.engine = engine;
        this.cluster = cluster;
    }

    /** @throws NamespaceException if the cluster does not answer */
    List<Orphan> find() {
        LabelScheme scheme = engine.settings().scheme();
        ClusterAnswers<List<HasMetadata>> answers = ClusterAnswers.of(
                engine,
                Operation.LIST,
                Map.of(
                        cluster,
                        side -> Listing.all(
                                side.gateway(),
                                cluster,
                                ListQuery.of(
                                        "v1", "Namespace", Map.of(scheme.managedByKey(), scheme.managedByValue())))));
        if (!answers.failures().isEmpty()) {
            throw answers.failures().values().iterator().next();
        }
        List<io.fabric8.kubernetes.api.model.Namespace> live = answers.answers().values().stream()
                .flatMap(List::stream)
                .map(io.fabric8.kubernetes.api.model.Namespace.class::cast)
                .filter(namespace -> !engine.settings()
                        .protectedNames()
                        .contains(namespace.getMetadata().getName()))
                .toList();
        Set<String> wanted = wanted(live);
        List<io.fabric8.kubernetes.api.model.Namespace> orphans = live.stream()
                .filter(namespace -> !wanted.contains(namespace.getMetadata().getName()))
                .toList();
        readRecords(orphans);
        return orphans.stream()
                .map(this::orphan)
                .sorted(Comparator.comparing(Orphan::name))
                .toList();
    }

    private Set<String> wanted(List<io.fabric8.kubernetes.api.model.Namespace> live) {
        List<Namespace> rows = engine.stores()
                .stores()
                .namespaces()
                .findByNames(live.stream()
                        .map(namespace -> namespace.getMetadata().getName())
                        .collect(Collectors.toSet()));
        rows.forEach(row ->
                wanting.computeIfAbsent(row.name(), name -> new HashSet<>()).add(row.environmentId()));
        readEnvironments(rows.stream().map(Namespace::environmentId).collect(Collectors.toSet()));
        return rows.stream()
                .filter(row -> isOnCluster(row.environmentId()))
                .map(Namespace::name)
                .collect(Collectors.toSet());
    }

    private boolean isOnCluster(EnvironmentId id) {
        Environment environment = environments.get(id);
        return environment != null && environment.clusters().contains(cluster);
    }

    private void readEnvironments(Set<EnvironmentId> ids) {
        Set<EnvironmentId> missing = new HashSet<>(ids);
        missing.removeAll(environments.keySet());
        if (!missing.isEmpty()) {
            engine.stores()
                    .stores()
                    .environments()
                    .findByIds(missing)
                    .forEach(environment -> environments.put(environment.id(), environment));
        }
    }

    private void readRecords(List<io.fabric8.kubernetes.api.model.Namespace> orphans) {
        if (orphans.isEmpty()) {
            return;
        }
        Map<String, io.fabric8.kubernetes.api.model.Namespace> byUid = orphans.stream()
                .collect(Collectors.toMap(namespace -> namespace.getMetadata().getUid(), namespace -> namespace));
        engine.stores()
                .stores()
                .targetObjects()
                .findByUids(cluster, byUid.keySet())
                .forEach(this::keep);
        readCreatedByNonce(byUid);
        Set<NamespaceId> ids = recorded.values().stream()
                .flatMap(List::stream)
                .flatMap(each -> Optional.ofNullable(each.namespaceId()).stream())
                .collect(Collectors.toSet());
        engine.stores().stores().namespaces().findByIds(ids).forEach(row -> stored.put(row.id(), row));
        readEnvironments(recorded.values().stream()
                .flatMap(List::stream)
                .flatMap(each -> Optional.ofNullable(each.target()).stream())
                .map(Target::environmentId)
                .collect(Collectors.toSet()));
    }

    private void keep(RecordedUid each) {
        recorded.computeIfAbsent(each.identity().uid(), uid -> new ArrayList<>())
                .add(each);
    }

    /**
     * Reads which namespaces our late creates have made: such a one has no recorded UID, and bears the nonce of its
     * row.
     */
    private void readCreatedByNonce(Map<String, io.fabric8.kubernetes.api.model.Namespace> byUid) {
        Map<EnvironmentId, Set<String>> names = new TreeMap<>();
        byUid.forEach((uid, live) -> {
            if (!recorded.containsKey(uid)) {
                environment(live)
                        .ifPresent(id -> names.computeIfAbsent(id, any -> new TreeSet<>())
                                .add(live.getMetadata().getName()));
            }
        });
        names.forEach((environment, wanted) -> {
            for (TargetObject row : engine.stores()
                    .stores()
                    .targetObjects()
                    .findByNamespaces(new Target(environment, cluster), wanted)) {
                byUid.values().stream()
                        .filter(live -> row.resource()
                                        .equals(ResourceRef.namespace(
                                                live.getMetadata().getName()))
                                && Standing.isCreatedByRow(
                                        live, row, engine.settings().scheme()))
                        .forEach(live -> keep(new RecordedUid(
                                row.resource(),
                                new dev.namespaces.model.ObjectIdentity(
                                        live.getMetadata().getUid(), Origin.CREATED),
                                row.target(),
                                row.namespaceId())));
            }
        });
    }

    private Optional<EnvironmentId> environment(HasMetadata live) {
        try {
            return LiveNamespaces.label(live, engine.settings().scheme().environmentKey())
                    .map(EnvironmentId::new);
        } catch (InvalidTextException e) {
            return Optional.empty();
        }
    }

    private Orphan orphan(io.fabric8.kubernetes.api.model.Namespace live) {
        List<RecordedUid> known = recorded.getOrDefault(live.getMetadata().getUid(), List.of());
        RecordedUid own = known.stream()
                .filter(each -> each.target() != null)
                .min(Comparator.comparing(each -> each.identity().origin()))
                .orElse(null);
        if (own == null || own.target() == null || own.namespaceId() == null) {
            return orphan(live, known.isEmpty() ? Orphan.Reason.UNRECORDED : Orphan.Reason.ENSURED, null);
        }
        if (own.identity().origin() != Origin.CREATED) {
            return orphan(live, Orphan.Reason.ADOPTED, null);
        }
        Namespace row = stored.get(own.namespaceId());
        EnvironmentId environment = own.target().environmentId();
        PlannedNamespace planned = row == null
                ? new PlannedNamespace(
                        own.namespaceId(), environment, live.getMetadata().getName(), 0, Row.MISSING)
                : DeletionPlanner.planned(row);
        Orphan.Reason reason = reason(row, live.getMetadata().getName(), environment);
        // Nothing shows whether the host has removed the environment, or does not find it at the moment.
        return orphan(live, reason, reason == Orphan.Reason.ENVIRONMENT_REMOVED ? null : planned);
    }

    private Orphan.Reason reason(@Nullable Namespace row, String name, EnvironmentId environment) {
        // The live row may be another one than that of the record, if the name was given away again.
        if (!environments.containsKey(environment)
                && wanting.getOrDefault(name, Set.of()).contains(environment)) {
            return Orphan.Reason.ENVIRONMENT_REMOVED;
        }
        if (row == null) {
            return Orphan.Reason.PURGED;
        }
        return row.isLive() ? Orphan.Reason.CLUSTER_LEFT : Orphan.Reason.DELETED;
    }

    private Orphan orphan(
            io.fabric8.kubernetes.api.model.Namespace live, Orphan.Reason reason, @Nullable PlannedNamespace planned) {
        return new Orphan(
                cluster,
                live.getMetadata().getName(),
                live.getMetadata().getUid(),
                LiveNamespaces.label(live, engine.settings().scheme().environmentKey())
                        .orElse(null),
                reason,
                planned);
    }
}
