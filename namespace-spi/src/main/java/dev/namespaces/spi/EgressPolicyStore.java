package dev.namespaces.spi;

import dev.namespaces.model.EgressPolicy;
import dev.namespaces.model.EgressPolicyOwner;
import java.util.Collection;
import java.util.List;

/**
 * Looks egress policies up. This library never writes one.
 *
 * <p>Implementations are safe to use from many threads at once. The library calls them on its caller's thread only. A
 * store that cannot answer throws a {@link dev.namespaces.error.StoreException}: an answer without the policy would
 * open traffic that the policy forbids.
 */
public interface EgressPolicyStore {

    /**
     * Returns the policy of each owner, in one round trip: the live one, else the one that was soft-deleted last. An
     * owner that never had a policy is left out; an owner is never answered twice. The order does not matter.
     */
    List<EgressPolicy> findByOwners(Collection<? extends EgressPolicyOwner> owners);
}
