package dev.namespaces.core.request;

import java.util.AbstractMap;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The metadata or the annotations of a request, read once and within bounds, even if the caller's map throws or never
 * ends. A value is a text, null, or an {@link Scalars.Unreadable}.
 */
final class Entries extends AbstractMap<@Nullable String, @Nullable Object> {

    /** The most entries that are read. */
    static final int MAX = 1000;

    private static final String TOO_MANY = "must have at most " + MAX + " entries";

    private final Map<@Nullable String, @Nullable Object> read;
    private final @Nullable String problem;

    private Entries(Map<@Nullable String, @Nullable Object> read, @Nullable String problem) {
        this.read = Collections.unmodifiableMap(read);
        this.problem = problem;
    }

    /** Reads the map. Never throws. */
    static Entries of(@Nullable Map<?, ?> map) {
        if (map instanceof Entries entries) {
            return entries;
        }
        Map<@Nullable String, @Nullable Object> read = new LinkedHashMap<>();
        try {
            return new Entries(read, map == null ? null : read(map, read));
        } catch (Exception | StackOverflowError e) {
            return new Entries(read, "could not be read, it failed with a " + Scalars.className(e));
        }
    }

    private static @Nullable String read(Map<?, ?> map, Map<@Nullable String, @Nullable Object> into) {
        int count = 0;
        String problem = null;
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            count++;
            if (count > MAX) {
                return TOO_MANY;
            }
            Object key = entry.getKey();
            if (key == null || key instanceof String) {
                into.put((String) key, Scalars.read(entry.getValue()));
            } else {
                problem = "must have strings as keys, has a " + Scalars.className(key);
            }
        }
        return problem;
    }

    Entries plus(String key, Object value) {
        Map<@Nullable String, @Nullable Object> more = new LinkedHashMap<>(read);
        if (more.size() == MAX && !more.containsKey(key)) {
            return new Entries(more, TOO_MANY);
        }
        more.put(key, Scalars.read(value));
        return new Entries(more, problem);
    }

    /** Returns why the map could not be read as a whole, or null if it could. */
    @Nullable
    String problem() {
        return problem;
    }

    /** Returns the entries that have a key and a text, in key order. */
    Map<String, String> texts() {
        Map<String, String> texts = new TreeMap<>();
        read.forEach((key, value) -> {
            if (key != null && value instanceof String text) {
                texts.put(key, text);
            }
        });
        return texts;
    }

    @Override
    public Set<Map.Entry<@Nullable String, @Nullable Object>> entrySet() {
        return read.entrySet();
    }

    /** Says how many entries there are, without their values. */
    @Override
    public String toString() {
        return read.size() == 1 ? "1 entry" : read.size() + " entries";
    }
}
