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
import dev.namespaces.core.delete.DeletionPlanUnusableException;
import dev.namespaces.core.delete.DeletionReport;
import dev.namespaces.core.delete.DeletionReport.Outcome;
import dev.namespaces.core.delete.DeletionReport.Result;
import dev.namespaces.error.Arrival;
import dev.namespaces.error.ClusterTimeoutException;
import dev.namespaces.error.ClusterUnreachableException;
import dev.namespaces.error.DeploymentOvertakenException;
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
import dev.namespaces.model.DeletionCondition;
import dev.namespaces.model.DeploymentRecord;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.NamespaceId;
import dev.namespaces.model.ObjectIdentity;
import dev.namespaces.model.Origin;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.model.Target;
import dev.namespaces.model.TargetObject;
import dev.namespaces.model.WrittenKeys;
import dev.namespaces.spi.BegunDeployment;
import dev.namespaces.spi.ClusterGateway;
import dev.namespaces.spi.DeleteOptions;
import dev.namespaces.spi.DeleteResult;
import dev.namespaces.spi.LifecycleEvent;
import dev.namespaces.spi.ObjectIntent;
import dev.namespaces.spi.ObjectResult;
import dev.namespaces.spi.Stores;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One deletion of what a plan says. The caller's thread alone calls the stores; workers call the clusters, side by
 * side. The order is what every guarantee depends on:
 *
 * <ol>
 *   <li>The locks of all targets are taken, so that no deployment runs.
 *   <li>All row versions are judged; one stale row refuses the plan before anything happens.
 *   <li>The plan serials are raised, all or none: from here on the plan is used, and the caller gets a report whatever
 *       fails.
 *   <li>The live rows are soft-deleted, all or none, so that no deployment creates what is being deleted.
 *   <li>The rows of the objects are opened ({@code begin}), so that the next deployment moves the version of an object
 *       that a given-up delete could still reach.
 *   <li>Each namespace is looked at, judged again, and deleted by UID and by the version of that look.
 *   <li>The rows are settled and the lock of a target is given back once each of its namespaces has an answer.
 *   <li>Then the call waits. The rows of a namespace that is gone are removed, unless one of our creates may still
 *       arrive: such a row stays open and keeps its nonce, so that a late namespace is recognized as ours. It goes with
 *       a later deletion of the environment, once the limit for late writes has passed.
 * </ol>
 */
final class DeletionRun {

