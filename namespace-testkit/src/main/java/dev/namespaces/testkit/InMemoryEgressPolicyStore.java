package dev.namespaces.testkit;

import dev.namespaces.error.ErrorCategory;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.Operation;
import dev.namespaces.error.Retry;
import dev.namespaces.error.StoreException;
import dev.namespaces.model.EgressPolicy;
import dev.namespaces.model.EgressPolicyId;
import dev.namespaces.model.EgressPolicyOwner;
import dev.namespaces.model.OrganizationId;
import dev.namespaces.model.ProjectId;
import dev.namespaces.spi.EgressPolicyStore;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** An {@link EgressPolicyStore} that keeps everything in memory. Safe to use from many threads at once. */
public final class InMemoryEgressPolicyStore implements EgressPolicyStore {

    private final Map<EgressPolicyId, EgressPolicy> byId = new HashMap<>();

    /** An empty store. */
    public InMemoryEgressPolicyStore() {}

    /**
     * Adds the policy, live or soft-deleted as it is, or puts it in the place of the one of that id.
     *
     * @throws StoreException if it is live and its owner has another live policy; nothing is stored
     */
    public synchronized void save(EgressPolicy policy) {
        EgressPolicy current = best(policy.owner());
        if (policy.isLive()
                && current != null
                && current.isLive()
                && !current.id().equals(policy.id())) {
            throw new StoreException(
                    ErrorContext.of(Operation.SAVE_EGRESS_POLICY),
                    ErrorCategory.CONFLICT,
                    "egress_policies",
                    policy.id().value(),
                    Retry.never(),
                    "its owner has another live policy; soft-delete that one first",
                    null);
        }
        byId.put(policy.id(), stored(policy, policy.deletedAt()));
    }

    /**
     * Marks a live policy as deleted; the look-up answers it until its owner has a live one again.
     *
     * @return whether it was live until now
     */
    public synchronized boolean softDelete(EgressPolicyId id, Instant deletedAt) {
        Objects.requireNonNull(deletedAt, "deletedAt");
        EgressPolicy current = byId.get(Objects.requireNonNull(id, "id"));
        if (current == null || !current.isLive()) {
            return false;
        }
        byId.put(id, stored(current, deletedAt));
        return true;
    }

    @Override
    public synchronized OwnedPolicies find(ProjectId project, OrganizationId organization) {
        return new OwnedPolicies(
                best(Objects.requireNonNull(project, "project")),
                best(Objects.requireNonNull(organization, "organization")));
    }

    private @Nullable EgressPolicy best(EgressPolicyOwner owner) {
        return byId.values().stream()
                .filter(policy -> policy.owner().equals(owner))
                .max(Comparator.comparing(EgressPolicy::isLive)
                        .thenComparing(policy -> Objects.requireNonNullElse(policy.deletedAt(), Instant.MAX))
                        .thenComparing(EgressPolicy::id))
                .orElse(null);
    }

    private static EgressPolicy stored(EgressPolicy policy, @Nullable Instant deletedAt) {
        return new EgressPolicy(
                policy.id(), policy.owner(), policy.mode(), deletedAt == null ? null : Instants.toMicros(deletedAt));
    }
}
