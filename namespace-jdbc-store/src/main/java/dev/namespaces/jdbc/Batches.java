package dev.namespaces.jdbc;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;

/** Writes many rows in few round trips. */
final class Batches {

    /** The values of a longer list exist once more for a moment, part by part. */
    private static final int ROWS_PER_BATCH = 1_000;

    /** Many rows in a statement cost a database less than as many statements. */
    private static final int ROWS_PER_STATEMENT = 50;

    /** MariaDB refuses statements of more than 16 MiB, and a character may take up to six bytes. */
    private static final int CHARACTERS_PER_STATEMENT = 512 * 1024;

    private Batches() {}

    /**
     * Inserts the rows.
     *
     * @param into {@code INSERT INTO} with the columns and {@code VALUES}
     * @param row the parameters of one row, in parentheses
     */
    static <T> void insert(Handle handle, String into, String row, List<T> rows, Function<T, Values> values) {
        String one = into + " " + row;
        String many = one + (", " + row).repeat(ROWS_PER_STATEMENT - 1);
        inParts(rows, values, part -> insert(handle, one, many, part));
    }

    private static void insert(Handle handle, String one, String many, List<Values> rows) {
        PreparedBatch full = handle.prepareBatch(many);
        List<Values> rest = new ArrayList<>();
        for (int from = 0; from < rows.size(); from += ROWS_PER_STATEMENT) {
            List<Values> group = rows.subList(from, Math.min(from + ROWS_PER_STATEMENT, rows.size()));
            int characters = group.stream().mapToInt(Values::characters).sum();
            if (group.size() == ROWS_PER_STATEMENT && characters <= CHARACTERS_PER_STATEMENT) {
                int position = 0;
                for (Values row : group) {
                    position = row.bindTo(full, position);
                }
                full.add();
            } else {
                rest.addAll(group);
            }
        }
        if (full.size() > 0) {
            full.execute();
        }
        execute(handle, one, rest);
    }

    /** Runs the statement once for each row. */
    static <T> void run(Handle handle, String sql, List<T> rows, Function<T, Values> values) {
        inParts(rows, values, part -> execute(handle, sql, part));
    }

    private static void execute(Handle handle, String sql, List<Values> rows) {
        if (rows.isEmpty()) {
            return;
        }
        PreparedBatch batch = handle.prepareBatch(sql);
        for (Values row : rows) {
            row.bindTo(batch, 0);
            batch.add();
        }
        batch.execute();
    }

    private static <T> void inParts(List<T> rows, Function<T, Values> values, Consumer<List<Values>> work) {
        for (int from = 0; from < rows.size(); from += ROWS_PER_BATCH) {
            List<T> part = rows.subList(from, Math.min(from + ROWS_PER_BATCH, rows.size()));
            work.accept(part.stream().map(values).toList());
        }
    }
}
