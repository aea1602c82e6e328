package dev.namespaces.quickstart;

import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.core.request.NamespaceRequest;
import dev.namespaces.model.EgressPolicy;
import dev.namespaces.model.EgressPolicyOwner;
import dev.namespaces.model.Namespace;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Makes the stores say what a platform file says. The file is complete for the environments and owners that it names,
 * and says nothing about others. The import is idempotent, and can be repeated after a failure halfway.
 */
final class PlatformImport {

    private final Platform platform;
    private final PlatformStores stores;
    private final NamespaceLifecycle lifecycle;
    private final Instant now;

    PlatformImport(Platform platform, PlatformStores stores, NamespaceLifecycle lifecycle, Instant now) {
        this.platform = platform;
        this.stores = stores;
        this.lifecycle = lifecycle;
        this.now = now;
    }

    /**
     * What the import did to the namespaces in the store.
     *
     * @param dropped stored earlier and no longer in the file: soft-deleted, and left alone on the clusters
     */
    record Result(int created, int updated, int unchanged, List<Namespace> dropped) {}

    Result run() {
        platform.environments().forEach(stores.saveEnvironment());
        savePolicies();
        return saveNamespaces();
    }

    private void savePolicies() {
        Map<EgressPolicyOwner, EgressPolicy> wanted = new HashMap<>();
        platform.egressPolicies().forEach(policy -> wanted.put(policy.owner(), policy));
        for (EgressPolicy stored : stores.stores().egressPolicies().findByOwners(platform.policyOwners())) {
            EgressPolicy policy = wanted.get(stored.owner());
            boolean replaced = policy == null || !policy.id().equals(stored.id());
            if (stored.isLive() && replaced) {
                stores.softDeletePolicy().accept(stored.id(), now);
            }
        }
        platform.egressPolicies().forEach(stores.savePolicy());
    }

    private Result saveNamespaces() {
        Map<List<String>, Namespace> stored = new HashMap<>();
        stores.stores()
                .namespaces()
                .findByEnvironments(platform.environmentIds())
                .forEach(namespace ->
                        stored.put(List.of(namespace.environmentId().value(), namespace.name()), namespace));
        List<NamespaceRequest> created = new ArrayList<>();
        int updated = 0;
        int unchanged = 0;
        for (NamespaceRequest request : platform.namespaces()) {
            Namespace existing = stored.remove(
                    List.of(Objects.requireNonNull(request.environmentId()), Objects.requireNonNull(request.name())));
            if (existing == null) {
                created.add(request);
            } else if (existing.metadata().equals(request.metadata())
                    && existing.annotations().equals(request.annotations())) {
                unchanged++;
            } else {
                lifecycle.update(existing.id(), existing.version(), request);
                updated++;
            }
        }
        List<Namespace> dropped = List.copyOf(stored.values());
        stores.stores()
                .namespaces()
                .update(dropped.stream()
                        .map(namespace -> namespace.deleted(now))
                        .toList());
        if (!created.isEmpty()) {
            lifecycle.create(created);
        }
        return new Result(created.size(), updated, unchanged, dropped);
    }
}
