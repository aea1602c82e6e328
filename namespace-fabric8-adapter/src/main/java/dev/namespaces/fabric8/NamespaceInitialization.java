package dev.namespaces.fabric8;

import dev.namespaces.error.ClusterFailureException;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.Operation;
import dev.namespaces.model.ClusterId;
import dev.namespaces.spi.NamespaceInitializer;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.http.AsyncBody;
import io.fabric8.kubernetes.client.http.BasicBuilder;
import io.fabric8.kubernetes.client.http.HttpClient;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import io.fabric8.kubernetes.client.http.Interceptor;
import io.fabric8.kubernetes.client.http.StandardHttpRequest;
import io.fabric8.kubernetes.client.http.StandardHttpRequest.BodyContent;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Has every write of a namespaced resource through a host's own client first pass the {@link NamespaceInitializer}:
 *
 * <pre>{@code
 * new KubernetesClientBuilder()
 *         .withConfig(config)
 *         .withHttpClientBuilderConsumer(NamespaceInitialization.of(config, cluster, initializer))
 *         .build();
 * }</pre>
 *
 * <p>A create, apply, update or patch waits on the calling thread until its namespace is deployed. If that fails, the
 * request is not sent, and the host's call throws what the initializer threw. Reads, deletes, dry runs, cluster-scoped
 * resources, namespaces themselves, access reviews, and subresources that only talk to running pods (such as
 * {@code exec}) pass at once. So do the requests of a {@link Fabric8ClusterGateway} on the same client, and those that
 * the initializer itself sends on its thread.
 *
 * <p>If the API server answers a create or a server-side apply with "namespace not found", the host's call gets that
 * answer, and the initializer is told with {@link NamespaceInitializer#namespaceWasAbsent}. The next write then deploys
 * the namespace.
 *
 * <p>It must not be called on a Vert.x event loop, which it would block: a write from there fails. Safe to use from
 * many threads and with several clients of the same server.
 */
public final class NamespaceInitialization implements Consumer<HttpClient.Builder> {

    private static final String NAME = "dev.namespaces.initialization";

    private final ApiPaths paths;
    private final ClusterId cluster;
    private final Supplier<? extends NamespaceInitializer> initializer;

    private NamespaceInitialization(
            ApiPaths paths, ClusterId cluster, Supplier<? extends NamespaceInitializer> initializer) {
        this.paths = paths;
        this.cluster = cluster;
        this.initializer = initializer;
    }

    /**
     * Returns what to hand to the builder of a client.
     *
     * @param config the client's configuration, which has the address of its API server
     * @param cluster the cluster that the client reaches
     * @param initializer what makes namespaces exist
     */
    public static NamespaceInitialization of(Config config, ClusterId cluster, NamespaceInitializer initializer) {
        Objects.requireNonNull(initializer, "initializer");
        return of(config, cluster, () -> initializer);
    }

    /**
     * Returns what to hand to the builder of a client, for an initializer that is created later: one whose own gateway
     * uses the same client, for example.
     *
     * @param config the client's configuration, which has the address of its API server
     * @param cluster the cluster that the client reaches
     * @param initializer returns what makes namespaces exist; it is asked at each write, and never before the first one
     */
    public static NamespaceInitialization of(
            Config config, ClusterId cluster, Supplier<? extends NamespaceInitializer> initializer) {
        return new NamespaceInitialization(
                new ApiPaths(URI.create(config.getMasterUrl())),
                Objects.requireNonNull(cluster, "cluster"),
                Objects.requireNonNull(initializer, "initializer"));
    }

    /** Adds the interceptor; called by the client's builder. */
    @Override
    public void accept(HttpClient.Builder builder) {
        builder.addOrReplaceInterceptor(NAME, new AroundWrites());
    }

    private NamespaceInitializer initializer() {
        return Objects.requireNonNull(initializer.get(), "The supplier of the initializer returned null");
    }

    /**
     * Runs before each attempt of a request, the first on the caller's thread, where an exception reaches the caller.
     * Further attempts run on a scheduler of the client, where an exception is lost and the caller waits forever. So
     * only the first attempt may be judged; the attempts of one request share its body, which nothing else does.
     */
    private final class AroundWrites implements Interceptor {

        private final Map<BodyContent, Write> passed = Collections.synchronizedMap(new WeakHashMap<>());
        private final Set<AsyncBody> notFound =
                Collections.newSetFromMap(Collections.synchronizedMap(new WeakHashMap<>()));
        private final ThreadLocal<Boolean> initializing = ThreadLocal.withInitial(() -> false);

        @Override
        public void before(BasicBuilder builder, HttpRequest request, RequestTags tags) {
            if (tags.getTag(OwnRequests.class) != null
                    || !(request instanceof StandardHttpRequest standard)
                    || standard.body() == null) {
                return;
            }
            Optional<String> namespace = paths.writtenNamespace(request.method(), request.uri());
            if (namespace.isEmpty() || initializing.get() || passed.containsKey(standard.body())) {
                return;
            }
            if (EventLoops.isCurrentThreadOne()) {
                throw new ClusterFailureException(
                        ErrorContext.of(Operation.INITIALIZE, cluster).withNamespace(namespace.get()),
                        0,
                        "the write would block an event loop; write from a worker thread",
                        null)
                        .settled();
            }
            initializing.set(true);
            try {
                initializer().beforeApply(cluster, namespace.get());
            } finally {
                initializing.remove();
            }
            passed.put(standard.body(), new Write(namespace.get(), mayCreate(standard)));
        }

        /** Only such a write is answered with "namespace not found"; any other one finds its own object missing. */
        private static boolean mayCreate(StandardHttpRequest request) {
            String contentType = request.getContentType();
            return request.method().equals("POST")
                    || (request.method().equals("PATCH")
                            && contentType != null
                            && contentType.startsWith(PatchType.SERVER_SIDE_APPLY.getContentType()));
        }

        @Override
        public AsyncBody.Consumer<List<ByteBuffer>> consumer(
                AsyncBody.Consumer<List<ByteBuffer>> consumer, HttpRequest request) {
            Write write = request instanceof StandardHttpRequest standard && standard.body() != null
                    ? passed.get(standard.body())
                    : null;
            return write == null || !write.mayCreate()
                    ? consumer
                    : new AbsenceReader(consumer, notFound::contains, write.namespace(), this::tellAbsent);
        }

        /** Runs before the caller reads the answer, unlike {@code after}. */
        @Override
        public CompletableFuture<Boolean> afterFailure(
                BasicBuilder builder, HttpResponse<?> response, RequestTags tags) {
            if (response.code() == 404 && response.body() instanceof AsyncBody body) {
                notFound.add(body);
            }
            return CompletableFuture.completedFuture(false);
        }

        private void tellAbsent(String namespace) {
            try {
                initializer().namespaceWasAbsent(cluster, namespace);
            } catch (RuntimeException e) {
                // Thrown on, it would take the place of the answer that the caller is about to get.
                Thread thread = Thread.currentThread();
                thread.getUncaughtExceptionHandler().uncaughtException(thread, e);
            }
        }
    }

    /**
     * A write that has passed.
     *
     * @param mayCreate whether it creates the object if it is absent
     */
    private record Write(String namespace, boolean mayCreate) {}
}
