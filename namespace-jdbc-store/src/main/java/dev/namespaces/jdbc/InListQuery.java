package dev.namespaces.jdbc;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;

/**
 * A query for rows whose key is in a list of any length. It runs once for each part of the list. The length of a part
 * is always a power of two, so that the database sees few different statements.
 */
final class InListQuery {

    /** From 1,000 values on MariaDB turns a list into a table of its own. */
    private static final int VALUES_PER_STATEMENT = 512;

    private final String sql;
    private final boolean bounded;
    private final int lists;

    /** @param sql the statement, with {@code %s} in the place of each list; every list has the same values */
    InListQuery(String sql) {
        this(sql, false);
    }

    private InListQuery(String sql, boolean bounded) {
        this.sql = sql;
        this.bounded = bounded;
        this.lists = sql.split("%s", -1).length - 1;
    }

    /**
     * Returns a query whose fixed parameters are followed by the lowest and the highest value of the part. H2 enters an
     * index of several columns by a range, but not by a list. The values must be ASCII, which every database sorts in
     * the same order.
     */
    static InListQuery bounded(String sql) {
        return new InListQuery(sql, true);
    }

    /**
     * Runs the query. The parts follow the order of the values, so that rows that are ordered by the key first are
     * ordered as a whole.
     *
     * @param fixed the values of the parameters before each list
     * @param values the list
     * @param reader reads the rows of one part
     */
    <T> List<T> run(Handle handle, List<String> fixed, Collection<String> values, Function<Query, List<T>> reader) {
        List<String> sorted = List.copyOf(new TreeSet<>(values));
        List<T> found = new ArrayList<>();
        for (int from = 0; from < sorted.size(); from += VALUES_PER_STATEMENT) {
            List<String> part = sorted.subList(from, Math.min(from + VALUES_PER_STATEMENT, sorted.size()));
            int length = powerOfTwo(part.size());
            Query query = handle.createQuery(sql.replace("%s", placeholders(length)));
            int position = 0;
            for (int list = 0; list < lists; list++) {
                position = bind(query, position, fixed);
                if (bounded) {
                    position = bind(query, position, List.of(part.get(0), part.get(part.size() - 1)));
                }
                position = bind(query, position, padded(part, length));
            }
            found.addAll(reader.apply(query));
        }
        return found;
    }

    /** Returns the smallest power of two that is not less. */
    static int powerOfTwo(int length) {
        return Integer.highestOneBit(Math.max(1, length * 2 - 1));
    }

    /** Returns that many parameters for a list. */
    static String placeholders(int length) {
        return String.join(", ", Collections.nCopies(length, "?"));
    }

    /** Returns the values, with the last one, or an empty one if there is none, repeated up to that length. */
    static List<String> padded(List<String> values, int length) {
        List<String> padded = new ArrayList<>(values);
        String last = values.isEmpty() ? "" : values.get(values.size() - 1);
        padded.addAll(Collections.nCopies(length - values.size(), last));
        return padded;
    }

    /** Binds the values from that position on, and returns the position after them. */
    static int bind(Query query, int position, List<String> values) {
        int next = position;
        for (String value : values) {
            query.bind(next++, value);
        }
        return next;
    }
}
