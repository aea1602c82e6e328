package dev.namespaces.spi;

import dev.namespaces.model.ClusterId;
import io.fabric8.kubernetes.api.model.HasMetadata;

/**
 * The hook to call before a manifest is applied. It makes the manifest's namespace exist, with its egress policy,
 * first.
 *
 * <p>The core implements it; hosts and client interceptors call it. It is safe to use from many threads at once. It
 * calls stores on the calling thread, and may call the cluster and so block.
 */
public interface NamespaceInitializer {

    /**
     * Deploys the namespace of the manifest, if an environment claims it on that cluster. A Namespace, a cluster-scoped
     * manifest, and one for a namespace that no environment claims pass.
     *
     * @throws dev.namespaces.error.NamespaceException if the namespace could not be deployed; the caller must not apply
     *     the manifest then
     */
    void beforeApply(ClusterId cluster, HasMetadata manifest);

    /**
     * Deploys the namespace of that name, if an environment claims it on that cluster. If several do, the one is meant
     * whose record has the UID of the namespace; if it is absent, the one whose row is the oldest.
     *
     * @throws dev.namespaces.error.HostTransactionException if the namespace has to be deployed and the caller is in a
     *     transaction of the host
     * @throws dev.namespaces.error.NamespaceException if the namespace could not be deployed
     */
    void beforeApply(ClusterId cluster, String namespace);

    /**
     * Says that the API server answered "namespace not found" to a write in a namespace that {@link #beforeApply} let
     * pass. The initializer then no longer remembers the namespace as deployed, and the next {@code beforeApply}
     * deploys it in spite of its record. It calls no store and no cluster, and may be called on any thread.
     */
    void namespaceWasAbsent(ClusterId cluster, String namespace);
}
