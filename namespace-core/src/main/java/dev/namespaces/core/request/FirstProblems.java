package dev.namespaces.core.request;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The first problems of a map, and the number of the others. */
final class FirstProblems {

    /** The most problems of a map. Nobody corrects more before the next try. */
    private static final int MAX = 50;

    private record OfEntry(@Nullable String key, String words) {}

    private final List<String> ofMap = new ArrayList<>();
    private final List<OfEntry> ofEntries = new ArrayList<>();
    private int more;

    void add(String words) {
        ofMap.add(words);
    }

    void add(@Nullable String key, String words) {
        if (ofEntries.size() < MAX) {
            ofEntries.add(new OfEntry(key, words));
        } else {
            more++;
        }
    }

    boolean isEmpty() {
        return ofMap.isEmpty() && ofEntries.isEmpty();
    }

    /** Passes on the problems of the map, then those of the entries. */
    void report(Consumer<String> map, BiConsumer<@Nullable String, String> entry) {
        ofMap.forEach(map);
        ofEntries.forEach(problem -> entry.accept(problem.key(), problem.words()));
        if (more > 0) {
            map.accept("has " + more + " more violations of this kind");
        }
    }
}
