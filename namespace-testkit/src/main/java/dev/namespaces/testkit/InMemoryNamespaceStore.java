package dev.namespaces.testkit;

import dev.namespaces.error.ErrorCategory;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.NamespaceNameTakenException;
import dev.namespaces.error.Operation;
import dev.namespaces.error.Retry;
import dev.namespaces.error.StaleVersionException;
import dev.namespaces.error.StoreException;
import dev.namespaces.error.UnknownNamespaceException;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.NamespaceId;
import dev.namespaces.spi.NamespaceStore;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A {@link NamespaceStore} that keeps everything in memory. Safe to use from many threads at once. */
public final class InMemoryNamespaceStore implements NamespaceStore {

    private final Map<NamespaceId, Namespace> byId = new HashMap<>();

    /** An empty store. */
    public InMemoryNamespaceStore() {}

    @Override
    public synchronized void insert(List<Namespace> namespaces) {
        Map<NamespaceId, Namespace> inserted = new HashMap<>();
        for (Namespace namespace : List.copyOf(namespaces)) {
            if (namespace.isLive()) {
                Predicate<Namespace> sameName = other -> other.isLive()
                        && other.environmentId().equals(namespace.environmentId())
                        && other.name().equals(namespace.name());
                if (byId.values().stream().anyMatch(sameName)
                        || inserted.values().stream().anyMatch(sameName)) {
                    throw new NamespaceNameTakenException(namespace.environmentId(), namespace.name(), null);
                }
            }
            if (byId.containsKey(namespace.id()) || inserted.put(namespace.id(), stored(namespace)) != null) {
                throw new StoreException(
                        ErrorContext.of(Operation.INSERT, namespace.environmentId())
                                .withNamespace(namespace.name()),
                        ErrorCategory.CONFLICT,
                        "namespaces",
                        namespace.id().value(),
                        Retry.never(),
                        "a namespace of that id stands already, possibly soft-deleted",
                        null);
            }
        }
        byId.putAll(inserted);
    }

    @Override
    public synchronized Namespace update(Namespace namespace) {
        ErrorContext context =
                ErrorContext.of(Operation.UPDATE, namespace.environmentId()).withNamespace(namespace.name());
        Namespace current = live(context, namespace.id(), namespace.version());
        Namespace updated = new Namespace(
                current.id(),
                current.environmentId(),
                current.name(),
                namespace.metadata(),
                namespace.annotations(),
                current.version() + 1,
                current.createdAt(),
                Instants.toMicros(namespace.updatedAt()),
                null);
        byId.put(updated.id(), updated);
        return updated;
    }

    @Override
    public synchronized Optional<Namespace> findById(NamespaceId id) {
        return Optional.ofNullable(byId.get(Objects.requireNonNull(id, "id")));
    }

    @Override
    public synchronized List<Namespace> findByEnvironment(EnvironmentId environmentId) {
        Objects.requireNonNull(environmentId, "environmentId");
        return byId.values().stream()
                .filter(Namespace::isLive)
                .filter(namespace -> namespace.environmentId().equals(environmentId))
                .sorted(Comparator.comparing(Namespace::name))
                .toList();
    }

    @Override
    public synchronized List<Namespace> findByName(String name) {
        Objects.requireNonNull(name, "name");
        return byId.values().stream()
                .filter(Namespace::isLive)
                .filter(namespace -> namespace.name().equals(name))
                .sorted(Comparator.comparing(Namespace::environmentId))
                .toList();
    }

    @Override
    public synchronized Namespace softDelete(NamespaceId id, long version, Instant deletedAt) {
        Objects.requireNonNull(deletedAt, "deletedAt");
        Namespace current = live(ErrorContext.of(Operation.SOFT_DELETE), id, version);
        Namespace deleted = new Namespace(
                current.id(),
                current.environmentId(),
                current.name(),
                current.metadata(),
                current.annotations(),
                current.version() + 1,
                current.createdAt(),
                current.updatedAt(),
                Instants.toMicros(deletedAt));
        byId.put(id, deleted);
        return deleted;
    }

    private Namespace live(ErrorContext context, NamespaceId id, long version) {
        @Nullable Namespace current = byId.get(Objects.requireNonNull(id, "id"));
        if (current == null || !current.isLive()) {
            throw new UnknownNamespaceException(context, id);
        }
        if (current.version() != version) {
            throw new StaleVersionException(context, id, version, current.version());
        }
        return current;
    }

    private static Namespace stored(Namespace namespace) {
        return new Namespace(
                namespace.id(),
                namespace.environmentId(),
                namespace.name(),
                namespace.metadata(),
                namespace.annotations(),
                namespace.version(),
                Instants.toMicros(namespace.createdAt()),
                Instants.toMicros(namespace.updatedAt()),
                namespace.deletedAt() == null ? null : Instants.toMicros(namespace.deletedAt()));
    }
}
