package dev.namespaces.benchmarks;

import dev.namespaces.jdbc.SqlDialect;
import dev.namespaces.model.Namespace;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Inserting 10,000 namespaces into an empty table in one transaction. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 12)
@Measurement(iterations = 12)
@Fork(2)
@SuppressWarnings("NullAway.Init") // JMH fills the fields in.
public class StoreInsertBenchmark {

    private final List<Namespace> namespaces = NamespacesDatabase.namespaces(10_000);

    /** The database. */
    @Param({"H2", "POSTGRESQL"})
    public SqlDialect database;

    private NamespacesDatabase stores;

    /** Makes the database. */
    @Setup
    public void migrate() {
        stores = new NamespacesDatabase(database);
    }

    /** Takes away what the last one has inserted. */
    @Setup(Level.Iteration)
    public void empty() {
        stores.deleteAll();
    }

    /** Gives its connections back. */
    @TearDown
    public void close() {
        stores.close();
    }

    /** Our store. */
    @Benchmark
    public void insert() {
        stores.ours.insert(namespaces);
    }

    /** The limit: JDBC written by hand. */
    @Benchmark
    public void limitInsertByHand() {
        stores.handWritten.insert(namespaces);
    }

    /** The peer: Hibernate ORM. */
    @Benchmark
    public void peerInsertByHibernate() {
        stores.hibernate.insert(namespaces);
    }
}
