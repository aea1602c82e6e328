package dev.namespaces.fabric8;

import dev.namespaces.error.ClusterFailureException;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.Operation;
import dev.namespaces.model.ClusterId;
import dev.namespaces.spi.NamespaceInitializer;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.http.BasicBuilder;
import io.fabric8.kubernetes.client.http.HttpClient;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.Interceptor;
import io.fabric8.kubernetes.client.http.StandardHttpRequest;
import io.fabric8.kubernetes.client.http.StandardHttpRequest.BodyContent;
import java.net.URI;
import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.WeakHashMap;
import java.util.function.Consumer;

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
 * <p>A create, apply, update or patch waits on the calling thread until its namespace is deployed. Where that fails,
 * the request is not sent and the host's call throws what the initializer threw. Reads, deletes, dry runs,
 * cluster-scoped resources, namespaces themselves, access reviews, and subresources that only talk to what runs (such
 * as {@code exec}) pass at once. So do the requests of a {@link Fabric8ClusterGateway} on the same client, and those
 * that the initializer itself makes on its thread.
 *
 * <p>It must not be called on a Vert.x event loop, which it would block: a write from there fails. Safe to use from
 * many threads and with several clients of the same server.
 */
public final class NamespaceInitialization implements Consumer<HttpClient.Builder> {

    private static final String NAME = "dev.namespaces.initialization";

    private final ApiPaths paths;
    private final ClusterId cluster;
    private final NamespaceInitializer initializer;

    private NamespaceInitialization(ApiPaths paths, ClusterId cluster, NamespaceInitializer initializer) {
        this.paths = paths;
        this.cluster = cluster;
        this.initializer = initializer;
    }

    /**
     * The object to hand to the builder of a client.
     *
     * @param config the client's configuration, which says under which path its API server stands
     * @param cluster the cluster that the client reaches
     * @param initializer what makes namespaces exist
     */
    public static NamespaceInitialization of(Config config, ClusterId cluster, NamespaceInitializer initializer) {
        return new NamespaceInitialization(
                new ApiPaths(URI.create(config.getMasterUrl())),
                Objects.requireNonNull(cluster, "cluster"),
                Objects.requireNonNull(initializer, "initializer"));
    }

    /** Called by the client's builder. */
    @Override
    public void accept(HttpClient.Builder builder) {
        builder.addOrReplaceInterceptor(NAME, new BeforeWrites());
    }

    /**
     * Runs before each attempt of a request, the first on the caller's thread, where a throw reaches the caller.
     * Further attempts run on a scheduler of the client's, where a throw is lost and the caller waits for ever. So only
     * the first may be judged; the attempts of one request share its body, which nothing else does.
     */
    private final class BeforeWrites implements Interceptor {

        private final Map<BodyContent, Boolean> passed = Collections.synchronizedMap(new WeakHashMap<>());
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
                        "it would block an event loop; write from a worker thread",
                        null);
            }
            initializing.set(true);
            try {
                initializer.beforeApply(cluster, namespace.get());
            } finally {
                initializing.remove();
            }
            passed.put(standard.body(), true);
        }
    }
}
