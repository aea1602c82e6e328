package dev.namespaces.core;

import dev.namespaces.core.NamespaceLook.Spot;
import dev.namespaces.core.adopt.ReleaseIncompleteException;
import dev.namespaces.core.adopt.ReleaseReport;
import dev.namespaces.core.adopt.ReleaseReport.Outcome;
import dev.namespaces.core.adopt.ReleaseReport.Result;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.Operation;
import dev.namespaces.error.OperationInterruptedException;
import dev.namespaces.error.UnknownNamespaceException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.NamespaceId;
import dev.namespaces.model.Target;
import dev.namespaces.model.TargetObject;
import dev.namespaces.spi.BegunDeployment;
import dev.namespaces.spi.ObjectResult;
import dev.namespaces.spi.Stores;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * One release of namespaces, on every cluster that a record knows. The order under the locks:
 *
 * <ol>
 *   <li>Each cluster is asked for the namespaces. A cluster that does not answer keeps its record, so that a later
 *       release can still remove our labels there.
 *   <li>The record is cleared, so that no plan deletes the namespace any more, even if a later step fails. The rows
 *       keep how the objects were recognized, and the values that adoption overwrote.
 *   <li>The live rows are soft-deleted, all or none, so that no deployment adopts the namespace again.
 *   <li>The labels and policies are removed from the clusters.
 *   <li>The rows of each namespace whose writes were answered are removed. A row stays while one of our requests may
 *       still arrive.
 * </ol>
 *
 * <p>Another release of the same namespaces, from any process, ends a release that fails or dies: until the last step
 * the rows say which changes it has to take back.
 */
final class ReleaseRun {

    private static final Comparator<Spot> ORDER =
            Comparator.comparing(Spot::target).thenComparing(Spot::name);
    private static final long WATCH_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final Engine engine;
    private final Stores stores;
    private final Map<Spot, Namespace> namespaces = new TreeMap<>(ORDER);
    private final Map<Spot, Outcome> outcomes = new TreeMap<>(ORDER);
    private volatile boolean mayNotSend;

    ReleaseRun(Engine engine) {
        this.engine = engine;
        this.stores = engine.stores().stores();
    }

    ReleaseReport run(Collection<NamespaceId> ids) {
        engine.enter(Operation.RELEASE);
        try {
            engine.requireNoHostTransaction(ErrorContext.of(Operation.RELEASE));
            Set<NamespaceId> wanted = new LinkedHashSet<>(ids);
            List<Namespace> asked = stores.namespaces().findByIds(wanted);
            Set<NamespaceId> known = asked.stream().map(Namespace::id).collect(Collectors.toSet());
            wanted.stream().filter(id -> !known.contains(id)).findFirst().ifPresent(id -> {
                throw new UnknownNamespaceException(ErrorContext.of(Operation.RELEASE), id);
            });
            KnownTargets targets = KnownTargets.of(
                    engine.stores(),
                    asked.stream().map(Namespace::environmentId).collect(Collectors.toSet()));
            for (Namespace namespace : asked) {
                targets.clusters(namespace.environmentId())
                        .forEach(cluster -> namespaces.merge(
                                new Spot(new Target(namespace.environmentId(), cluster), namespace.name()),
                                namespace,
                                (one, other) -> one.isLive() ? one : other));
            }
            try (TargetLocks locks = TargetLocks.acquire(
                    engine, namespaces.keySet().stream().map(Spot::target).toList(), Operation.RELEASE)) {
                release(locks, wanted);
            }
        } finally {
            namespaces.values().forEach(namespace -> engine.memory().forget(namespace.environmentId()));
            engine.leave();
        }
        ReleaseReport report = report();
        if (!report.isComplete()) {
            throw new ReleaseIncompleteException(report);
        }
        return report;
    }

    private ReleaseReport report() {
        return new ReleaseReport(namespaces.entrySet().stream()
                .map(entry -> new Result(
                        entry.getValue(),
                        entry.getKey().target().clusterId(),
                        outcomes.getOrDefault(entry.getKey(), new Outcome.Absent())))
                .toList());
    }

    private void release(TargetLocks locks, Set<NamespaceId> ids) {
        Map<Target, Set<String>> names = new TreeMap<>();
        namespaces
                .keySet()
                .forEach(spot -> names.computeIfAbsent(spot.target(), target -> new LinkedHashSet<>())
                        .add(spot.name()));
        names.forEach((target, wanted) -> {
            List<TargetObject> before = stores.targetObjects().findByNamespaces(target, wanted);
            LabelDomains.requireSame(
                    before,
                    engine.settings().scheme(),
                    ErrorContext.of(Operation.RELEASE, target.clusterId()).withEnvironment(target.environmentId()));
            before.stream().filter(row -> isOfSuccessor(row, ids)).forEach(row -> wanted.remove(nameOf(row)));
        });
        Set<ClusterId> silent = askClusters();
        Map<Spot, List<TargetObject>> rows = new TreeMap<>(ORDER);
        names.forEach((target, wanted) -> {
            if (!silent.contains(target.clusterId())) {
                stores.targetObjects()
                        .release(target, wanted)
                        .forEach(row -> rows.computeIfAbsent(new Spot(target, nameOf(row)), spot -> new ArrayList<>())
                                .add(row));
            }
        });
        try {
            softDelete(ids);
        } catch (RuntimeException e) {
            // The release still writes to the clusters, because no record proves any more that the namespaces are ours.
            write(locks, rows);
            if (!report().isComplete()) {
                e.addSuppressed(new ReleaseIncompleteException(report()));
            }
            throw e;
        }
        write(locks, rows);
    }

