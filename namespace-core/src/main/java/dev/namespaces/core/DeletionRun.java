package dev.namespaces.core;

import dev.namespaces.core.NamespaceLook.Spot;
import dev.namespaces.core.delete.DeletionIncompleteException;
import dev.namespaces.core.delete.DeletionNotConfirmedException;
import dev.namespaces.core.delete.DeletionOptions;
import dev.namespaces.core.delete.DeletionPlan;
import dev.namespaces.core.delete.DeletionPlan.Deletion;
import dev.namespaces.core.delete.DeletionPlan.Kept;
import dev.namespaces.core.delete.DeletionPlan.PlannedNamespace;
import dev.namespaces.core.delete.DeletionPlan.Reason;
import dev.namespaces.core.delete.DeletionPlan.Row;
import dev.namespaces.core.delete.DeletionPlan.Serial;
import dev.namespaces.core.delete.DeletionPlan.Unreachable;
import dev.namespaces.core.delete.DeletionPlanUnusableException;
import dev.namespaces.core.delete.DeletionReport;
import dev.namespaces.core.delete.DeletionReport.Outcome;
import dev.namespaces.core.delete.DeletionReport.Result;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.GatewayContractException;
import dev.namespaces.error.LeaseLostException;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.Operation;
import dev.namespaces.error.OperationInterruptedException;
import dev.namespaces.error.PreconditionFailedException;
import dev.namespaces.error.StaleVersionException;
import dev.namespaces.error.UnknownNamespaceException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.NamespaceId;
import dev.namespaces.model.Target;
import dev.namespaces.spi.LifecycleEvent;
import dev.namespaces.spi.Stores;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One deletion of the namespaces of a plan. Only the caller's thread calls the stores; workers call the clusters, side
 * by side. Every guarantee depends on the order of the steps:
 *
 * <ol>
 *   <li>The locks of all targets are taken, so that no deployment runs.
 *   <li>All row versions are judged; one stale row refuses the plan before anything happens.
 *   <li>The plan serials are raised, all or none: from here on the plan is used, and the caller gets a report even if a
 *       later step fails.
 *   <li>The live rows are soft-deleted, all or none, so that no deployment creates a namespace that is being deleted.
 *   <li>The rows of the objects are opened ({@code begin}), so that the next deployment moves the version of an object
 *       that a delete without an answer could still reach.
 *   <li>Each namespace is looked at, judged again, and deleted by UID and by the version of that look.
 *   <li>Once each namespace of a target has an answer, its rows are settled and its lock is released.
 *   <li>Then the call waits. The rows of a namespace that does not exist any more are removed, unless one of our
 *       creates may still arrive. Such a row stays open and keeps its nonce, so that a late namespace is recognized as
 *       ours. A later deletion of the environment removes the row once the limit for late writes has passed.
 * </ol>
 */
final class DeletionRun {

    private static final int MAX_ROUNDS = 3;

    private final Engine engine;
    private final Settings settings;
    private final Stores stores;
    private final DeletionPlan plan;
    private final Duration wait;
    private final List<DeletionPart> parts = new ArrayList<>();
    private final List<Unreachable> notAsked = new ArrayList<>();
    private final ConcurrentMap<ClusterId, NamespaceException> silent = new ConcurrentHashMap<>();
    private final StopSignal stop;
    private final WorkQueue queue;
    private Map<NamespaceId, Namespace> stored = Map.of();
    private @Nullable DeletionRecords records;
    private boolean isUsed;

    DeletionRun(Engine engine, DeletionPlan plan, DeletionOptions options) {
        this.engine = engine;
        this.settings = engine.settings();
        this.stores = engine.stores().stores();
        this.plan = plan;
        this.wait = options.waitForEnd();
        this.stop = new StopSignal(engine, Operation.DELETE_NAMESPACES);
        this.queue = new WorkQueue(engine, null, cluster -> stop.why());
        requireConfirmed(options);
        plan.deletions().forEach(deletion -> parts.add(new DeletionPart(deletion)));
    }

    private void requireConfirmed(DeletionOptions options) {
        Integer cap = settings.deletionCap();
        int deletions = plan.deletions().size();
        if (cap != null && deletions > cap && !Objects.equals(options.confirmedDeletions(), deletions)) {
            throw new DeletionNotConfirmedException(deletions, cap);
        }
    }

