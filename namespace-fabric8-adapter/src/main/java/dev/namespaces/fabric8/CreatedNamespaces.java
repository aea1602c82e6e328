package dev.namespaces.fabric8;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Knows which namespaces a client has created just now. With several API servers, another one may not know such a
 * namespace for a moment. Safe to use from many threads at once.
 */
final class CreatedNamespaces {

    private static final Duration MOMENT = Duration.ofSeconds(10);
    private static final int MOST = 10_000;

    /** When each was created, the oldest first. */
    private final Map<String, Long> created = new LinkedHashMap<>();

    synchronized void add(String name) {
        long now = System.nanoTime();
        created.values().removeIf(since -> isPast(since, now));
        if (created.size() < MOST) {
            created.put(name, now);
        }
    }

    synchronized boolean has(String name) {
        Long since = created.get(name);
        return since != null && !isPast(since, System.nanoTime());
    }

    synchronized void remove(String name) {
        created.remove(name);
    }

    private static boolean isPast(long since, long now) {
        return now - since > MOMENT.toNanos();
    }
}
