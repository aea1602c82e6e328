package dev.namespaces.benchmarks;

import dev.namespaces.core.request.NamespaceRequest;
import dev.namespaces.core.request.RequestValidator;
import dev.namespaces.core.request.Violation;
import java.math.BigInteger;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
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
import org.openjdk.jmh.annotations.Warmup;

/** Reading and checking a request of at least 1 MiB from a hostile tenant; the limit is 100 ms. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class HostileRequestBenchmark {

    private static final int MEBIBYTE = 1024 * 1024;

    @Param({"ONE_VALUE", "ONE_KEY", "MANY_ENTRIES", "BAD_VALUES", "RESERVED_KEYS", "NUMBER"})
    private Shape shape = Shape.ONE_VALUE;

    private final RequestValidator validator = RequestValidator.defaults();
    private Map<String, Object> entries = Map.of();

    /** What the megabyte consists of. */
    public enum Shape {
        ONE_VALUE,
        ONE_KEY,
        MANY_ENTRIES,
        BAD_VALUES,
        RESERVED_KEYS,
        NUMBER
    }

    @Setup
    public void prepare() {
        entries = switch (shape) {
            case ONE_VALUE -> Map.of("k", "x".repeat(MEBIBYTE));
            case ONE_KEY -> Map.of("a.".repeat(MEBIBYTE / 2) + "/x", "x");
            case MANY_ENTRIES -> entries(20_000, i -> "example.com/k" + i, "x".repeat(63));
            case BAD_VALUES -> entries(1_000, i -> "k" + i, "!".repeat(1_100));
            case RESERVED_KEYS -> entries(1_000, i -> "x".repeat(240) + i + ".k8s.io/x", "!".repeat(800));
            case NUMBER -> Map.of("k", BigInteger.ONE.shiftLeft(8 * MEBIBYTE));
        };
    }

    private static Map<String, Object> entries(int count, IntFunction<String> key, Object value) {
        Map<String, Object> entries = new LinkedHashMap<>();
        for (int i = 0; i < count; i++) {
            entries.put(key.apply(i), value);
        }
        return entries;
    }

    /** Measures a request that has the same entries as metadata and as annotations. */
    @Benchmark
    public List<Violation> validate() {
        return validator.validate(new NamespaceRequest("shop-dev", "shop-web", entries, entries));
    }
}
