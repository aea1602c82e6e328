package dev.namespaces.testkit;

import dev.namespaces.error.EgressPolicyIdTakenException;
import dev.namespaces.error.EgressPolicyOwnerTakenException;
import dev.namespaces.error.StaleEgressPolicyException;
import dev.namespaces.model.EgressPolicy;
import dev.namespaces.model.EgressPolicyId;
import dev.namespaces.model.EgressPolicyOwner;
import dev.namespaces.spi.EgressPolicyStore;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** An {@link EgressPolicyStore} that keeps everything in memory. Safe to use from many threads at once. */
public final class InMemoryEgressPolicyStore implements EgressPolicyStore {

    private final Map<EgressPolicyId, EgressPolicy> byId = new HashMap<>();
    private final HostTransaction transaction;

    /** Creates an empty store. */
    public InMemoryEgressPolicyStore() {
        this(new HostTransaction());
    }

    InMemoryEgressPolicyStore(HostTransaction transaction) {
        this.transaction = transaction;
    }

    /**
     * Adds the policy as it is, live or soft-deleted, or replaces the one of that id. It replaces the version before
     * {@link EgressPolicy#version()} only. A refused policy is not stored.
     *
     * @return the policy as it is stored
     * @throws StaleEgressPolicyException if the version in the store is another one
     * @throws EgressPolicyOwnerTakenException if the policy is live and its owner has another live policy
     * @throws EgressPolicyIdTakenException if the policy of that id belongs to another owner
     */
    public synchronized EgressPolicy save(EgressPolicy policy) {
        EgressPolicy current = byId.get(policy.id());
        if (current != null && !current.owner().equals(policy.owner())) {
            throw new EgressPolicyIdTakenException(policy.id(), policy.owner());
        }
        if (current != null && current.version() != policy.version() - 1) {
            throw new StaleEgressPolicyException(policy.id(), policy.version() - 1, current.version());
        }
        if (policy.isLive()
                && newest(policy.owner())
                        .filter(newest -> newest.isLive() && !newest.id().equals(policy.id()))
                        .isPresent()) {
            throw new EgressPolicyOwnerTakenException(policy.id(), policy.owner(), null);
        }
        return put(policy, policy.version(), policy.deletedAt());
    }

    /**
     * Marks a live policy as deleted and raises its version. The store returns it until its owner has a live one again.
     *
     * @return whether it was live until now
     */
    public synchronized boolean softDelete(EgressPolicyId id, Instant deletedAt) {
        Objects.requireNonNull(deletedAt, "deletedAt");
        EgressPolicy current = byId.get(Objects.requireNonNull(id, "id"));
        if (current == null || !current.isLive()) {
            return false;
        }
        put(current, current.version() + 1, deletedAt);
        return true;
    }

    /**
     * Returns a page of all live policies, in the order of their ids.
     *
     * @param after the last id of the page before, or null for the first page
     * @param limit the most policies to return, at least 1; fewer mean that this is the last page
     */
    public synchronized List<EgressPolicy> findPage(@Nullable EgressPolicyId after, int limit) {
        if (limit < 1) {
            throw new IllegalArgumentException("The limit must be at least 1, is " + limit);
        }
        return byId.values().stream()
                .filter(policy ->
                        policy.isLive() && (after == null || policy.id().compareTo(after) > 0))
                .sorted(Comparator.comparing(EgressPolicy::id))
                .limit(limit)
                .toList();
    }

    @Override
    public synchronized List<EgressPolicy> findByOwners(Collection<? extends EgressPolicyOwner> owners) {
        return List.<EgressPolicyOwner>copyOf(owners).stream()
                .distinct()
                .flatMap(owner -> newest(owner).stream())
                .toList();
    }

    private Optional<EgressPolicy> newest(EgressPolicyOwner owner) {
        return byId.values().stream()
                .filter(policy -> policy.owner().equals(owner))
                .max(Comparator.comparing(EgressPolicy::isLive)
                        .thenComparing(policy -> Objects.requireNonNullElse(policy.deletedAt(), Instant.MAX))
                        .thenComparing(EgressPolicy::id));
    }

    private EgressPolicy put(EgressPolicy policy, long version, @Nullable Instant deletedAt) {
        EgressPolicy stored = new EgressPolicy(
                policy.id(),
                policy.owner(),
                policy.mode(),
                version,
                deletedAt == null ? null : Instants.toMicros(deletedAt));
        EgressPolicy before = byId.put(stored.id(), stored);
        transaction.onRollback(() -> rollBack(stored.id(), before));
        return stored;
    }

    private synchronized void rollBack(EgressPolicyId id, @Nullable EgressPolicy before) {
        if (before == null) {
            byId.remove(id);
        } else {
            byId.put(id, before);
        }
    }
}
