package dev.namespaces.core;

import dev.namespaces.model.ClusterId;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * Remembers for a while where we may not list, so that a deployment does not ask each time. Safe to use from many
 * threads.
 */
final class ListRights {

    private static final Duration REMEMBERED = Duration.ofMinutes(10);

    private record Key(ClusterId cluster, String kind) {}

    private final ConcurrentMap<Key, Instant> refusedUntil = new ConcurrentHashMap<>();
    private final Clock clock;

    ListRights(Clock clock) {
        this.clock = clock;
    }

    boolean mayList(ClusterId cluster, String kind) {
        Key key = new Key(cluster, kind);
        Instant until = refusedUntil.get(key);
        if (until == null) {
            return true;
        }
        if (clock.instant().isBefore(until)) {
            return false;
        }
        refusedUntil.remove(key, until);
        return true;
    }

    void refused(ClusterId cluster, String kind) {
        Instant now = clock.instant();
        refusedUntil.values().removeIf(until -> !now.isBefore(until));
        refusedUntil.put(new Key(cluster, kind), now.plus(REMEMBERED));
    }
}
