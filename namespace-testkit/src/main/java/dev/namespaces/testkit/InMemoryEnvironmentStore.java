package dev.namespaces.testkit;

import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.spi.EnvironmentStore;
import java.util.Collection;
import java.util.List;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** An {@link EnvironmentStore} that keeps everything in memory. Safe to use from many threads at once. */
public final class InMemoryEnvironmentStore implements EnvironmentStore {

    private final NavigableMap<EnvironmentId, Environment> live = new TreeMap<>();
    private final HostTransaction transaction;

    /** Creates an empty store. */
    public InMemoryEnvironmentStore() {
        this(new HostTransaction());
    }

    InMemoryEnvironmentStore(HostTransaction transaction) {
        this.transaction = transaction;
    }

    /** Adds the environment, or replaces the one of that id. A soft-deleted one is live again. */
    public synchronized void save(Environment environment) {
        put(environment.id(), environment);
    }

    /**
     * Removes the environment from every look-up.
     *
     * @return whether it was live until now
     */
    public synchronized boolean softDelete(EnvironmentId id) {
        return put(Objects.requireNonNull(id, "id"), null) != null;
    }

    @Override
    public synchronized List<Environment> findByIds(Collection<EnvironmentId> ids) {
        return List.copyOf(ids).stream()
                .distinct()
                .filter(live::containsKey)
                .map(id -> Objects.requireNonNull(live.get(id)))
                .toList();
    }

    @Override
    public synchronized List<EnvironmentId> findIds(@Nullable EnvironmentId after, int limit) {
        if (limit < 1) {
            throw new IllegalArgumentException("The limit must be at least 1, is " + limit);
        }
        return (after == null ? live : live.tailMap(after, false))
                .keySet().stream().limit(limit).toList();
    }

    private @Nullable Environment put(EnvironmentId id, @Nullable Environment environment) {
        Environment before = environment == null ? live.remove(id) : live.put(id, environment);
        transaction.onRollback(() -> rollBack(id, before));
        return before;
    }

    private synchronized void rollBack(EnvironmentId id, @Nullable Environment before) {
        if (before == null) {
            live.remove(id);
        } else {
            live.put(id, before);
        }
    }
}
