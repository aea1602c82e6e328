package dev.namespaces.spi;

import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Looks environments up. A host usually has tables of its own for them; this library never writes one.
 *
 * <p>Implementations are safe to use from many threads at once. The library calls them on its caller's thread only. A
 * store that cannot answer throws a {@link dev.namespaces.error.StoreException}; it never answers as if there were
 * nothing.
 */
public interface EnvironmentStore {

    /** Returns those of the given environments that exist, each once, in any order. */
    List<Environment> findByIds(Collection<EnvironmentId> ids);

    /**
     * Returns a page of the ids of all environments, in the order of {@link EnvironmentId#compareTo}.
     *
     * @param after the last id of the page before, or null for the first page
     * @param limit the most ids to return, at least 1; fewer mean that this is the last page
     */
    List<EnvironmentId> findIds(@Nullable EnvironmentId after, int limit);
}
