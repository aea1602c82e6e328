package dev.namespaces.spi;

import dev.namespaces.model.EgressPolicy;
import dev.namespaces.model.OrganizationId;
import dev.namespaces.model.ProjectId;
import org.jspecify.annotations.Nullable;

/**
 * Looks egress policies up. This library never writes one.
 *
 * <p>Implementations are safe to use from many threads at once. The library calls them on its caller's thread only. A
 * store that cannot answer throws a {@link dev.namespaces.error.StoreException}: to answer as if there were no policy
 * would open traffic that a policy forbids.
 */
public interface EgressPolicyStore {

    /** The policies of a project and of its organization, in one round trip. */
    OwnedPolicies find(ProjectId project, OrganizationId organization);

    /**
     * The policy of each level: the live one, else the one that was soft-deleted last, else null.
     *
     * @param project the project's policy
     * @param organization the organization's policy
     */
    record OwnedPolicies(
            @Nullable EgressPolicy project, @Nullable EgressPolicy organization) {}
}