    DeletionReport run() {
        engine.enter(Operation.DELETE_NAMESPACES);
        try {
            engine.requireNoHostTransaction(ErrorContext.of(Operation.DELETE_NAMESPACES));
            requireNotExpired();
            requireSerials();
            requireDistinct();
            requestDeletions();
            new DeletionWait(engine, stop, parts, wait, this::changed).run();
        } catch (RuntimeException | Error e) {
            if (isUsed) {
                e.addSuppressed(incomplete());
            }
            throw e;
        } finally {
            plan.serials().forEach(each -> engine.memory().forget(each.target().environmentId()));
            engine.leave();
            if (stop.isInterrupted()) {
                Thread.currentThread().interrupt();
            }
        }
        if (stop.isInterrupted()) {
            OperationInterruptedException failure =
                    new OperationInterruptedException(ErrorContext.of(Operation.DELETE_NAMESPACES), null);
            failure.addSuppressed(incomplete());
            throw failure;
        }
        DeletionReport report = report();
        if (!report.isComplete()) {
            throw incomplete();
        }
        return report;
    }

    private DeletionReport report() {
        return new DeletionReport(
                parts.stream()
                        .map(part -> new Result(part.deletion(), part.outcome()))
                        .toList(),
                Stream.concat(plan.unreachable().stream(), notAsked.stream()).toList(),
                records == null ? List.of() : records.failures());
    }

    private DeletionIncompleteException incomplete() {
        return new DeletionIncompleteException(ErrorContext.of(Operation.DELETE_NAMESPACES), report());
    }

    private void requireNotExpired() {
        if (!settings.now().isBefore(plan.expiresAt())) {
            throw unusable("the plan expired at " + plan.expiresAt());
        }
    }

    /**
     * Refuses a plan that lacks a serial. Without its serials, a plan that a caller has built by hand could be used
     * more than once.
     */
    private void requireSerials() {
        Set<Target> known = plan.serials().stream().map(Serial::target).collect(Collectors.toSet());
        Stream.concat(
                        plan.deletions().stream().map(Deletion::target),
                        plan.kept().stream().map(Kept::target))
                .filter(target -> !known.contains(target))
                .findFirst()
                .ifPresent(target -> {
                    throw unusable("the plan lacks the serial of " + target);
                });
        if (plan.serials().isEmpty() && !plan.namespaces().isEmpty()) {
            throw unusable("the plan has no serial");
        }
    }

    /** Refuses a plan with two deletions of one namespace. Each would settle its row without the other's requests. */
    private void requireDistinct() {
        Set<Spot> spots = new HashSet<>();
        parts.stream().filter(part -> !spots.add(part.spot())).findFirst().ifPresent(part -> {
            throw unusable("the plan has two deletions of " + part.spot().name() + " on " + part.cluster());
        });
    }

    private DeletionPlanUnusableException unusable(String reason) {
        return new DeletionPlanUnusableException(reason, plan.expiresAt());
    }

    /** Does all steps that need the locks. */
    private void requestDeletions() {
        Map<Target, Long> serials =
                plan.serials().stream().collect(Collectors.toMap(Serial::target, Serial::serial, Math::max));
        try (TargetLocks locks = TargetLocks.acquire(engine, serials.keySet(), Operation.DELETE_NAMESPACES)) {
            requireNotExpired();
            List<Namespace> live = requireNotStale();
            KeepReasons reasons = readReasons();
            DeletionRecords rows = new DeletionRecords(engine, reasons);
            records = rows;
            // Even if the store fails, the plan may be used up: the answer to its commit may be lost.
            isUsed = true;
            try {
                if (!stores.deployments().consume(serials)) {
                    isUsed = false;
                    throw unusable(
                            "the plan, or another one about the same environment and cluster, was used since then");
                }
                softDelete(live);
                rows.begin(parts);
                keptFor(Reason.CLUSTER_LOST).forEach(rows::removeRowsOfLost);
                deleteOnClusters(locks, reasons, rows);
            } catch (NamespaceException e) {
                stop.stop(queue, e);
                if (!isUsed || parts.isEmpty()) {
                    throw e;
                }
                parts.stream().filter(part -> !part.isAnswered()).forEach(part -> part.end(new Outcome.Failed(e)));
            } catch (RuntimeException | Error e) {
                stop.stop(queue, e);
                throw e;
            } finally {
                parts.forEach(part -> rows.settle(part.target(), partsOf(part.target())));
            }
        }
    }

