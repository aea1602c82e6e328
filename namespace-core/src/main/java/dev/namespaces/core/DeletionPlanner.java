package dev.namespaces.core;

import dev.namespaces.core.NamespaceLook.Spot;
import dev.namespaces.core.delete.DeletionPlan;
import dev.namespaces.core.delete.DeletionPlan.Deletion;
import dev.namespaces.core.delete.DeletionPlan.Kept;
import dev.namespaces.core.delete.DeletionPlan.PlannedNamespace;
import dev.namespaces.core.delete.DeletionPlan.Reason;
import dev.namespaces.core.delete.DeletionPlan.Row;
import dev.namespaces.core.delete.DeletionPlan.Serial;
import dev.namespaces.core.delete.DeletionPlan.Unreachable;
import dev.namespaces.core.delete.Orphan;
import dev.namespaces.core.delete.PlanOptions;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.Operation;
import dev.namespaces.error.UnknownEnvironmentException;
import dev.namespaces.error.UnknownNamespaceException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.NamespaceId;
import dev.namespaces.model.Target;
import dev.namespaces.model.TargetObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Plans deletions. It reads the stores and looks at the clusters, and changes nothing. A plan covers every cluster that
 * a record of the environment knows, in addition to the environment's clusters of today.
 */
final class DeletionPlanner {

    /** The live row of a name first, then the one that was deleted last. */
    private static final Comparator<Namespace> CURRENT_FIRST = Comparator.comparing(
                    Namespace::deletedAt, Comparator.nullsLast(Comparator.naturalOrder()))
            .thenComparing(Namespace::id)
            .reversed();

    private final Engine engine;

    DeletionPlanner(Engine engine) {
        this.engine = engine;
    }

    /** Plans the deletion of stored namespaces, soft-deleted ones included. */
    DeletionPlan plan(Collection<NamespaceId> ids, PlanOptions options) {
        Set<NamespaceId> wanted = new LinkedHashSet<>(ids);
        Map<NamespaceId, Namespace> stored = engine.stores().stores().namespaces().findByIds(wanted).stream()
                .collect(Collectors.toMap(Namespace::id, Function.identity()));
        wanted.stream().filter(id -> !stored.containsKey(id)).findFirst().ifPresent(id -> {
            throw new UnknownNamespaceException(ErrorContext.of(Operation.PLAN_DELETION), id);
        });
        Subjects subjects = new Subjects();
        List<Namespace> asked = wanted.stream().map(stored::get).toList();
        asked.forEach(namespace -> subjects.namespaces.add(planned(namespace)));
        KnownTargets targets = KnownTargets.of(
                engine.stores(), asked.stream().map(Namespace::environmentId).collect(Collectors.toSet()));
        subjects.serials.putAll(targets.serials());
        currentOf(asked)
                .forEach(namespace -> targets.clusters(namespace.environmentId())
                        .forEach(cluster -> subjects.add(planned(namespace), cluster)));
        return plan(subjects, options);
    }

    /** Plans the deletion of everything that the environment has, or had, on any cluster. */
    DeletionPlan plan(EnvironmentId id, PlanOptions options) {
        Subjects subjects = new Subjects();
        KnownTargets targets = KnownTargets.of(engine.stores(), Set.of(id));
        subjects.serials.putAll(targets.serials());
        Set<ClusterId> clusters = targets.clusters(id);
        List<Namespace> stored =
                new ArrayList<>(engine.stores().stores().namespaces().findByEnvironments(List.of(id)));
        stored.addAll(engine.stores().stores().namespaces().findDeleted(id));
        if (clusters.isEmpty() && stored.isEmpty()) {
            throw new UnknownEnvironmentException(ErrorContext.of(Operation.PLAN_DELETION, id), List.of(id));
        }
        Map<String, TargetObject> rows = new TreeMap<>();
        clusters.forEach(cluster -> engine.stores()
                .objects(new Target(id, cluster))
                .forEach(row -> rows.putIfAbsent(KeepReasons.namespaceOf(row.resource()), row)));
        List<PlannedNamespace> planned = new ArrayList<>();
        currentOf(stored).stream()
                .filter(namespace -> namespace.isLive() || rows.containsKey(namespace.name()))
                .map(DeletionPlanner::planned)
                .forEach(planned::add);
        Set<String> names = stored.stream().map(Namespace::name).collect(Collectors.toSet());
        rows.forEach((name, row) -> {
            if (!names.contains(name)) {
                planned.add(new PlannedNamespace(row.namespaceId(), id, name, 0, Row.MISSING));
            }
        });
        planned.sort(Comparator.comparing(PlannedNamespace::name));
        subjects.namespaces.addAll(planned);
        planned.forEach(namespace -> clusters.forEach(cluster -> subjects.add(namespace, cluster)));
        return plan(subjects, options);
    }

