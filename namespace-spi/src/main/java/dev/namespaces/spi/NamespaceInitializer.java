package dev.namespaces.spi;

import dev.namespaces.model.ClusterId;
import io.fabric8.kubernetes.api.model.HasMetadata;

/**
 * The hook to call before a manifest is applied, which makes its namespace exist and be fenced first.
 *
 * <p>Implemented by the core, called by hosts and by client interceptors; safe to use from many threads at once. It
 * calls stores on the calling thread, and may call the cluster and so block.
 */
public interface NamespaceInitializer {

    /**
     * To be called before the manifest is applied to the cluster. A Namespace, a cluster-scoped manifest, and one for a
     * namespace that not exactly one environment claims on that cluster pass through.
     *
     * @throws dev.namespaces.error.NamespaceException if the namespace could not be deployed; the manifest must then
     *     not be applied
     */
    void beforeApply(ClusterId cluster, HasMetadata manifest);

    /**
     * The same, for any manifest in the namespace of that name.
     *
     * @throws dev.namespaces.error.NamespaceException if the namespace could not be deployed
     */
    void beforeApply(ClusterId cluster, String namespace);
}