    /** Returns the live rows that are to be soft-deleted. */
    private List<Namespace> requireNotStale() {
        stored = stores
                .namespaces()
                .findByIds(Stream.concat(
                                plan.namespaces().stream(),
                                plan.deletions().stream().map(Deletion::namespace))
                        .map(PlannedNamespace::id)
                        .collect(Collectors.toSet()))
                .stream()
                .collect(Collectors.toMap(Namespace::id, namespace -> namespace));
        List<Namespace> live = new ArrayList<>();
        for (PlannedNamespace planned : plan.namespaces()) {
            Namespace now = stored.get(planned.id());
            // If another caller has soft-deleted the row since then, nothing is left to do for it.
            if (planned.row() == Row.LIVE && now != null && now.isLive()) {
                if (!now.environmentId().equals(planned.environmentId())
                        || !now.name().equals(planned.name())) {
                    throw unusable("the plan names " + now.name() + " of " + now.environmentId() + " as "
                            + planned.name() + " of " + planned.environmentId());
                }
                if (now.version() != planned.version()) {
                    throw new StaleVersionException(
                            ErrorContext.of(Operation.DELETE_NAMESPACES, planned.environmentId())
                                    .withNamespace(planned.name()),
                            planned.id(),
                            planned.version(),
                            now.version());
                }
                live.add(now);
            }
        }
        requireCovered(live.stream().map(Namespace::environmentId).collect(Collectors.toSet()));
        return live;
    }

    /**
     * Refuses a plan that does not cover a cluster of an environment. The environment has come to the cluster since the
     * plan was made, so the plan would soft-delete namespaces that still exist there.
     */
    private void requireCovered(Set<EnvironmentId> environments) {
        Set<Target> covered = plan.serials().stream().map(Serial::target).collect(Collectors.toSet());
        KnownTargets.of(engine.stores(), environments).serials().keySet().stream()
                .filter(target -> !covered.contains(target))
                .findFirst()
                .ifPresent(target -> {
                    throw unusable("the plan does not cover " + target);
                });
    }

    private KeepReasons readReasons() {
        Set<Spot> spots = parts.stream().map(DeletionPart::spot).collect(Collectors.toSet());
        spots.addAll(keptFor(Reason.ABSENT));
        spots.addAll(keptFor(Reason.CLUSTER_LOST));
        KeepReasonsReader reader = new KeepReasonsReader(engine);
        return reader.read(
                        spots,
                        plan.namespaces().stream().map(PlannedNamespace::id).collect(Collectors.toSet()))
                .withRecorded(reader.recorded(parts.stream()
                        .collect(Collectors.groupingBy(
                                DeletionPart::cluster,
                                Collectors.mapping(part -> part.deletion().uid(), Collectors.toSet())))));
    }

    private Set<Spot> keptFor(Reason reason) {
        return plan.kept().stream()
                .filter(kept -> kept.reason() == reason)
                .map(kept -> new Spot(kept.target(), kept.namespace().name()))
                .collect(Collectors.toSet());
    }

    private void softDelete(List<Namespace> namespaces) {
        List<Namespace> live = namespaces;
        for (int round = 1; ; round++) {
            try {
                Instant now = settings.now();
                stores.namespaces()
                        .update(live.stream()
                                .map(namespace -> namespace.deleted(now))
                                .toList());
                return;
            } catch (UnknownNamespaceException e) {
                if (round == MAX_ROUNDS) {
                    throw e;
                }
                // Another caller has soft-deleted one of them since it was read.
                Set<NamespaceId> ids = live.stream().map(Namespace::id).collect(Collectors.toSet());
                Set<NamespaceId> stillLive = stores.namespaces().findByIds(ids).stream()
                        .filter(Namespace::isLive)
                        .map(Namespace::id)
                        .collect(Collectors.toSet());
                live = live.stream()
                        .filter(namespace -> stillLive.contains(namespace.id()))
                        .toList();
            }
        }
    }

