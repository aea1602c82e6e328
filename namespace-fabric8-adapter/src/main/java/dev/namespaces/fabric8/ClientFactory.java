package dev.namespaces.fabric8;

import dev.namespaces.model.ClusterId;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.LoggerFactory;

/**
 * Creates clients of clusters for a {@link Fabric8ClusterGateway}, which asks at the first call to a cluster, and again
 * after credentials have changed. The gateway closes the clients that it was given.
 *
 * <p>Implementations are safe to use from many threads at once. An exception of the factory reaches the gateway's
 * caller as the cause of a {@link dev.namespaces.error.ClusterFailureException}, and the next call asks again. A
 * factory that takes long delays the call that asked it; other calls that wait for the same client end when their time
 * is up.
 */
@FunctionalInterface
public interface ClientFactory {

    /** Creates a client with the current credentials, or returns empty if no such cluster is known. */
    Optional<KubernetesClient> create(ClusterId cluster);

    /** Returns the known clusters, if they can be listed. The message about an unknown cluster names them. */
    default Collection<ClusterId> known() {
        return List.of();
    }

    /**
     * Returns a factory that asks a supplier for each client.
     *
     * @param clients for each cluster, what creates a new client with the credentials of that time
     */
    static ClientFactory of(Map<ClusterId, ? extends Supplier<? extends KubernetesClient>> clients) {
        Map<ClusterId, Supplier<? extends KubernetesClient>> copy = Map.copyOf(clients);
        return new ClientFactory() {
            @Override
            public Optional<KubernetesClient> create(ClusterId cluster) {
                return Optional.ofNullable(copy.get(cluster)).map(Supplier::get);
            }

            @Override
            public Collection<ClusterId> known() {
                return copy.keySet();
            }
        };
    }

    /**
     * Returns a factory for contexts of a kubeconfig file, which is read again for each client.
     *
     * <p>The file may name an exec plugin, a command that returns credentials, and the client runs it. Credentials over
     * plain {@code http} and {@code insecure-skip-tls-verify} are logged as a warning, once for each cluster.
     *
     * @param contexts the name of the context of each cluster
     */
    static ClientFactory ofKubeconfig(Path file, Map<ClusterId, String> contexts) {
        return of(Kubeconfig.clients(file, contexts, true, LoggerFactory.getLogger(ClientFactory.class)::warn));
    }

    /**
     * Returns a factory like {@link #ofKubeconfig}, which runs no exec plugin: a context that needs one is a failure.
     * For a host that does not trust the writer of the file.
     *
     * @param contexts the name of the context of each cluster
     */
    static ClientFactory ofKubeconfigWithoutPlugins(Path file, Map<ClusterId, String> contexts) {
        return of(Kubeconfig.clients(file, contexts, false, LoggerFactory.getLogger(ClientFactory.class)::warn));
    }
}
