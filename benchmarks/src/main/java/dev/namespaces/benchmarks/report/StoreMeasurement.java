package dev.namespaces.benchmarks.report;

import dev.namespaces.benchmarks.NamespacesDatabase;
import dev.namespaces.benchmarks.StoredNamespaces;
import dev.namespaces.jdbc.SqlDialect;
import dev.namespaces.model.Namespace;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** P5: the namespaces of an environment are found, and 10,000 are inserted. */
final class StoreMeasurement implements Measurement {

    private static final int NAMESPACES = 10_000;
    private static final int ENVIRONMENTS = NAMESPACES / NamespacesDatabase.NAMESPACES_PER_ENVIRONMENT;
    private static final String LIMIT = "limit JDBC by hand";
    private static final String PEER = "peer Hibernate ORM";

    private final List<Row> rows = new ArrayList<>();
    private final List<Goal> goals = new ArrayList<>();
    private int next;

    private record Side(String name, StoredNamespaces namespaces) {}

    @Override
    public String id() {
        return "P5";
    }

    @Override
    public String title() {
        return "find by environment, and insert of 10,000 namespaces";
    }

    @Override
    public Section run(Effort effort) {
        boolean quick = effort == Effort.QUICK;
        List<Namespace> namespaces = NamespacesDatabase.namespaces(NAMESPACES);
        for (Map.Entry<SqlDialect, String> each :
                List.of(Map.entry(SqlDialect.H2, "H2"), Map.entry(SqlDialect.POSTGRESQL, "PostgreSQL"))) {
            try (NamespacesDatabase database = new NamespacesDatabase(each.getKey())) {
                List<Side> sides = List.of(
                        new Side(Row.OURS, database.ours),
                        new Side(LIMIT, database.handWritten),
                        new Side(PEER, database.hibernate));
                Turns inserts = new Turns();
                sides.forEach(side -> inserts.side(side.name(), () -> {
                    database.deleteAll();
                    return Turns.millis(() -> side.namespaces().insert(namespaces));
                }));
                add("insert of 10,000, " + each.getValue(), inserts.run(quick ? 4 : 12, quick ? 7 : 25), "ms");
                database.deleteAll();
                database.ours.insert(namespaces);
                database.gatherStatistics();
                Turns finds = new Turns();
                sides.forEach(side -> finds.side(side.name(), () -> find(side.namespaces())));
                add("find of 20, " + each.getValue(), finds.run(quick ? 150 : 400, quick ? 60 : 200), "µs");
            }
        }
        return new Section(
                rows,
                goals,
                List.of(),
                List.of(
                        "*Insert*: 10,000 namespaces of 6 labels and 3 annotations of 100 characters, in one transaction"
                                + " into an empty table. *Find*: the 20 live namespaces of an environment among 10,000, ordered"
                                + " by name, as our own `Namespace`.",
                        "All sides take turns in one JVM, on one HikariCP pool of four connections, the drivers' default"
                                + " settings, and our migrated table with all its indexes. They create the same objects, which is"
                                + " checked before each run.",
                        "H2 is in memory, in the same JVM. PostgreSQL is on the same machine, with `fsync` off as in our"
                                + " tests, so disks play no part.",
                        "*By hand*: a prepared statement, batches of 1,000, one row to a statement, Jackson's streaming parser"
                                + " and generator. Our store has 50 rows in a statement on PostgreSQL.",
                        "*Hibernate ORM*: an entity with an assigned id and `@JdbcTypeCode(JSON)` maps, `@Immutable`, so it keeps"
                                + " no copies; queries are read-only; `hibernate.jdbc.batch_size` 1000, `order_inserts`, flush and"
                                + " clear after each 1,000; no second-level cache, no statistics."));
    }

    private double find(StoredNamespaces side) {
        int finds = 20;
        return Turns.millis(() -> {
                    for (int i = 0; i < finds; i++) {
                        next = (next + 1) % ENVIRONMENTS;
                        side.findByEnvironment(NamespacesDatabase.environment(next));
                    }
                })
                * 1_000
                / finds;
    }

    private void add(String work, Turns.Result result, String unit) {
        rows.addAll(result.rows(work, unit));
        goals.add(Goal.atMost(1.1, " × JDBC by hand: " + work, result.ratioTo(LIMIT)));
    }
}
