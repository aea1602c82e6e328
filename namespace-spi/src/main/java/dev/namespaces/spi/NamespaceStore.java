package dev.namespaces.spi;

import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.NamespaceId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Keeps namespaces. The name of a live namespace is unique within its environment, also under concurrent inserts; that
 * of a soft-deleted one can be used again.
 *
 * <p>Implementations are safe to use from many threads at once, keep instants to the microsecond and cut off what is
 * below, and give every string back as it came. The library calls them on its caller's thread only, so that they can
 * take part in the caller's transaction. A store that cannot answer throws a
 * {@link dev.namespaces.error.StoreException}.
 */
public interface NamespaceStore {

    /**
     * Inserts all or none of them, as they are: version and deletion included, since they may come from elsewhere.
     *
     * @throws dev.namespaces.error.NamespaceNameTakenException if a live namespace of that name stands in the
     *     environment, or two of the given ones collide
     * @throws dev.namespaces.error.StoreException if an id is in use already, even by a soft-deleted namespace
     */
    void insert(List<Namespace> namespaces);

    /**
     * Writes metadata, annotations and {@code updatedAt} of a live namespace, if its version in the store is still
     * {@link Namespace#version()}. Nothing else of it is ever changed, nor looked at: not environment, name,
     * {@code createdAt} and {@code deletedAt}.
     *
     * @return the namespace as stored, its version one higher
     * @throws dev.namespaces.error.StaleVersionException if the version in the store is another; nothing is written
     * @throws dev.namespaces.error.UnknownNamespaceException if there is no such live namespace
     */
    Namespace update(Namespace namespace);

    /** The namespace of that id, also when it has been soft-deleted. */
    Optional<Namespace> findById(NamespaceId id);

    /** The live namespaces of the environment, ordered by name. */
    List<Namespace> findByEnvironment(EnvironmentId environmentId);

    /** The live namespaces of that name in any environment, ordered by environment. */
    List<Namespace> findByName(String name);

    /**
     * Marks a live namespace as deleted, if its version in the store is still the given one. It raises the version by
     * one and leaves everything else as it is, {@code updatedAt} too. Nothing on any cluster changes.
     *
     * @return the namespace as stored
     * @throws dev.namespaces.error.StaleVersionException if the version in the store is another; nothing is written
     * @throws dev.namespaces.error.UnknownNamespaceException if there is no such live namespace
     */
    Namespace softDelete(NamespaceId id, long version, Instant deletedAt);
}
