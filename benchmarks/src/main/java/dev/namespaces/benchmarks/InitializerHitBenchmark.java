package dev.namespaces.benchmarks;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.namespaces.model.ClusterId;
import dev.namespaces.spi.NamespaceInitializer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Measures {@code beforeApply} for a namespace that is remembered as deployed. The limit is one look-up in a Caffeine
 * cache.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
public class InitializerHitBenchmark {

    private record Key(ClusterId cluster, String namespace) {}

    private final Cache<Key, Long> cache = Caffeine.newBuilder()
            .maximumSize(10_000)
            .expireAfterWrite(Duration.ofMinutes(10))
            .build();
    private final InitializedPlatform platform = new InitializedPlatform(3);
    private final NamespaceInitializer initializer = platform.lifecycle().initializer();

    @Setup(Level.Trial)
    public void remember() {
        initializer.beforeApply(InitializedPlatform.CLUSTER, InitializedPlatform.NAMESPACE);
        cache.put(new Key(InitializedPlatform.CLUSTER, InitializedPlatform.NAMESPACE), 1L);
    }

    @TearDown(Level.Trial)
    public void close() {
        platform.close();
    }

    @Benchmark
    public void beforeApply() {
        initializer.beforeApply(InitializedPlatform.CLUSTER, InitializedPlatform.NAMESPACE);
    }

    /** Measures the limit: one look-up with a newly created key, because a caller has a cluster and a name. */
    @Benchmark
    public @Nullable Long limitCaffeine() {
        return cache.getIfPresent(new Key(InitializedPlatform.CLUSTER, InitializedPlatform.NAMESPACE));
    }
}