    private static final int MAX_ROUNDS = 3;
    private static final Duration FIRST_PAUSE = Duration.ofMillis(20);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);
    private static final Duration FIRST_POLL = Duration.ofMillis(100);
    private static final Duration LONGEST_POLL = Duration.ofSeconds(2);
    private static final long WATCH_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final Engine engine;
    private final Settings settings;
    private final Stores stores;
    private final DeletionPlan plan;
    private final Duration wait;
    private final List<Part> parts = new ArrayList<>();
    private final List<NamespaceException> storeFailures = new ArrayList<>();
    private final Map<Target, BegunDeployment> begun = new TreeMap<>();
    private final Set<Target> settled = new HashSet<>();
    private final ConcurrentMap<ClusterId, NamespaceException> silent = new ConcurrentHashMap<>();
    private final WorkQueue queue;

    /** The rows, as read under the lock, of namespaces that are waited for. */
    private final Map<Part, List<TargetObject>> rowsOf = new LinkedHashMap<>();

    private Map<NamespaceId, Namespace> stored = Map.of();
    private boolean isUsed;
    private volatile boolean interrupted;
    private volatile boolean mayNotSend;

    DeletionRun(Engine engine, DeletionPlan plan, DeletionOptions options) {
        this.engine = engine;
        this.settings = engine.settings();
        this.stores = engine.stores().stores();
        this.plan = plan;
        this.wait = options.waitForEnd();
        this.queue = new WorkQueue(engine, null, cluster -> whyStopped());
        requireConfirmed(options);
        plan.deletions().forEach(deletion -> parts.add(new Part(deletion)));
    }

    private void requireConfirmed(DeletionOptions options) {
        Integer cap = settings.deletionCap();
        int deletions = plan.deletions().size();
        if (cap != null && deletions > cap && !Objects.equals(options.confirmedDeletions(), deletions)) {
            throw new DeletionNotConfirmedException(deletions, cap);
        }
    }

    /** A namespace on a cluster that is to be deleted. Only the caller's thread changes it. */
    private static final class Part {

        private final Deletion deletion;
        private final Spot spot;
        private @Nullable ObjectTrail trail;
        private Outcome outcome = new Outcome.NotAttempted();
        private boolean isAnswered;

        Part(Deletion deletion) {
            this.deletion = deletion;
            this.spot = new Spot(deletion.target(), deletion.namespace().name());
        }

        Target target() {
            return spot.target();
        }

        ClusterId cluster() {
            return deletion.cluster();
        }

        void end(Outcome outcome) {
            this.outcome = outcome;
            this.isAnswered = true;
        }
    }

    DeletionReport run() {
        engine.enter(Operation.DELETE_NAMESPACES);
        try {
            engine.requireNoHostTransaction(ErrorContext.of(Operation.DELETE_NAMESPACES));
            requireNotExpired();
            requireSerials();
            requestDeletions();
            awaitEnd();
        } catch (RuntimeException | Error e) {
            if (isUsed) {
                e.addSuppressed(incomplete());
            }
            throw e;
        } finally {
            plan.serials().forEach(each -> engine.memory().forget(each.target().environmentId()));
            engine.leave();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
        if (interrupted) {
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
                        .map(part -> new Result(part.deletion, part.outcome))
                        .toList(),
                plan.unreachable(),
                storeFailures);
    }

    private DeletionIncompleteException incomplete() {
        return new DeletionIncompleteException(ErrorContext.of(Operation.DELETE_NAMESPACES), report());
    }

    private NamespaceException whyStopped() {
        ErrorContext context = ErrorContext.of(Operation.DELETE_NAMESPACES);
        return interrupted ? new OperationInterruptedException(context, null) : new LifecycleClosedException(context);
    }

    private void requireNotExpired() {
        if (!settings.now().isBefore(plan.expiresAt())) {
            throw unusable("the plan expired at " + plan.expiresAt());
        }
    }

    /** A plan that somebody has built by hand could otherwise be used again and again. */
    private void requireSerials() {
        Set<Target> known = plan.serials().stream().map(Serial::target).collect(Collectors.toSet());
        parts.stream()
                .map(Part::target)
                .filter(target -> !known.contains(target))
                .findFirst()
                .ifPresent(target -> {
                    throw unusable("the plan lacks the serial of " + target);
                });
        if (plan.serials().isEmpty() && !plan.namespaces().isEmpty()) {
            throw unusable("the plan has no serial");
        }
    }

    private DeletionPlanUnusableException unusable(String reason) {
        return new DeletionPlanUnusableException(reason, plan.expiresAt());
    }

    /** Does everything that needs the locks. */
    private void requestDeletions() {
        Map<Target, Long> serials =
                plan.serials().stream().collect(Collectors.toMap(Serial::target, Serial::serial, Math::max));
        try (TargetLocks locks = TargetLocks.acquire(engine, serials.keySet(), Operation.DELETE_NAMESPACES)) {
            requireNotExpired();
            List<Namespace> live = requireNotStale();
            Set<Spot> spots = parts.stream().map(part -> part.spot).collect(Collectors.toSet());
            Set<Spot> absent = absentInPlan();
            spots.addAll(absent);
            KeepReasons reasons = KeepReasons.read(
                    engine,
                    spots,
                    plan.namespaces().stream().map(PlannedNamespace::id).collect(Collectors.toSet()));
            parts.stream()
                    .collect(Collectors.groupingBy(Part::cluster))
                    .forEach((cluster, here) -> reasons.readUids(
                            engine,
                            cluster,
                            here.stream().map(part -> part.deletion.uid()).toList()));
            // Even if the store fails, the plan may be used up: the answer to its commit may be lost.
            isUsed = true;
            try {
                if (!stores.deployments().consume(serials)) {
                    isUsed = false;
                    throw unusable("the plan, or another one about the same environment and cluster, was used since");
                }
                softDelete(live);
                begin(reasons);
                deleteOnClusters(locks, reasons, absent);
            } catch (NamespaceException e) {
                stop(e);
                if (!isUsed) {
                    throw e;
                }
                failTheRest(e);
            } catch (RuntimeException | Error e) {
                stop(e);
                throw e;
            } finally {
                settleAll(reasons);
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
            // A row that somebody else has soft-deleted since then is as the plan wants it.
            if (planned.row() == Row.LIVE && now != null && now.isLive()) {
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
        return live;
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
                // Somebody else has soft-deleted one of them since it was read.
                Set<NamespaceId> ids = live.stream().map(Namespace::id).collect(Collectors.toSet());
                Map<NamespaceId, Namespace> now = stores.namespaces().findByIds(ids).stream()
                        .collect(Collectors.toMap(Namespace::id, namespace -> namespace));
                live = live.stream()
                        .filter(namespace -> now.containsKey(namespace.id())
                                && Objects.requireNonNull(now.get(namespace.id()))
                                        .isLive())
                        .toList();
            }
        }
    }

    /** What the plan has as absent may have been created since, by a deployment that was running. */
    private Set<Spot> absentInPlan() {
        return plan.kept().stream()
                .filter(kept -> kept.reason() == Reason.ABSENT)
                .map(kept -> new Spot(kept.target(), kept.namespace().name()))
                .collect(Collectors.toSet());
    }

    private void begin(KeepReasons reasons) {
        Map<Target, List<Part>> byTarget =
                parts.stream().collect(Collectors.groupingBy(Part::target, TreeMap::new, Collectors.toList()));
        Map<EnvironmentId, Map<ClusterId, DeploymentRecord>> records = new HashMap<>();
        byTarget.forEach((target, here) -> {
            List<ObjectIntent> intents = here.stream()
                    .filter(part -> reasons.row(part.spot) != null)
                    .map(part -> part.spot)
                    .distinct()
                    .map(spot -> new ObjectIntent(
                            ResourceRef.namespace(spot.name()),
                            Objects.requireNonNull(reasons.row(spot)).namespaceId(),
                            WrittenKeys.none(),
                            false))
                    .toList();
            Optional<BegunDeployment> next = Optional.empty();
            for (int round = 1; round <= MAX_ROUNDS && next.isEmpty(); round++) {
                Map<ClusterId, DeploymentRecord> known = round == 1
                        ? records.computeIfAbsent(target.environmentId(), engine.stores()::records)
                        : engine.stores().records(target.environmentId());
                DeploymentRecord record = known.getOrDefault(target.clusterId(), DeploymentRecord.none(target));
                next = stores.deployments().begin(target, record.revision(), intents);
            }
            begun.put(
                    target,
                    next.orElseThrow(() -> new DeploymentOvertakenException(
                            ErrorContext.of(Operation.DELETE_NAMESPACES, target.clusterId())
                                    .withEnvironment(target.environmentId()))));
        });
        for (Part part : parts) {
            Objects.requireNonNull(begun.get(part.target())).objects().stream()
                    .filter(entry -> entry.object().resource().equals(ResourceRef.namespace(part.spot.name())))
                    .findFirst()
                    .ifPresent(entry -> part.trail = new ObjectTrail(entry));
        }
    }

    private void deleteOnClusters(TargetLocks locks, KeepReasons reasons, Set<Spot> absent) {
        Set<ClusterId> clusters = parts.stream().map(Part::cluster).collect(Collectors.toCollection(TreeSet::new));
        absent.forEach(spot -> clusters.add(spot.target().clusterId()));
        for (ClusterId cluster : clusters) {
            List<Part> here = parts.stream()
                    .filter(part -> part.cluster().equals(cluster))
                    .toList();
            List<Spot> absentHere = absent.stream()
                    .filter(spot -> spot.target().clusterId().equals(cluster))
                    .toList();
            List<Spot> spots = new ArrayList<>(absentHere);
            here.forEach(part -> spots.add(part.spot));
            queue.submit(
                    cluster,
                    gateway -> {
                        Map<String, io.fabric8.kubernetes.api.model.Namespace> live =
                                NamespaceLook.at(engine.clusters().with(gateway), cluster, spots);
                        return () -> looked(locks, reasons, here, absentHere, live);
                    },
                    failure -> () -> here.forEach(part -> ended(locks, reasons, part, new Outcome.Failed(failure))));
        }
        while (!queue.isIdle()) {
            step(queue, WATCH_NANOS);
        }
    }

    private void step(WorkQueue queue, long nanos) {
        try {
            queue.await(nanos);
        } catch (InterruptedException e) {
            // The flag stays clear until the end, so that the stores can still be told what became of the deletions.
            interrupted = true;
            mayNotSend = true;
            queue.interrupt();
        }
        if (engine.isClosed() && !mayNotSend) {
            mayNotSend = true;
            queue.interrupt();
        }
    }

    private void looked(
            TargetLocks locks,
            KeepReasons reasons,
            List<Part> here,
            List<Spot> absent,
            Map<String, io.fabric8.kubernetes.api.model.Namespace> live) {
        for (Spot spot : absent) {
            io.fabric8.kubernetes.api.model.Namespace found = live.get(spot.name());
            if (found == null) {
                removeRows(reasons.rows(spot), null);
            } else if (reasons.of(spot, found).isEmpty()) {
                createdSince(spot, found.getMetadata().getUid());
            }
        }
        for (Part part : here) {
            io.fabric8.kubernetes.api.model.Namespace first = live.get(part.spot.name());
            queue.submit(
                    part.cluster(),
                    gateway -> {
                        Outcome outcome = request(gateway, locks, reasons, part, first);
                        return () -> ended(locks, reasons, part, outcome);
                    },
                    failure -> () -> {
                        if (failure instanceof GatewayContractException) {
                            silent.putIfAbsent(part.cluster(), failure);
                            failed(part, failure);
                        }
                        ended(locks, reasons, part, new Outcome.Failed(failure));
                    });
        }
    }

    /** Nobody has read that this namespace would be deleted, so it stays, and the report says so. */
    private void createdSince(Spot spot, String uid) {
        plan.kept().stream()
                .filter(kept -> kept.target().equals(spot.target())
                        && kept.namespace().name().equals(spot.name()))
                .map(Kept::namespace)
                .findFirst()
                .ifPresent(namespace -> {
                    Part part = new Part(new Deletion(namespace, spot.target().clusterId(), uid));
                    part.end(new Outcome.Failed(
                            new PreconditionFailedException(context(part), "it was created since it was planned", null)
                                    .settled()));
                    parts.add(part);
                });
    }

    /** Judges again and deletes, on a worker. */
    private Outcome request(
            ClusterGateway gateway,
            TargetLocks locks,
            KeepReasons reasons,
            Part part,
            io.fabric8.kubernetes.api.model.@Nullable Namespace first) {
        ResourceRef resource = ResourceRef.namespace(part.spot.name());
        Backoff backoff = new Backoff(FIRST_PAUSE, LONGEST_PAUSE, settings.conflictLimit());
        io.fabric8.kubernetes.api.model.Namespace live = first;
        while (true) {
            Optional<Outcome> judged = judge(locks, reasons, part, live);
            if (judged.isPresent()) {
                return judged.get();
            }
            Objects.requireNonNull(live);
            try {
                DeleteResult result = gateway.delete(
                        part.cluster(),
                        resource,
                        DeleteOptions.of(
                                        live.getMetadata().getUid(),
                                        live.getMetadata().getResourceVersion())
                                .withMaySend(() -> maySend(locks, part)));
                moved(part);
                return result == DeleteResult.GONE ? new Outcome.Gone() : new Outcome.Terminating(List.of());
            } catch (PreconditionFailedException e) {
                failed(part, e);
                if (backoff.isOver()) {
                    return new Outcome.Failed(e);
                }
            } catch (OperationInterruptedException e) {
                failed(part, e);
                throw e;
            } catch (NamespaceException e) {
                failed(part, e);
                if (isSilence(e)) {
                    silent.putIfAbsent(part.cluster(), e);
                }
                return new Outcome.Failed(e);
            }
            backoff.pause(Duration.ZERO, context(part));
            live = (io.fabric8.kubernetes.api.model.Namespace)
                    gateway.find(part.cluster(), resource).orElse(null);
        }
    }

    /** Returns the outcome, or empty if the namespace is to be deleted. */
    private Optional<Outcome> judge(
            TargetLocks locks,
            KeepReasons reasons,
            Part part,
            io.fabric8.kubernetes.api.model.@Nullable Namespace live) {
        if (live == null) {
            return Optional.of(new Outcome.Gone());
        }
        if (!live.getMetadata().getUid().equals(part.deletion.uid())) {
            return refused(part, "another namespace has had its name since it was planned");
        }
        Optional<Reason> reason = reasons.of(part.spot, live);
        if (reason.isPresent()) {
            return refused(part, "it must be kept now: " + reason.get().text());
        }
        if (LiveNamespaces.isTerminating(live)) {
            moved(part);
            return Optional.of(new Outcome.Terminating(LiveNamespaces.deletionConditions(live)));
        }
        NamespaceException silence = silent.get(part.cluster());
        if (silence != null) {
            return Optional.of(new Outcome.Failed(silence));
        }
        return maySend(locks, part)
                ? Optional.empty()
                : Optional.of(new Outcome.Failed(
                        mayNotSend || engine.isClosed()
                                ? whyStopped()
                                : new LeaseLostException(context(part)).settled()));
    }

    private static Optional<Outcome> refused(Part part, String why) {
        return Optional.of(new Outcome.Failed(new PreconditionFailedException(context(part), why, null).settled()));
    }

    private boolean maySend(TargetLocks locks, Part part) {
        return locks.lease(part.target()).isHeld() && !mayNotSend && !engine.isClosed();
    }

    private static void moved(Part part) {
        if (part.trail != null) {
            part.trail.moved(Arrival.SETTLED);
            part.trail.identified(new ObjectIdentity(part.deletion.uid(), Origin.CREATED));
        }
    }

    private static void failed(Part part, RuntimeException failure) {
        if (part.trail != null) {
            part.trail.failed(failure);
        }
    }

    /** Returns whether the cluster as a whole does not answer, so that it is not asked for its other namespaces. */
    private static boolean isSilence(NamespaceException failure) {
        return failure instanceof ClusterTimeoutException
                || failure instanceof ClusterUnreachableException
                || failure instanceof GatewayContractException;
    }

    private void ended(TargetLocks locks, KeepReasons reasons, Part part, Outcome outcome) {
        if (part.isAnswered) {
            return;
        }
        part.end(outcome);
        if (outcome instanceof Outcome.Gone) {
            publishGone(part);
        }
        if (parts.stream().filter(other -> other.target().equals(part.target())).allMatch(other -> other.isAnswered)) {
            settle(part.target(), reasons);
            locks.release(part.target());
        }
    }

    private void stop(Throwable failure) {
        mayNotSend = true;
        queue.interrupt();
        queue.drain(failure);
    }

    private void failTheRest(NamespaceException cause) {
        parts.stream().filter(part -> !part.isAnswered).forEach(part -> part.end(new Outcome.Failed(cause)));
    }

    private void settleAll(KeepReasons reasons) {
        List.copyOf(begun.keySet()).forEach(target -> settle(target, reasons));
    }

    /** Stores what became of the requests, and removes the rows of what is gone already. */
    private void settle(Target target, KeepReasons reasons) {
        BegunDeployment deployment = begun.get(target);
        if (deployment == null || !settled.add(target)) {
            return;
        }
        List<Part> here =
                parts.stream().filter(part -> part.target().equals(target)).toList();
        List<ObjectResult> results = new ArrayList<>();
        here.stream()
                .flatMap(part -> Optional.ofNullable(part.trail).stream())
                .forEach(trail -> results.add(trail.result("")));
        try {
            stores.deployments().settle(deployment, results);
        } catch (NamespaceException e) {
            // The rows stay open, which is always safe.
            storeFailures.add(e);
        }
        here.stream()
                .filter(part -> part.outcome instanceof Outcome.Gone)
                .forEach(part -> removeRows(reasons.rows(part.spot), part));
        rowsOf.putAll(here.stream()
                .filter(part -> part.outcome instanceof Outcome.Terminating)
                .collect(Collectors.toMap(part -> part, part -> reasons.rows(part.spot), (one, other) -> one)));
    }

    /**
     * Removes the rows of a namespace that does not exist any more. Each row is removed only if nobody has begun
     * anything for its object since it was read under the lock. A row that is open stays until none of our creates can
     * arrive any more, with its nonce.
     *
     * @param part the deletion that has begun for the Namespace object, or null if the namespace was only looked at
     */
    private void removeRows(List<TargetObject> rows, @Nullable Part part) {
        if (rows.isEmpty()) {
            return;
        }
        Instant latest = settings.now().minus(settings.lateWriteLimit());
        Target target = rows.get(0).target();
        List<ObjectResult> results = new ArrayList<>();
        for (TargetObject row : rows) {
            ObjectTrail trail =
                    part == null || !row.resource().equals(ResourceRef.namespace(part.spot.name())) ? null : part.trail;
            ObjectResult own = trail == null ? null : trail.result("");
            if (own == null) {
                if (!row.open() || row.attemptedAt().isBefore(latest)) {
                    results.add(absent(row.resource(), row.attempt()));
                }
            } else if (!(own.state() instanceof ObjectResult.State.Open)) {
                results.add(absent(own.resource(), own.attempt()));
            }
        }
        BegunDeployment deployment = begun.getOrDefault(
                target, new BegunDeployment(target, 0, rows.get(0).attempt(), List.of()));
        try {
            stores.deployments().settle(deployment, results);
        } catch (NamespaceException e) {
            storeFailures.add(e);
        }
    }

    private static ObjectResult absent(ResourceRef resource, String attempt) {
        return new ObjectResult(resource, attempt, null, new ObjectResult.State.Absent());
    }

    /** Waits until everything is gone, without a lock. Each cluster is looked at in its own turn. */
    private void awaitEnd() {
        if (mayNotSend || terminating().isEmpty()) {
            return;
        }
        Waiting waiting = new Waiting();
        try {
            waiting.run();
        } catch (RuntimeException | Error e) {
            waiting.looks.interrupt();
            waiting.looks.drain(e);
            throw e;
        }
        waiting.looks.interrupt();
        waiting.looks.drain();
    }

    private Collection<Part> terminating() {
        return parts.stream()
                .filter(part -> part.outcome instanceof Outcome.Terminating)
                .toList();
    }

    /** The looks at clusters where something is terminating. */
    private final class Waiting {

        private final WorkQueue looks = new WorkQueue(engine, null, cluster -> whyStopped());
        private final Backoff backoff = new Backoff(FIRST_POLL, LONGEST_POLL, wait);
        private final Map<ClusterId, Long> nextLook = new HashMap<>();
        private final Map<ClusterId, Integer> lookedAt = new HashMap<>();

        void run() {
            while (!terminating().isEmpty() && !mayNotSend) {
                Set<ClusterId> clusters =
                        terminating().stream().map(Part::cluster).collect(Collectors.toCollection(TreeSet::new));
                boolean isOver = backoff.isOver();
                if (isOver && clusters.stream().allMatch(cluster -> lookedAt.getOrDefault(cluster, 0) > 0)) {
                    return;
                }
                for (ClusterId cluster : clusters) {
                    boolean isFirst = !nextLook.containsKey(cluster);
                    boolean isDue = isFirst
                            || (!isOver && Objects.requireNonNull(nextLook.get(cluster)) - System.nanoTime() <= 0);
                    if (isDue && looks.isIdle(cluster)) {
                        nextLook.put(cluster, System.nanoTime() + backoff.next().toNanos());
                        look(cluster);
                    }
                }
                step(looks, Math.max(1, Math.min(WATCH_NANOS, nanosUntilNextLook(clusters))));
            }
        }

        private long nanosUntilNextLook(Set<ClusterId> clusters) {
            long now = System.nanoTime();
            return clusters.stream()
                    .filter(looks::isIdle)
                    .mapToLong(cluster -> Objects.requireNonNull(nextLook.get(cluster)) - now)
                    .reduce(WATCH_NANOS, Math::min);
        }

        private void look(ClusterId cluster) {
            List<Spot> spots = terminating().stream()
                    .filter(part -> part.cluster().equals(cluster))
                    .map(part -> part.spot)
                    .toList();
            looks.submit(
                    cluster,
                    gateway -> {
                        Map<String, io.fabric8.kubernetes.api.model.Namespace> live =
                                NamespaceLook.at(engine.clusters().with(gateway), cluster, spots);
                        return () -> seen(cluster, live);
                    },
                    failure -> () -> notSeen(cluster, failure));
        }

        private void seen(ClusterId cluster, Map<String, io.fabric8.kubernetes.api.model.Namespace> live) {
            lookedAt.merge(cluster, 1, Integer::sum);
            for (Part part : terminating()) {
                if (!part.cluster().equals(cluster)) {
                    continue;
                }
                io.fabric8.kubernetes.api.model.Namespace found = live.get(part.spot.name());
                if (found == null || !found.getMetadata().getUid().equals(part.deletion.uid())) {
                    part.outcome = new Outcome.Gone();
                    publishGone(part);
                    removeRows(rowsOf.getOrDefault(part, List.of()), part);
                } else {
                    List<DeletionCondition> conditions = LiveNamespaces.deletionConditions(found);
                    if (!conditions.equals(((Outcome.Terminating) part.outcome).conditions())) {
                        namespace(part)
                                .ifPresent(namespace -> engine.events()
                                        .publish(new LifecycleEvent.NamespaceTerminating(
                                                cluster, namespace, conditions)));
                    }
                    part.outcome = new Outcome.Terminating(conditions);
                }
            }
        }

        /** The deletion was accepted and continues; a failed look says nothing about it. */
        private void notSeen(ClusterId cluster, NamespaceException failure) {
            lookedAt.merge(cluster, 1, Integer::sum);
            if (failure instanceof OperationInterruptedException || failure instanceof LifecycleClosedException) {
                return;
            }
            if (!failure.isRetryable()) {
                terminating().stream()
                        .filter(part -> part.cluster().equals(cluster))
                        .forEach(part -> part.outcome = new Outcome.Failed(failure));
            }
            failure.retryAfter()
                    .ifPresent(after -> nextLook.merge(
                            cluster, System.nanoTime() + TimeUnit.NANOSECONDS.convert(after), Math::max));
        }
    }

    private void publishGone(Part part) {
        namespace(part)
                .ifPresent(namespace ->
                        engine.events().publish(new LifecycleEvent.NamespaceDeleted(part.cluster(), namespace)));
    }

    private Optional<Namespace> namespace(Part part) {
        return Optional.ofNullable(stored.get(part.deletion.namespace().id()));
    }

    private static ErrorContext context(Part part) {
        return ErrorContext.of(Operation.DELETE, part.cluster(), ResourceRef.namespace(part.spot.name()))
                .withEnvironment(part.target().environmentId());
    }
}
