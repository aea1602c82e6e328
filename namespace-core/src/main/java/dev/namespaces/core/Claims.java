package dev.namespaces.core;

import dev.namespaces.error.NamespaceException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.model.Target;
import dev.namespaces.spi.LifecycleEvent;
import dev.namespaces.spi.RecordedUid;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** Finds the environment that claims a namespace on a cluster. */
final class Claims {

    /** The oldest row first. Rows of one moment are ordered by id, so that every replica decides alike. */
    private static final Comparator<Claim> OLDEST_FIRST = Comparator.comparing(
                    (Claim claim) -> claim.namespace().createdAt())
            .thenComparing(claim -> claim.namespace().id());

    private final Engine engine;

    Claims(Engine engine) {
        this.engine = engine;
    }

    /** A live row of the namespace's name, and its environment, which has the cluster. */
    record Claim(Environment environment, Namespace namespace) {}

    /** The environment that is meant could not be found out. */
    static final class UndecidedException extends Exception {

        private static final long serialVersionUID = 1;

        private final transient Claim oldest;
        private final NamespaceException failure;

        private UndecidedException(Claim oldest, NamespaceException failure) {
            super(failure);
            this.oldest = oldest;
            this.failure = failure;
        }

        Claim oldest() {
            return oldest;
        }

        NamespaceException failure() {
            return failure;
        }
    }

    /**
     * Returns the claim on the namespace, or empty if there is none. It takes two store calls, unless several
     * environments claim the namespace: then the cluster is asked which of them has it.
     *
     * @throws UndecidedException if several environments claim it, and the cluster does not answer
     */
    Optional<Claim> find(InitializerMemory.ClusterNamespace key) throws UndecidedException {
        Map<EnvironmentId, Namespace> rows = new HashMap<>();
        engine.stores()
                .stores()
                .namespaces()
                .findByNames(List.of(key.namespace()))
                .forEach(row -> rows.put(row.environmentId(), row));
        if (rows.isEmpty()) {
            return Optional.empty();
        }
        List<Claim> claims = new ArrayList<>();
        for (Environment environment : engine.stores().stores().environments().findByIds(rows.keySet())) {
            if (environment.clusters().contains(key.cluster())) {
                claims.add(new Claim(environment, Objects.requireNonNull(rows.get(environment.id()))));
            }
        }
        if (claims.size() < 2) {
            return claims.stream().findFirst();
        }
        claims.sort(OLDEST_FIRST);
        return Optional.of(decide(key, claims));
    }

    /**
     * The record of its UID says whose it is. If it is absent, or nobody has recorded it, the oldest row's is meant.
     */
    private Claim decide(InitializerMemory.ClusterNamespace key, List<Claim> claims) throws UndecidedException {
        Claim meant = owner(key, claims).orElse(claims.get(0));
        if (engine.memory().isNewDispute(key)) {
            engine.events()
                    .publish(new LifecycleEvent.NamespaceClaimedTwice(
                            key.cluster(),
                            key.namespace(),
                            claims.stream()
                                    .map(claim -> claim.environment().id())
                                    .toList(),
                            meant.environment().id()));
        }
        return meant;
    }

    private Optional<Claim> owner(InitializerMemory.ClusterNamespace key, List<Claim> claims)
            throws UndecidedException {
        Optional<HasMetadata> live = live(key, claims.get(0));
        if (live.isEmpty()) {
            return Optional.empty();
        }
        List<RecordedUid> recorded = engine.stores()
                .stores()
                .targetObjects()
                .findByUids(key.cluster(), List.of(live.get().getMetadata().getUid()));
        return claims.stream()
                .filter(claim -> isRecorded(recorded, claim.environment().id(), key.cluster()))
                .findFirst();
    }

    private Optional<HasMetadata> live(InitializerMemory.ClusterNamespace key, Claim oldest) throws UndecidedException {
        try {
            return new WatchedGateway(engine.clusters().gateway(), null)
                    .find(key.cluster(), ResourceRef.namespace(key.namespace()));
        } catch (NamespaceException e) {
            throw new UndecidedException(oldest, e);
        }
    }

    private static boolean isRecorded(List<RecordedUid> recorded, EnvironmentId environmentId, ClusterId cluster) {
        Target target = new Target(environmentId, cluster);
        return recorded.stream().anyMatch(each -> target.equals(each.target()));
    }
}
