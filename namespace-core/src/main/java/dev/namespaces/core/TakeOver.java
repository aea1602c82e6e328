package dev.namespaces.core;

import dev.namespaces.core.NamespaceLook.Spot;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.Operation;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.Environment;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.NamespaceId;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.model.Target;
import dev.namespaces.spi.RecordedUid;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Takes namespaces over from other environments of this installation, before the deployment that asked for it. The rows
 * of the objects move under the locks of both targets, so that the origin stays what it was. They are open afterwards,
 * so the deployment that follows moves the version of every object, and a late write of the former owner is refused.
 *
 * <p>A namespace that our records do not know is not moved; the deployment adopts it.
 */
final class TakeOver {

    private final Engine engine;
    private final Environment environment;

    TakeOver(Engine engine, Environment environment) {
        this.engine = engine;
        this.environment = environment;
    }

    private record Move(Target from, Target to, String name, NamespaceId receiver) {}

    /**
     * Moves the records of the namespaces of these names on all clusters of the environment. A cluster that does not
     * answer is left out; the deployment says why.
     *
     * @throws dev.namespaces.error.DeploymentInProgressException if a lock is not free in time; nothing is moved then
     */
    void moveRecords(Set<String> names) {
        if (names.isEmpty()) {
            return;
        }
        engine.requireNoHostTransaction(ErrorContext.of(Operation.TAKE_OVER, environment.id()));
        engine.enter(Operation.TAKE_OVER);
        try {
            Collection<Move> moves = moves(names);
            if (moves.isEmpty()) {
                return;
            }
            Set<Target> targets = new TreeSet<>();
            moves.forEach(move -> {
                targets.add(move.from());
                targets.add(move.to());
            });
            try (TargetLocks locks = TargetLocks.acquire(engine, targets, Operation.TAKE_OVER)) {
                // The former owner may have released or deleted a namespace while its lock was waited for.
                moves(names).stream()
                        .filter(move -> locks.areHeld(move.from(), move.to()))
                        .forEach(move -> engine.stores()
                                .stores()
                                .targetObjects()
                                .move(move.from(), move.to(), move.name(), move.receiver()));
            }
            moves.forEach(move -> engine.memory().forget(move.from().environmentId()));
        } finally {
            engine.leave();
        }
    }

    private Collection<Move> moves(Set<String> names) {
        Map<String, NamespaceId> receivers = new HashMap<>();
        for (Namespace namespace :
                engine.stores().stores().namespaces().findByEnvironments(List.of(environment.id()))) {
            if (names.contains(namespace.name())) {
                receivers.put(namespace.name(), namespace.id());
            }
        }
        if (receivers.isEmpty()) {
            return List.of();
        }
        Map<ClusterId, Function<ClusterSide, Set<String>>> questions = new TreeMap<>();
        for (ClusterId cluster : environment.clusters()) {
            List<Spot> spots = receivers.keySet().stream()
                    .map(name -> new Spot(new Target(environment.id(), cluster), name))
                    .toList();
            questions.put(
                    cluster,
                    side -> NamespaceLook.at(side, cluster, spots).values().stream()
                            .map(live -> live.getMetadata().getUid())
                            .collect(Collectors.toSet()));
        }
        List<Move> moves = new ArrayList<>();
        ClusterAnswers.of(engine, Operation.TAKE_OVER, questions).answers().forEach((cluster, uids) -> {
            Target to = new Target(environment.id(), cluster);
            engine.stores().stores().targetObjects().findByUids(cluster, uids).stream()
                    .filter(recorded -> isOfAnother(recorded, to))
                    .forEach(recorded -> moves.add(new Move(
                            Objects.requireNonNull(recorded.target()),
                            to,
                            recorded.resource().name(),
                            Objects.requireNonNull(
                                    receivers.get(recorded.resource().name())))));
        });
        return moves;
    }

    private static boolean isOfAnother(RecordedUid recorded, Target to) {
        return recorded.target() != null
                && !recorded.target().equals(to)
                && recorded.resource()
                        .equals(ResourceRef.namespace(recorded.resource().name()));
    }
}
