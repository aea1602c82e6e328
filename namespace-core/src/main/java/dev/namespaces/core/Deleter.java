package dev.namespaces.core;

import dev.namespaces.core.delete.DeletionIncompleteException;
import dev.namespaces.core.delete.DeletionPlan;
import dev.namespaces.core.delete.DeletionPlan.Deletion;
import dev.namespaces.core.delete.DeletionPlan.Kept;
import dev.namespaces.core.delete.DeletionPlan.Reason;
import dev.namespaces.core.delete.DeletionPlanUnusableException;
import dev.namespaces.core.delete.DeletionReport;
import dev.namespaces.core.delete.DeletionReport.Outcome;
import dev.namespaces.core.delete.DeletionReport.Result;
import dev.namespaces.core.render.LabelScheme;
import dev.namespaces.error.DeploymentInProgressException;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.LeaseLostException;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.Operation;
import dev.namespaces.error.OperationInterruptedException;
import dev.namespaces.error.PreconditionFailedException;
import dev.namespaces.error.UnknownEnvironmentException;
import dev.namespaces.error.UnknownNamespaceException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.DeletionCondition;
import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.NamespaceId;
import dev.namespaces.model.Origin;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.model.Target;
import dev.namespaces.spi.ClusterGateway;
import dev.namespaces.spi.DeleteOptions;
import dev.namespaces.spi.DeleteResult;
import dev.namespaces.spi.DeploymentLock.Lease;
import dev.namespaces.spi.LifecycleEvent;
import dev.namespaces.spi.Stores;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Deletes what we created, after a plan, and nothing else. */
final class Deleter {