    private void deleteOnClusters(TargetLocks locks, KeepReasons reasons, DeletionRecords rows) {
        Map<ClusterId, List<Spot>> toLookAt = new TreeMap<>();
        Set<Spot> absent = keptFor(Reason.ABSENT);
        Stream.concat(absent.stream(), parts.stream().map(DeletionPart::spot))
                .forEach(spot -> toLookAt.computeIfAbsent(spot.target().clusterId(), cluster -> new ArrayList<>())
                        .add(spot));
        List<DeletionPart> planned = List.copyOf(parts);
        toLookAt.forEach((cluster, spots) -> {
            List<DeletionPart> here = planned.stream()
                    .filter(part -> part.cluster().equals(cluster))
                    .toList();
            queue.submit(
                    cluster,
                    gateway -> {
                        Map<String, io.fabric8.kubernetes.api.model.Namespace> live =
                                NamespaceLook.at(engine.clusters().with(gateway), cluster, spots);
                        return () -> {
                            spots.stream()
                                    .filter(absent::contains)
                                    .forEach(spot -> absentLooked(spot, live.get(spot.name()), reasons, rows));
                            here.forEach(part -> request(
                                    locks,
                                    reasons,
                                    rows,
                                    part,
                                    live.get(part.spot().name())));
                        };
                    },
                    failure -> () -> {
                        here.forEach(part -> ended(locks, rows, part, new Outcome.Failed(failure)));
                        if (here.isEmpty()) {
                            notAsked.add(Unreachable.of(cluster, failure));
                        }
                    });
        });
        while (!queue.isIdle()) {
            stop.step(queue);
        }
    }

    /** Handles a namespace that was absent in the plan. A running deployment may have created it since then. */
    private void absentLooked(
            Spot spot,
            io.fabric8.kubernetes.api.model.@Nullable Namespace live,
            KeepReasons reasons,
            DeletionRecords rows) {
        if (live == null) {
            rows.removeRowsOfAbsent(spot);
        } else if (reasons.of(spot, live).isEmpty()) {
            createdSince(spot, live.getMetadata().getUid());
        }
    }

    /** Reports a namespace that was created since then. The plan did not list it for deletion, so it stays. */
    private void createdSince(Spot spot, String uid) {
        plan.kept().stream()
                .filter(kept -> kept.target().equals(spot.target())
                        && kept.namespace().name().equals(spot.name()))
                .map(Kept::namespace)
                .findFirst()
                .ifPresent(namespace -> {
                    DeletionPart part = new DeletionPart(
                            new Deletion(namespace, spot.target().clusterId(), uid));
                    part.end(new Outcome.Failed(new PreconditionFailedException(
                                    part.context(), "the namespace was created after the plan was made", null)
                            .settled()));
                    parts.add(part);
                });
    }

    private void request(
            TargetLocks locks,
            KeepReasons reasons,
            DeletionRecords rows,
            DeletionPart part,
            io.fabric8.kubernetes.api.model.@Nullable Namespace first) {
        queue.submit(
                part.target(),
                gateway -> {
                    Outcome outcome = new NamespaceDeleter(
                                    engine.clusters().with(gateway), reasons, silent, part, () -> refusal(locks, part))
                            .run(first);
                    return () -> ended(locks, rows, part, outcome);
                },
                failure -> () -> {
                    if (failure instanceof GatewayContractException) {
                        silent.putIfAbsent(part.cluster(), failure);
                        part.failed(failure);
                    }
                    ended(locks, rows, part, new Outcome.Failed(failure));
                });
    }

    /** Returns why the run must not send a request, or empty if it may. */
    private Optional<NamespaceException> refusal(TargetLocks locks, DeletionPart part) {
        return stop.reason()
                .or(() -> locks.lease(part.target()).isHeld()
                        ? Optional.empty()
                        : Optional.of(new LeaseLostException(part.context()).settled()));
    }

    private void ended(TargetLocks locks, DeletionRecords rows, DeletionPart part, Outcome outcome) {
        if (part.isAnswered()) {
            return;
        }
        part.end(outcome);
        if (outcome instanceof Outcome.Gone) {
            publish(part);
        }
        List<DeletionPart> here = partsOf(part.target());
        if (here.stream().allMatch(DeletionPart::isAnswered)) {
            rows.settle(part.target(), here);
            locks.release(part.target());
        }
    }

    private List<DeletionPart> partsOf(Target target) {
        return parts.stream().filter(part -> part.target().equals(target)).toList();
    }

    /** Publishes a change during the wait, and removes the rows of a namespace that does not exist any more. */
    private void changed(DeletionPart part) {
        publish(part);
        if (part.outcome() instanceof Outcome.Gone) {
            Objects.requireNonNull(records).removeRows(part);
        }
    }

    private void publish(DeletionPart part) {
        Namespace namespace = stored.get(part.deletion().namespace().id());
        if (namespace == null) {
            return;
        }
        if (part.outcome() instanceof Outcome.Gone) {
            engine.events().publish(new LifecycleEvent.NamespaceDeleted(part.cluster(), namespace));
        } else if (part.outcome() instanceof Outcome.Terminating terminating) {
            engine.events()
                    .publish(new LifecycleEvent.NamespaceTerminating(
                            part.cluster(), namespace, terminating.conditions()));
        }
    }
}
