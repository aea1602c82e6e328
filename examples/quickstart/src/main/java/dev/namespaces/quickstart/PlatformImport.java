package dev.namespaces.quickstart;

import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.core.request.NamespaceRequest;
import dev.namespaces.model.EgressPolicy;
import dev.namespaces.model.EgressPolicyOwner;
import dev.namespaces.model.Environment;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.OrganizationId;
import dev.namespaces.model.ProjectId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Brings the stores to what a platform file says. The file is the whole truth of the environments and owners that it
 * names, and says nothing of others. Doing it again changes nothing; doing it again after it died halfway ends it.
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
     * What became of the namespaces in the store.
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
        for (EgressPolicyOwner owner : platform.policyOwners()) {
            EgressPolicy stored = stored(owner);
            EgressPolicy policy = wanted.get(owner);
            boolean replaced = policy == null || (stored != null && !policy.id().equals(stored.id()));
            if (stored != null && stored.isLive() && replaced) {
                stores.softDeletePolicy().accept(stored.id(), now);
            }
        }
        platform.egressPolicies().forEach(stores.savePolicy());
    }

    private @Nullable EgressPolicy stored(EgressPolicyOwner owner) {
        if (owner instanceof ProjectId project) {
            OrganizationId organization =
                    Objects.requireNonNull(platform.projects().get(project));
            return stores.egressPolicies().find(project, organization).project();
        }
        OrganizationId organization = (OrganizationId) owner;
        // Only the organization's answer is used, so any project will do.
        return stores.egressPolicies()
                .find(new ProjectId(organization.value()), organization)
                .organization();
    }

    private Result saveNamespaces() {
        Map<List<String>, Namespace> stored = new HashMap<>();
        for (Environment environment : platform.environments()) {
            stores.namespaces()
                    .findByEnvironment(environment.id())
                    .forEach(namespace ->
                            stored.put(List.of(namespace.environmentId().value(), namespace.name()), namespace));
        }
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
        dropped.forEach(namespace -> stores.namespaces().softDelete(namespace.id(), namespace.version(), now));
        if (!created.isEmpty()) {
            lifecycle.create(created);
        }
        return new Result(created.size(), updated, unchanged, dropped);
    }
}