    private static final Duration PLAN_IS_GOOD_FOR = Duration.ofMinutes(15);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(20);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);
    private static final Duration POLL_INTERVAL = Duration.ofMillis(500);

    private final Engine engine;
    private final Settings settings;
    private final Stores stores;
    private final ClusterGateway gateway;

    Deleter(Engine engine) {
        this.engine = engine;
        this.settings = engine.settings();
        this.stores = engine.stores().stores();
        this.gateway = new WatchedGateway(engine.clusters().gateway(), null);
    }

    DeletionPlan plan(Collection<NamespaceId> ids) {
        List<Namespace> namespaces = new ArrayList<>();
        List<Deletion> deletions = new ArrayList<>();
        List<Kept> kept = new ArrayList<>();
        for (NamespaceId id : new LinkedHashSet<>(ids)) {
            Namespace namespace = stores.namespaces().findByIds(List.of(id)).stream()
                    .findFirst()
                    .orElseThrow(() -> new UnknownNamespaceException(ErrorContext.of(Operation.PLAN_DELETION), id));
            namespaces.add(namespace);
            Environment environment = environment(namespace.environmentId());
            for (ClusterId cluster : environment.clusters()) {
                Optional<HasMetadata> live = gateway.find(cluster, ResourceRef.namespace(namespace.name()));
                Optional<Reason> reason = reasonToKeep(namespace, cluster, live);
                reason.ifPresent(why -> kept.add(new Kept(namespace, cluster, why)));
                if (reason.isEmpty()) {
                    deletions.add(new Deletion(
                            namespace, cluster, live.orElseThrow().getMetadata().getUid()));
                }
            }
        }
        return new DeletionPlan(namespaces, deletions, kept, settings.now().plus(PLAN_IS_GOOD_FOR));
    }

    DeletionReport delete(DeletionPlan plan, Duration wait) {
        // Before anything is deleted; a wait that is no number of nanoseconds lasts as long as they can say.
        long waitNanos = TimeUnit.NANOSECONDS.convert(wait);
        engine.requireNoHostTransaction(ErrorContext.of(Operation.DELETE_NAMESPACES));
        requireNotExpired(plan);
        Map<Target, Lease> leases = new TreeMap<>();
        try {
            acquire(plan, leases);
            requireNotExpired(plan);
            plan.kept().forEach(kept -> requireStillNotOurs(kept, plan));
            // Last, so that a plan that came to nothing can be tried again.
            if (!plan.take()) {
                throw new DeletionPlanUnusableException("the plan was used before", plan.expiresAt());
            }
            // First of all, so that nobody's deployment makes again what is being deleted.
            plan.namespaces().stream().filter(Namespace::isLive).forEach(this::softDelete);
            leases.keySet().forEach(stores.deployments()::forget);
            DeletionReport report = delete(plan, waitNanos, leases);
            if (!report.isComplete()) {
                throw new DeletionIncompleteException(ErrorContext.of(Operation.DELETE_NAMESPACES), report);
            }
            return report;
        } finally {
            leases.values().forEach(Lease::close);
        }
    }

    private static Target target(Deletion deletion) {
        return new Target(deletion.namespace().environmentId(), deletion.cluster());
    }

    private static Target target(Kept kept) {
        return new Target(kept.namespace().environmentId(), kept.cluster());
    }

    private void acquire(DeletionPlan plan, Map<Target, Lease> leases) {
        // Where there is none, a deployment that is under way may be about to make it.
        Stream<Target> targets = Stream.concat(
                plan.deletions().stream().map(deletion -> target(deletion)),
                plan.kept().stream().filter(Deleter::mayComeBack).map(kept -> target(kept)));
        for (Target target : targets.distinct().sorted().toList()) {
            leases.put(target, acquire(target));
        }
    }

    private Lease acquire(Target target) {
        Backoff backoff = new Backoff(FIRST_PAUSE, LONGEST_PAUSE, settings.lockWait());
        ErrorContext context = ErrorContext.of(Operation.DELETE_NAMESPACES, target.clusterId())
                .withEnvironment(target.environmentId());
        while (true) {
            Optional<Lease> lease = stores.deploymentLock().tryAcquire(target);
            if (lease.isPresent()) {
                return lease.get();
            }
            if (backoff.isOver()) {
                throw new DeploymentInProgressException(context, settings.lockWait());
            }
            backoff.pause(Duration.ZERO, context);
        }
    }

    private static boolean mayComeBack(Kept kept) {
        return kept.reason() == Reason.ABSENT || kept.reason() == Reason.TERMINATING;
    }

    private void requireStillNotOurs(Kept kept, DeletionPlan plan) {
        if (!mayComeBack(kept)) {
            return;
        }
        Optional<HasMetadata> live = gateway.find(
                kept.cluster(), ResourceRef.namespace(kept.namespace().name()));
        if (reasonToKeep(kept.namespace(), kept.cluster(), live).isEmpty()) {
            throw new DeletionPlanUnusableException(
                    "namespace " + kept.namespace().name() + " was made on cluster " + kept.cluster()
                            + " since it was planned",
                    plan.expiresAt());
        }
    }

    private void requireNotExpired(DeletionPlan plan) {
        if (!settings.now().isBefore(plan.expiresAt())) {
            throw new DeletionPlanUnusableException("the plan expired at " + plan.expiresAt(), plan.expiresAt());
        }
    }

    private void softDelete(Namespace namespace) {
        try {
            stores.namespaces().update(List.of(namespace.deleted(settings.now())));
        } catch (UnknownNamespaceException e) {
            // Somebody else has soft-deleted it since it was planned, which is what is wanted.
        }
    }

    private DeletionReport delete(DeletionPlan plan, long waitNanos, Map<Target, Lease> leases) {
        Map<Deletion, Outcome> outcomes = new LinkedHashMap<>();
        for (Deletion deletion : plan.deletions()) {
            outcomes.put(deletion, request(deletion, Objects.requireNonNull(leases.get(target(deletion)))));
        }
        long deadline = System.nanoTime() + waitNanos;
        Map<ClusterId, Long> quietUntil = new HashMap<>();
        while (isAnyTerminating(outcomes)) {
            quietUntil.values().removeIf(until -> until - System.nanoTime() <= 0);
            // One that hangs would otherwise use the wait up once for each of its namespaces.
            Set<ClusterId> silent = new HashSet<>(quietUntil.keySet());
            outcomes.replaceAll((deletion, outcome) ->
                    outcome instanceof Outcome.Terminating before && !silent.contains(deletion.cluster())
                            ? look(deletion, before, silent, quietUntil)
                            : outcome);
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                break;
            }
            if (isAnyTerminating(outcomes)) {
                pause(Math.min(left, POLL_INTERVAL.toNanos()));
            }
        }
        return new DeletionReport(outcomes.entrySet().stream()
                .map(entry -> new Result(entry.getKey(), entry.getValue()))
                .toList());
    }

    /** Looks just before each delete, because the plan may be old, and binds the delete to what it saw. */
    private Outcome request(Deletion deletion, Lease lease) {
        ResourceRef resource = ResourceRef.namespace(deletion.namespace().name());
        Backoff backoff = new Backoff(FIRST_PAUSE, LONGEST_PAUSE, settings.conflictLimit());
        while (true) {
            try {
                Optional<HasMetadata> live = gateway.find(deletion.cluster(), resource);
                if (live.isEmpty()) {
                    return gone(deletion);
                }
                Optional<Reason> reason = reasonToKeep(deletion.namespace(), deletion.cluster(), live);
                if (reason.isPresent() && reason.get() != Reason.TERMINATING) {
                    return new Outcome.Failed(new PreconditionFailedException(
                            context(deletion),
                            "since it was planned " + new Kept(deletion.namespace(), deletion.cluster(), reason.get()),
                            null));
                }
                String uid = live.get().getMetadata().getUid();
                if (!uid.equals(deletion.uid())) {
                    return new Outcome.Failed(new PreconditionFailedException(
                            context(deletion), "another namespace has had its name since it was planned", null));
                }
                if (!lease.isHeld()) {
                    return new Outcome.Failed(new LeaseLostException(context(deletion)));
                }
                DeleteResult result = gateway.delete(
                        deletion.cluster(),
                        resource,
                        DeleteOptions.of(uid, live.get().getMetadata().getResourceVersion())
                                .withMaySend(() -> lease.isHeld() && !engine.isClosed()));
                return result == DeleteResult.GONE ? gone(deletion) : new Outcome.Terminating(List.of());
            } catch (OperationInterruptedException e) {
                throw e;
            } catch (PreconditionFailedException e) {
                if (backoff.isOver()) {
                    return new Outcome.Failed(e);
                }
                backoff.pause(Duration.ZERO, context(deletion));
            } catch (NamespaceException e) {
                return new Outcome.Failed(e);
            }
        }
    }

    private Outcome look(
            Deletion deletion, Outcome.Terminating before, Set<ClusterId> silent, Map<ClusterId, Long> quietUntil) {
        try {
            Optional<HasMetadata> live = gateway.find(
                            deletion.cluster(),
                            ResourceRef.namespace(deletion.namespace().name()))
                    .filter(found -> deletion.uid().equals(found.getMetadata().getUid()));
            if (live.isEmpty()) {
                return gone(deletion);
            }
            List<DeletionCondition> conditions =
                    LiveNamespaces.deletionConditions((io.fabric8.kubernetes.api.model.Namespace) live.get());
            if (!conditions.equals(before.conditions())) {
                engine.events()
                        .publish(new LifecycleEvent.NamespaceTerminating(
                                deletion.cluster(), deletion.namespace(), conditions));
            }
            return new Outcome.Terminating(conditions);
        } catch (OperationInterruptedException e) {
            throw e;
        } catch (NamespaceException e) {
            if (!e.isRetryable()) {
                return new Outcome.Failed(e);
            }
            // The deletion was accepted and goes on; not seeing it for once says nothing of it.
            silent.add(deletion.cluster());
            e.retryAfter()
                    .ifPresent(wait ->
                            quietUntil.put(deletion.cluster(), System.nanoTime() + TimeUnit.NANOSECONDS.convert(wait)));
            return before;
        }
    }

    private Outcome gone(Deletion deletion) {
        engine.events().publish(new LifecycleEvent.NamespaceDeleted(deletion.cluster(), deletion.namespace()));
        return new Outcome.Gone();
    }

    /** Why the namespace on the cluster must not be deleted, or empty where it was provably made by us for this one. */
    private Optional<Reason> reasonToKeep(Namespace namespace, ClusterId cluster, Optional<HasMetadata> found) {
        if (settings.protectedNames().contains(namespace.name())) {
            return Optional.of(Reason.PROTECTED);
        }
        if (found.isEmpty()) {
            return Optional.of(Reason.ABSENT);
        }
        HasMetadata live = found.get();
        LabelScheme scheme = settings.scheme();
        if (!has(live, scheme.environmentKey(), namespace.environmentId().value())) {
            return Optional.of(Reason.FOREIGN);
        }
        if (!isProvenToBeCreatedByUs(namespace, cluster, live)) {
            return Optional.of(Reason.ADOPTED);
        }
        if (!has(live, scheme.namespaceIdKey(), namespace.id().value())) {
            return Optional.of(Reason.REPLACED);
        }
        if (isClaimedByOther(namespace, cluster)) {
            return Optional.of(Reason.SHARED);
        }
        return LiveNamespaces.isTerminating(live) ? Optional.of(Reason.TERMINATING) : Optional.empty();
    }

    private boolean isProvenToBeCreatedByUs(Namespace namespace, ClusterId cluster, HasMetadata live) {
        Target target = new Target(namespace.environmentId(), cluster);
        ResourceRef resource = ResourceRef.namespace(namespace.name());
        return engine.stores().objects(target, namespace.name()).stream()
                .filter(row -> row.resource().equals(resource))
                .map(row -> Standing.of(
                        (io.fabric8.kubernetes.api.model.Namespace) live,
                        row,
                        namespace.environmentId(),
                        settings.scheme()))
                .anyMatch(standing -> (standing instanceof Standing.Ours ours && ours.origin() == Origin.CREATED)
                        || (standing instanceof Standing.Terminating && isRecorded(target, resource, live)));
    }

    private boolean isRecorded(Target target, ResourceRef resource, HasMetadata live) {
        return engine.stores().objects(target, resource.name()).stream()
                .filter(row -> row.resource().equals(resource))
                .anyMatch(row -> row.identity() != null
                        && row.identity().origin() == Origin.CREATED
                        && row.identity().uid().equals(live.getMetadata().getUid()));
    }

    private boolean isClaimedByOther(Namespace namespace, ClusterId cluster) {
        List<EnvironmentId> others = stores.namespaces().findByNames(List.of(namespace.name())).stream()
                .filter(other -> !other.id().equals(namespace.id()))
                .map(Namespace::environmentId)
                .distinct()
                .toList();
        return !others.isEmpty()
                && stores.environments().findByIds(others).stream()
                        .anyMatch(other -> other.clusters().contains(cluster));
    }

    private Environment environment(EnvironmentId id) {
        return stores.environments().findByIds(List.of(id)).stream()
                .findFirst()
                .orElseThrow(() ->
                        new UnknownEnvironmentException(ErrorContext.of(Operation.PLAN_DELETION, id), List.of(id)));
    }

    private static boolean has(HasMetadata live, String key, String value) {
        return LiveNamespaces.label(live, key).filter(value::equals).isPresent();
    }

    private static boolean isAnyTerminating(Map<Deletion, Outcome> outcomes) {
        return outcomes.values().stream().anyMatch(Outcome.Terminating.class::isInstance);
    }

    private static ErrorContext context(Deletion deletion) {
        return ErrorContext.of(
                        Operation.DELETE,
                        deletion.cluster(),
                        ResourceRef.namespace(deletion.namespace().name()))
                .withEnvironment(deletion.namespace().environmentId());
    }

    private static void pause(long nanos) {
        try {
            TimeUnit.NANOSECONDS.sleep(nanos);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new OperationInterruptedException(ErrorContext.of(Operation.AWAIT_DELETION), e);
        }
    }
}