    /** Plans the deletion of namespaces on single clusters, and soft-deletes nothing. */
    DeletionPlan planOrphans(Collection<Orphan> found, PlanOptions options) {
        Map<Spot, PlannedNamespace> orphans = new LinkedHashMap<>();
        for (Orphan orphan : found) {
            PlannedNamespace planned = orphan.planned();
            if (planned == null) {
                throw new IllegalArgumentException("Cannot be planned as an orphan: " + orphan);
            }
            orphans.put(new Spot(new Target(planned.environmentId(), orphan.cluster()), orphan.name()), planned);
        }
        Subjects subjects = new Subjects();
        Set<Target> targets = orphans.keySet().stream().map(Spot::target).collect(Collectors.toSet());
        subjects.serials.putAll(KnownTargets.of(
                        engine.stores(),
                        targets.stream().map(Target::environmentId).collect(Collectors.toSet()))
                .serials());
        subjects.serials.keySet().retainAll(targets);
        orphans.forEach(
                (spot, namespace) -> subjects.add(namespace, spot.target().clusterId()));
        return plan(subjects, options);
    }

    /** What a plan is about. */
    private static final class Subjects {

        private final List<PlannedNamespace> namespaces = new ArrayList<>();
        private final Map<Spot, PlannedNamespace> spots = new LinkedHashMap<>();
        private final Map<Target, Long> serials = new TreeMap<>();

        void add(PlannedNamespace namespace, ClusterId cluster) {
            spots.put(new Spot(new Target(namespace.environmentId(), cluster), namespace.name()), namespace);
        }
    }

    private DeletionPlan plan(Subjects subjects, PlanOptions options) {
        KeepReasonsReader reader = new KeepReasonsReader(engine);
        KeepReasons read = reader.read(
                subjects.spots.keySet(),
                subjects.namespaces.stream().map(PlannedNamespace::id).collect(Collectors.toSet()));
        ClusterAnswers<Map<String, io.fabric8.kubernetes.api.model.Namespace>> looks =
                look(subjects, options.lostClusters());
        Map<ClusterId, Set<String>> uids = new TreeMap<>();
        looks.answers()
                .forEach((cluster, live) -> uids.put(
                        cluster,
                        live.values().stream()
                                .map(each -> each.getMetadata().getUid())
                                .collect(Collectors.toSet())));
        KeepReasons reasons = read.withRecorded(reader.recorded(uids));
        List<Deletion> deletions = new ArrayList<>();
        List<Kept> kept = new ArrayList<>();
        subjects.spots.forEach((spot, namespace) -> {
            ClusterId cluster = spot.target().clusterId();
            if (options.lostClusters().contains(cluster)) {
                kept.add(new Kept(namespace, cluster, Reason.CLUSTER_LOST));
                return;
            }
            Map<String, io.fabric8.kubernetes.api.model.Namespace> live =
                    looks.answers().get(cluster);
            if (live == null) {
                return;
            }
            io.fabric8.kubernetes.api.model.Namespace found = live.get(spot.name());
            Optional<Reason> reason = reasons.of(spot, found);
            reason.ifPresentOrElse(
                    why -> kept.add(new Kept(namespace, cluster, why)),
                    () -> deletions.add(new Deletion(
                            namespace,
                            cluster,
                            Objects.requireNonNull(found).getMetadata().getUid())));
        });
        Duration validity = options.validity() == null ? engine.settings().planValidity() : options.validity();
        return new DeletionPlan(
                DeletionPlan.FORMAT,
                subjects.namespaces,
                deletions,
                kept,
                looks.failures().entrySet().stream()
                        .map(entry -> Unreachable.of(entry.getKey(), entry.getValue()))
                        .toList(),
                subjects.serials.entrySet().stream()
                        .map(entry -> new Serial(entry.getKey(), entry.getValue()))
                        .toList(),
                options.requestedBy(),
                engine.settings().now().plus(validity));
    }

    private ClusterAnswers<Map<String, io.fabric8.kubernetes.api.model.Namespace>> look(
            Subjects subjects, Set<ClusterId> lost) {
        Map<ClusterId, Function<ClusterSide, Map<String, io.fabric8.kubernetes.api.model.Namespace>>> questions =
                new TreeMap<>();
        subjects.spots.keySet().stream()
                .filter(spot -> !lost.contains(spot.target().clusterId()))
                .collect(Collectors.groupingBy(spot -> spot.target().clusterId()))
                .forEach((cluster, spots) -> questions.put(cluster, side -> NamespaceLook.at(side, cluster, spots)));
        return ClusterAnswers.of(engine, Operation.PLAN_DELETION, questions);
    }

    /** Returns one stored namespace for each environment and name: the live one, or the one that was deleted last. */
    private static List<Namespace> currentOf(Collection<Namespace> namespaces) {
        record Key(EnvironmentId environment, String name) {}
        Map<Key, Namespace> current = new LinkedHashMap<>();
        for (Namespace namespace : namespaces) {
            current.merge(
                    new Key(namespace.environmentId(), namespace.name()),
                    namespace,
                    (one, other) -> CURRENT_FIRST.compare(one, other) <= 0 ? one : other);
        }
        return List.copyOf(current.values());
    }

    static PlannedNamespace planned(Namespace namespace) {
        return new PlannedNamespace(
                namespace.id(),
                namespace.environmentId(),
                namespace.name(),
                namespace.version(),
                namespace.isLive() ? Row.LIVE : Row.SOFT_DELETED);
    }
}
