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

    /** An empty store. */
    public InMemoryEnvironmentStore() {}

    /** Adds the environment, or puts it in the place of the one of that id, which is live again if it was not. */
    public synchronized void save(Environment environment) {
        live.put(environment.id(), environment);
    }

    /**
     * Takes the environment out of every look-up.
     *
     * @return whether it was live until now
     */
    public synchronized boolean softDelete(EnvironmentId id) {
        return live.remove(Objects.requireNonNull(id, "id")) != null;
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
}
