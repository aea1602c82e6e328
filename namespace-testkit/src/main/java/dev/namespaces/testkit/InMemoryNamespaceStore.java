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
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A {@link NamespaceStore} that keeps everything in memory. Safe to use from many threads at once. */
public final class InMemoryNamespaceStore implements NamespaceStore {

    private final Map<NamespaceId, Namespace> byId = new HashMap<>();
    private final HostTransaction transaction;

    /** Creates an empty store. */
    public InMemoryNamespaceStore() {
        this(new HostTransaction());
    }

    InMemoryNamespaceStore(HostTransaction transaction) {
        this.transaction = transaction;
    }

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
                        "a namespace of that id exists already, possibly soft-deleted",
                        null);
            }
        }
        put(inserted);
    }

    @Override
    public synchronized void update(List<Namespace> namespaces) {
        Map<NamespaceId, Namespace> updated = new HashMap<>();
        for (Namespace namespace : List.copyOf(namespaces)) {
            Namespace current = updated.getOrDefault(namespace.id(), byId.get(namespace.id()));
            updated.put(namespace.id(), next(current, namespace));
        }
        put(updated);
    }

    @Override
    public synchronized List<Namespace> findByIds(Collection<NamespaceId> ids) {
        return List.copyOf(ids).stream()
                .distinct()
                .filter(byId::containsKey)
                .map(id -> Objects.requireNonNull(byId.get(id)))
                .toList();
    }

    @Override
    public synchronized List<Namespace> findByEnvironments(Collection<EnvironmentId> ids) {
        Set<EnvironmentId> wanted = Set.copyOf(ids);
        return find(
                namespace -> namespace.isLive() && wanted.contains(namespace.environmentId()),
                Comparator.comparing(Namespace::environmentId).thenComparing(Namespace::name));
    }

    @Override
    public synchronized List<Namespace> findByNames(Collection<String> names) {
        Set<String> wanted = Set.copyOf(names);
        return find(
                namespace -> namespace.isLive() && wanted.contains(namespace.name()),
                Comparator.comparing(Namespace::name).thenComparing(Namespace::environmentId));
    }

    @Override
    public synchronized List<Namespace> findDeleted(EnvironmentId environmentId) {
        Objects.requireNonNull(environmentId, "environmentId");
        return find(
                namespace -> !namespace.isLive() && namespace.environmentId().equals(environmentId),
                Comparator.comparing(Namespace::name).thenComparing(Namespace::id));
    }

    private List<Namespace> find(Predicate<Namespace> filter, Comparator<Namespace> order) {
        return byId.values().stream().filter(filter).sorted(order).toList();
    }

    private static Namespace next(@Nullable Namespace current, Namespace wanted) {
        ErrorContext context =
                ErrorContext.of(Operation.UPDATE, wanted.environmentId()).withNamespace(wanted.name());
        if (current == null || !current.isLive()) {
            throw new UnknownNamespaceException(context, wanted.id());
        }
        if (current.version() != wanted.version() - 1) {
            throw new StaleVersionException(context, wanted.id(), wanted.version() - 1, current.version());
        }
        return stored(new Namespace(
                current.id(),
                current.environmentId(),
                current.name(),
                wanted.metadata(),
                wanted.annotations(),
                wanted.version(),
                current.createdAt(),
                wanted.updatedAt(),
                wanted.deletedAt()));
    }

    private void put(Map<NamespaceId, Namespace> namespaces) {
        namespaces.forEach((id, namespace) -> {
            Namespace before = byId.put(id, namespace);
            transaction.onRollback(() -> rollBack(id, before));
        });
    }

    private synchronized void rollBack(NamespaceId id, @Nullable Namespace before) {
        if (before == null) {
            byId.remove(id);
        } else {
            byId.put(id, before);
        }
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