    /** Returns whether the object is in another namespace, which has got the name of a soft-deleted one since then. */
    private boolean isOfSuccessor(TargetObject row, Set<NamespaceId> ids) {
        Namespace asked = Objects.requireNonNull(namespaces.get(new Spot(row.target(), nameOf(row))));
        return !asked.isLive() && !ids.contains(row.namespaceId());
    }

    private static String nameOf(TargetObject row) {
        return KeepReasons.namespaceOf(row.resource());
    }

    private Set<ClusterId> askClusters() {
        Map<ClusterId, List<Spot>> byCluster = namespaces.keySet().stream()
                .collect(Collectors.groupingBy(spot -> spot.target().clusterId(), TreeMap::new, Collectors.toList()));
        Map<ClusterId, Function<ClusterSide, Set<String>>> questions = new TreeMap<>();
        byCluster.forEach((cluster, spots) -> questions.put(
                cluster, side -> NamespaceLook.at(side, cluster, spots).keySet()));
        ClusterAnswers<Set<String>> answers = ClusterAnswers.of(engine, Operation.RELEASE, questions);
        answers.answers()
                .forEach((cluster, found) -> byCluster
                        .getOrDefault(cluster, List.of())
                        .forEach(spot -> outcomes.put(
                                spot, found.contains(spot.name()) ? new Outcome.NotOurs() : new Outcome.Absent())));
        answers.failures()
                .forEach((cluster, failure) -> byCluster
                        .getOrDefault(cluster, List.of())
                        .forEach(spot -> outcomes.put(spot, new Outcome.Failed(failure, false))));
        return answers.failures().keySet();
    }

    private void softDelete(Set<NamespaceId> ids) {
        Instant now = engine.settings().now();
        stores.namespaces()
                .update(stores.namespaces().findByIds(ids).stream()
                        .filter(Namespace::isLive)
                        .map(namespace -> namespace.deleted(now))
                        .toList());
    }

    private void write(TargetLocks locks, Map<Spot, List<TargetObject>> rows) {
        WorkQueue queue = new WorkQueue(
                engine, null, cluster -> new LifecycleClosedException(ErrorContext.of(Operation.RELEASE)));
        rows.forEach((spot, here) -> queue.submit(
                spot.target(),
                gateway -> {
                    Outcome outcome = new NamespaceReleaser(
                                    engine.clusters().with(gateway),
                                    spot.target(),
                                    spot.name(),
                                    here,
                                    () -> locks.lease(spot.target()).isHeld() && !mayNotSend && !engine.isClosed())
                            .run();
                    return () -> outcomes.put(spot, outcome);
                },
                failure -> () -> outcomes.put(spot, new Outcome.Failed(failure, true))));
        boolean interrupted = false;
        while (!queue.isIdle()) {
            try {
                queue.await(WATCH_NANOS);
            } catch (InterruptedException e) {
                interrupted = true;
                mayNotSend = true;
                queue.interrupt();
            } catch (RuntimeException | Error e) {
                mayNotSend = true;
                queue.interrupt();
                queue.drain(e);
                throw e;
            }
        }
        endRelease(rows);
        if (interrupted) {
            Thread.currentThread().interrupt();
            OperationInterruptedException failure =
                    new OperationInterruptedException(ErrorContext.of(Operation.RELEASE), null);
            if (!report().isComplete()) {
                failure.addSuppressed(new ReleaseIncompleteException(report()));
            }
            throw failure;
        }
    }

    /**
     * Ends the release of the namespaces whose writes were answered. The rows of the other namespaces say which changes
     * are left to take back.
     */
    private void endRelease(Map<Spot, List<TargetObject>> rows) {
        Map<Target, List<ObjectResult>> ended = new TreeMap<>();
        rows.forEach((spot, here) -> {
            if (!(outcomes.get(spot) instanceof Outcome.Failed)) {
                here.forEach(row -> ended.computeIfAbsent(spot.target(), target -> new ArrayList<>())
                        .add(new ObjectResult(row.resource(), row.attempt(), null, new ObjectResult.State.Released())));
            }
        });
        ended.forEach((target, results) -> {
            try {
                stores.deployments()
                        .settle(new BegunDeployment(target, 0, results.get(0).attempt(), List.of()), results);
            } catch (NamespaceException e) {
                // The rows stay and prove nothing. Another release or the next deletion of the environment removes
                // them.
            }
        });
    }
}
