package dev.namespaces.benchmarks;

import dev.namespaces.spi.NamespaceInitializer;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
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

/**
 * Measures {@code beforeApply} for a namespace that is deployed and no longer remembered, so the initializer reads the
 * stores, on H2. The time must not depend on the number of namespaces in the environment.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class InitializerMissBenchmark {

    @Param({"3", "500", "10000"})
    private int namespaces;

    private @Nullable InitializedPlatform platform;

    @Setup(Level.Trial)
    public void deploy() {
        platform = new InitializedPlatform(namespaces);
    }

    @TearDown(Level.Trial)
    public void close() {
        if (platform != null) {
            platform.close();
        }
    }

    @Benchmark
    public void beforeApply() {
        InitializedPlatform all = Objects.requireNonNull(platform);
        all.letMemoryExpire();
        NamespaceInitializer initializer = all.lifecycle().initializer();
        initializer.beforeApply(InitializedPlatform.CLUSTER, InitializedPlatform.NAMESPACE);
    }
}
