package dev.namespaces.testkit;

import dev.namespaces.spi.ObjectPage;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The results of lists, so that their later pages show the same state. Not safe for use by many threads. */
final class ListSnapshots {

    private static final int MOST_KEPT = 100;

    private final Map<Long, List<HasMetadata>> kept = new LinkedHashMap<>();
    private long latest;

    /**
     * The part of a list that has not been returned yet.
     *
     * @param snapshot the number of the snapshot
     * @param from how many objects the pages before had
     */
    record Rest(long snapshot, int from) {}

    /** Keeps the result of a list. The oldest snapshot expires once there are too many. */
    Rest take(List<HasMetadata> found) {
        latest++;
        kept.put(latest, found);
        if (kept.size() > MOST_KEPT) {
            kept.remove(kept.keySet().iterator().next());
        }
        return new Rest(latest, 0);
    }

    /** Returns the part of a list that the token asks for, or empty if it has expired. */
    Optional<Rest> find(String token) {
        return kept.entrySet().stream()
                .filter(entry -> token.startsWith(entry.getKey() + ":"))
                .map(entry -> new Rest(entry.getKey(), Integer.parseInt(token.substring(token.indexOf(':') + 1))))
                .findFirst();
    }

    /** Returns the next page of a list. */
    ObjectPage page(Rest rest, int limit) {
        List<HasMetadata> all = kept.getOrDefault(rest.snapshot(), List.of());
        int to = (int) Math.min(all.size(), (long) rest.from() + limit);
        List<HasMetadata> items =
                all.subList(rest.from(), to).stream().map(Manifests::copy).toList();
        return new ObjectPage(items, to < all.size() ? rest.snapshot() + ":" + to : null);
    }

    /** Makes every token expire. */
    void clear() {
        kept.clear();
    }
}
