package dev.namespaces.core;

import dev.namespaces.core.NamespaceLook.Spot;
import dev.namespaces.core.delete.DeletionReport.Outcome;
import dev.namespaces.error.DeploymentOvertakenException;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.Operation;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.DeploymentRecord;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.model.Target;
import dev.namespaces.model.TargetObject;
import dev.namespaces.model.WrittenKeys;
import dev.namespaces.spi.BegunDeployment;
import dev.namespaces.spi.DeploymentStore;
import dev.namespaces.spi.ObjectIntent;
import dev.namespaces.spi.ObjectResult;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Writes the rows of the objects of a deletion: opens them before the first request, settles them afterwards, and
 * removes them once the objects do not exist any more. Only the caller's thread uses it.
 */
final class DeletionRecords {

    private static final int MAX_ROUNDS = 3;

    private final Engine engine;
    private final DeploymentStore store;
    private final KeepReasons reasons;
    private final Map<Target, BegunDeployment> begun = new TreeMap<>();
    private final Set<Target> settled = new HashSet<>();
    private final List<NamespaceException> failures = new ArrayList<>();

    /** @param reasons holds the rows as they were read under the locks */
    DeletionRecords(Engine engine, KeepReasons reasons) {
        this.engine = engine;
        this.store = engine.stores().stores().deployments();
        this.reasons = reasons;
    }

    /** Returns the failures of the store after the first request for a deletion was sent. */
    List<NamespaceException> failures() {
        return failures;
    }

    /** Opens the rows, so that the next deployment moves the version of an object that a late delete could reach. */
    void begin(Collection<DeletionPart> parts) {
        Map<EnvironmentId, Map<ClusterId, DeploymentRecord>> records = new HashMap<>();
        parts.stream()
                .collect(Collectors.groupingBy(DeletionPart::target, TreeMap::new, Collectors.toList()))
                .forEach((target, here) -> begin(
                        target,
                        records.computeIfAbsent(target.environmentId(), engine.stores()::records),
                        intents(here)));
        for (DeletionPart part : parts) {
            Objects.requireNonNull(begun.get(part.target())).objects().stream()
                    .filter(entry -> entry.object().resource().equals(part.resource()))
                    .findFirst()
                    .ifPresent(part::begun);
        }
    }

    private void begin(Target target, Map<ClusterId, DeploymentRecord> known, List<ObjectIntent> intents) {
        Map<ClusterId, DeploymentRecord> records = known;
        for (int round = 1; round <= MAX_ROUNDS; round++) {
            DeploymentRecord record = records.getOrDefault(target.clusterId(), DeploymentRecord.none(target));
            Optional<BegunDeployment> next = store.begin(target, record.revision(), intents);
            if (next.isPresent()) {
                begun.put(target, next.get());
                return;
            }
            records = engine.stores().records(target.environmentId());
        }
        throw new DeploymentOvertakenException(ErrorContext.of(Operation.DELETE_NAMESPACES, target.clusterId())
                .withEnvironment(target.environmentId()));
    }

    private List<ObjectIntent> intents(List<DeletionPart> parts) {
        return parts.stream()
                .map(DeletionPart::spot)
                .distinct()
                .flatMap(spot -> Optional.ofNullable(reasons.row(spot)).stream())
                .map(row -> new ObjectIntent(row.resource(), row.namespaceId(), WrittenKeys.none(), false))
                .toList();
    }

    /** Settles the rows of a target once, and removes the rows of namespaces that do not exist any more. */
    void settle(Target target, Collection<DeletionPart> here) {
        BegunDeployment deployment = begun.get(target);
        if (deployment == null || !settled.add(target)) {
            return;
        }
        // If the store fails, the rows stay open, which is always safe.
        settle(
                deployment,
                here.stream()
                        .flatMap(part -> Optional.ofNullable(part.trail()).stream())
                        .map(trail -> trail.result(""))
                        .toList());
        here.stream().filter(part -> part.outcome() instanceof Outcome.Gone).forEach(this::removeRows);
    }

    /** Removes the rows of a namespace that was deleted and does not exist any more. */
    void removeRows(DeletionPart part) {
        removeRows(part.spot(), part.trail());
    }

    /** Removes the rows of a namespace that does not exist, and for which no request was sent. */
    void removeRowsOfAbsent(Spot spot) {
        removeRows(spot, null);
    }

    /**
     * Removes the rows of a namespace that does not exist any more. Each row is removed only if no deployment has begun
     * for its object since the row was read under the lock. An open row stays, with its nonce, until none of our
     * creates can arrive any more.
     */
    private void removeRows(Spot spot, @Nullable ObjectTrail trail) {
        Instant latest = engine.settings().now().minus(engine.settings().lateWriteLimit());
        ObjectResult own = trail == null ? null : trail.result("");
        List<ObjectResult> results = new ArrayList<>();
        for (TargetObject row : reasons.rows(spot)) {
            if (own != null && row.resource().equals(ResourceRef.namespace(spot.name()))) {
                if (!(own.state() instanceof ObjectResult.State.Open)) {
                    results.add(absent(row.resource(), own.attempt()));
                }
            } else if (!row.open() || row.attemptedAt().isBefore(latest)) {
                results.add(absent(row.resource(), row.attempt()));
            }
        }
        settle(spot.target(), results);
    }

    /** Removes the rows of a namespace whose cluster does not exist any more, so no request can arrive there. */
    void removeRowsOfLost(Spot spot) {
        settle(
                spot.target(),
                reasons.rows(spot).stream()
                        .map(row -> absent(row.resource(), row.attempt()))
                        .toList());
    }

    private void settle(Target target, List<ObjectResult> results) {
        if (!results.isEmpty()) {
            settle(
                    begun.getOrDefault(
                            target,
                            new BegunDeployment(target, 0, results.get(0).attempt(), List.of())),
                    results);
        }
    }

    private void settle(BegunDeployment deployment, List<ObjectResult> results) {
        try {
            store.settle(deployment, results);
        } catch (NamespaceException e) {
            failures.add(e);
        }
    }

    private static ObjectResult absent(ResourceRef resource, String attempt) {
        return new ObjectResult(resource, attempt, null, new ObjectResult.State.Absent());
    }
}
