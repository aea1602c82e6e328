package dev.namespaces.spi;

import dev.namespaces.model.ClusterId;
import dev.namespaces.model.ResourceRef;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.Optional;

/**
 * The port through which manifests reach clusters.
 *
 * <p>Implementations are safe to use from many threads at once. Every call ends within a bounded time. A thread that is
 * interrupted leaves with an {@link dev.namespaces.error.OperationInterruptedException} and its interrupt flag set.
 * Failures of a cluster are {@link dev.namespaces.error.ClusterException}s, of the leaf that fits; a cluster that is
 * not known is an {@link dev.namespaces.error.UnknownClusterException}. Manifests that are handed in are not changed.
 */
public interface ClusterGateway {

    /**
     * Applies the manifest on the server side, under strict field validation. Doing it again changes nothing. Keys that
     * {@link #create} has set under the same field manager count as applied.
     *
     * <p>A {@code metadata.uid} or {@code metadata.resourceVersion} in the manifest is a precondition: the object must
     * stand and be that one, so nothing is created. A dry run in a namespace that does not exist yet answers what the
     * apply would do once it does, since the namespace itself may only be planned so far.
     *
     * @throws dev.namespaces.error.ApplyConflictException if another manager owns a field and conflicts are to fail
     * @throws dev.namespaces.error.PreconditionFailedException if the object is not the one that was read
     * @throws dev.namespaces.error.NamespaceAbsentException if it would be created in a namespace that does not exist
     * @throws dev.namespaces.error.NamespaceTerminatingException if it would be created in a terminating namespace
     * @throws dev.namespaces.error.KindNotServedException if the cluster does not know the kind
     * @throws dev.namespaces.error.ManifestRejectedException if the API server finds the manifest invalid
     */
    ApplyResult apply(ClusterId cluster, HasMetadata manifest, ApplyOptions options);

    /**
     * Creates the object, or says that one of that name stands already. Where the answer of an attempt was lost and the
     * attempt is made again, the answer is {@link CreateResult.AlreadyExists}; who must know tells its own by a label.
     * A dry run in a namespace that does not exist yet answers as that of {@link #apply} does.
     *
     * @param fieldManager the name under which the API server keeps which fields are ours
     * @param dryRun whether the API server is only asked what it would do
     * @throws dev.namespaces.error.NamespaceAbsentException if it would stand in a namespace that does not exist
     * @throws dev.namespaces.error.NamespaceTerminatingException if it would stand in a terminating namespace
     * @throws dev.namespaces.error.KindNotServedException if the cluster does not know the kind
     * @throws dev.namespaces.error.ManifestRejectedException if the API server finds the manifest invalid
     */
    CreateResult create(ClusterId cluster, HasMetadata manifest, String fieldManager, boolean dryRun);

    /**
     * The object, or empty where it is absent or its kind is not served. A namespace is a
     * {@link io.fabric8.kubernetes.api.model.Namespace}; of other kinds any model class will do.
     */
    Optional<HasMetadata> find(ClusterId cluster, ResourceRef resource);

    /**
     * Deletes the object if it is still the one of that UID. Finalizers are left alone.
     *
     * @throws dev.namespaces.error.PreconditionFailedException if another object of that name has taken its place
     */
    DeleteResult delete(ClusterId cluster, ResourceRef resource, String uid);

    /** Whether the cluster serves that kind, such as {@code cilium.io/v2} and {@code CiliumNetworkPolicy}. */
    boolean serves(ClusterId cluster, String apiVersion, String kind);
}
