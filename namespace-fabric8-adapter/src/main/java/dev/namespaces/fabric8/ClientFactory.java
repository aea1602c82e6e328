package dev.namespaces.fabric8;

import dev.namespaces.model.ClusterId;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Makes clients of clusters for a {@link Fabric8ClusterGateway}, which asks on first use, and again where credentials
 * have changed, and closes what it was given.
 *
 * <p>Implementations are safe to use from many threads at once. What one throws reaches the gateway's caller as the
 * cause of a {@link dev.namespaces.error.ClusterFailureException}, and the next call asks again. One that takes long
 * holds up the call that asked it for as long; others that wait for the same client leave when their time is up.
 */
@FunctionalInterface
public interface ClientFactory {

    /** A new client, with the credentials of now, or empty where no such cluster is known. */
    Optional<KubernetesClient> create(ClusterId cluster);

    /** The clusters that are known, where they can be listed; they help whoever reads that another is not. */
    default Collection<ClusterId> known() {
        return List.of();
    }

    /**
     * Clients that suppliers make.
     *
     * @param clients what makes a new client of each cluster, with the credentials of then
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
     * Clients from contexts of a kubeconfig file, which is read anew for each client.
     *
     * @param contexts the name of the context of each cluster
     */
    static ClientFactory ofKubeconfig(Path file, Map<ClusterId, String> contexts) {
        return of(Kubeconfig.clients(file, contexts));
    }
}
