package dev.namespaces.benchmarks;

import dev.namespaces.jdbc.SqlDialect;
import dev.namespaces.model.Namespace;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Finding the 20 namespaces of an environment among 10,000. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 6, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(2)
@SuppressWarnings("NullAway.Init") // JMH fills the fields in.
public class StoreFindBenchmark {

    private static final int NAMESPACES = 10_000;
    private static final int ENVIRONMENTS = NAMESPACES / NamespacesDatabase.NAMESPACES_PER_ENVIRONMENT;

    /** The database. */
    @Param({"H2", "POSTGRESQL"})
    public SqlDialect database;

    private NamespacesDatabase stores;
    private int next;

    /** Fills the database. */
    @Setup
    public void fill() {
        stores = new NamespacesDatabase(database);
        stores.ours.insert(NamespacesDatabase.namespaces(NAMESPACES));
        stores.gatherStatistics();
    }

    /** Gives its connections back. */
    @TearDown
    public void close() {
        stores.close();
    }

    /** Our store. */
    @Benchmark
    public List<Namespace> find() {
        return find(stores.ours);
    }

    /** The limit: JDBC written by hand. */
    @Benchmark
    public List<Namespace> limitFindByHand() {
        return find(stores.handWritten);
    }

    /** The peer: Hibernate ORM. */
    @Benchmark
    public List<Namespace> peerFindByHibernate() {
        return find(stores.hibernate);
    }

    private List<Namespace> find(StoredNamespaces namespaces) {
        next = (next + 1) % ENVIRONMENTS;
        return namespaces.findByEnvironment(NamespacesDatabase.environment(next));
    }
}
