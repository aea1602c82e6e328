package dev.namespaces.spi;

import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.NamespaceId;
import java.util.Collection;
import java.util.List;

/**
 * Keeps namespaces. The name of a live namespace is unique within its environment, also under concurrent inserts; the
 * name of a soft-deleted one can be used again.
 *
 * <p>Implementations are safe to use from many threads at once, keep instants to the microsecond and truncate the rest,
 * and return every string as it was given. The library calls them on its caller's thread only, so that they can take
 * part in the caller's transaction. A store that cannot answer throws a {@link dev.namespaces.error.StoreException}.
 */
public interface NamespaceStore {

    /**
     * Inserts all or none of them, as they are: version and deletion included, because they may be imported.
     *
     * @throws dev.namespaces.error.NamespaceNameTakenException if the environment has a live namespace of that name, or
     *     two of the given ones collide
     * @throws dev.namespaces.error.StoreException if an id is in use already, even by a soft-deleted namespace
     */
    void insert(List<Namespace> namespaces);

    /**
     * Replaces live namespaces by their next versions, all or none of them. Each is stored if the version in the store
     * is {@link Namespace#version()} less one, as {@link Namespace#changed} and {@link Namespace#deleted} make them. It
     * writes metadata, annotations, version, {@code updatedAt} and {@code deletedAt}, and nothing else. An empty list
     * does nothing.
     *
     * @throws dev.namespaces.error.StaleVersionException if the version in the store is another one
     * @throws dev.namespaces.error.UnknownNamespaceException if there is no such live namespace
     */
    void update(List<Namespace> namespaces);

    /** Returns those of the given namespaces that exist, soft-deleted ones included, each once, in any order. */
    List<Namespace> findByIds(Collection<NamespaceId> ids);

    /** Returns the live namespaces of the environments, ordered by environment, then by name. */
    List<Namespace> findByEnvironments(Collection<EnvironmentId> ids);

    /** Returns the live namespaces of these names in all environments, ordered by name, then by environment. */
    List<Namespace> findByNames(Collection<String> names);

    /** Returns the soft-deleted namespaces of the environment, ordered by name, then by id. */
    List<Namespace> findDeleted(EnvironmentId environmentId);
}
