package dev.namespaces.core;

import dev.namespaces.core.fleet.FleetFilter;
import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.spi.EnvironmentStore;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Reads the environments of a fleet page by page, in the order of their ids, on the caller's thread only. */
final class FleetPages {

    /** The most ids of a page. Each database allows that many parameters in a statement. */
    static final int SIZE = 500;

    private final EnvironmentStore store;
    private final @Nullable NavigableSet<EnvironmentId> ids;
    private int singlesLeft;

    FleetPages(EnvironmentStore store, FleetFilter filter) {
        this.store = store;
        this.ids = filter.ids() == null ? null : new TreeSet<>(filter.ids());
    }

    /**
     * Returns the next ids.
     *
     * @param after the last id of the page before, or null for the first page
     * @return at most {@link #SIZE} ids; none means that there are no more
     * @throws IllegalStateException if the host's store does not return the ids in their order: the reading would never
     *     end
     */
    List<EnvironmentId> idsAfter(@Nullable EnvironmentId after) {
        int limit = singlesLeft > 0 ? 1 : SIZE;
        singlesLeft = Math.max(0, singlesLeft - 1);
        if (ids != null) {
            NavigableSet<EnvironmentId> left = after == null ? ids : ids.tailSet(after, false);
            return left.stream().limit(limit).toList();
        }
        List<EnvironmentId> page = store.findIds(after, limit);
        EnvironmentId last = after;
        for (EnvironmentId id : page) {
            if (last != null && last.compareTo(id) >= 0) {
                throw new IllegalStateException("The environment store returned the id " + id + " after " + last
                        + ", which is not their order");
            }
            last = id;
        }
        return page;
    }

    /**
     * Lets the next pages have one environment each, so that one that cannot be read does not keep others from being
     * deployed.
     *
     * @return whether that is new
     */
    boolean readOneByOne() {
        boolean isNew = singlesLeft == 0;
        singlesLeft = SIZE;
        return isNew;
    }

    /** Returns those of the environments that exist, in the order of their ids. */
    List<Environment> environments(List<EnvironmentId> page) {
        return store.findByIds(page).stream()
                .sorted(Comparator.comparing(Environment::id))
                .toList();
    }
}
