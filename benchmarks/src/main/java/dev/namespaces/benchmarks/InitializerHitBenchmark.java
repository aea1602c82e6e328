package dev.namespaces.benchmarks;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.namespaces.fabric8.NamespaceInitialization;
import dev.namespaces.model.ClusterId;
import dev.namespaces.spi.NamespaceInitializer;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.http.BasicBuilder;
import io.fabric8.kubernetes.client.http.HttpClient;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.Interceptor;
import io.fabric8.kubernetes.client.http.StandardHttpRequest;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
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
 * Measures {@code beforeApply} for a namespace that is remembered as deployed: by itself, where the limit is one
 * look-up in a Caffeine cache, and as the interceptor of a host's client calls it.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
public class InitializerHitBenchmark {

    private static final String SERVER = "https://kubernetes.example:6443/";
    private static final String CONFIG_MAPS =
            SERVER + "api/v1/namespaces/" + InitializedPlatform.NAMESPACE + "/configmaps";
    private static final Interceptor.RequestTags NO_TAGS = new Interceptor.RequestTags() {
        @Override
        public <T> @Nullable T getTag(Class<T> type) {
            return null;
        }
    };

    private static final BasicBuilder UNUSED = new StandardHttpRequest.Builder();

    private record Key(ClusterId cluster, String namespace) {}

    private final Cache<Key, Long> cache = Caffeine.newBuilder()
            .maximumSize(10_000)
            .expireAfterWrite(Duration.ofMinutes(10))
            .build();
    private final InitializedPlatform platform = new InitializedPlatform(3);
    private final NamespaceInitializer initializer = platform.lifecycle().initializer();

    private final Interceptor interceptor = interceptor();

    private Interceptor interceptor() {
        AtomicReference<Interceptor> added = new AtomicReference<>();
        HttpClient.Builder client = (HttpClient.Builder) Proxy.newProxyInstance(
                InitializerHitBenchmark.class.getClassLoader(),
                new Class<?>[] {HttpClient.Builder.class},
                (proxy, method, arguments) -> {
                    added.set((Interceptor) arguments[1]);
                    return proxy;
                });
        Config config = new ConfigBuilder(Config.empty()).withMasterUrl(SERVER).build();
        NamespaceInitialization.of(config, InitializedPlatform.CLUSTER, initializer)
                .accept(client);
        return Objects.requireNonNull(added.get(), "interceptor");
    }

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

    /** Measures what the guard adds to a write of fabric8's client, before the write is sent. */
    @Benchmark
    public HttpRequest guardedWrite() {
        HttpRequest request = request();
        interceptor.before(UNUSED, request, NO_TAGS);
        return request;
    }

    /** Measures the limit of {@link #guardedWrite}: the request alone. */
    @Benchmark
    public HttpRequest limitUnguardedWrite() {
        return request();
    }

    private static HttpRequest request() {
        return new StandardHttpRequest.Builder()
                .uri(CONFIG_MAPS)
                .post("application/json", "{}")
                .build();
    }
}
