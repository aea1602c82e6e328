package dev.namespaces.spi;

import dev.namespaces.model.ClusterId;
import dev.namespaces.model.ResourceRef;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.Optional;

/**
 * The port through which manifests reach clusters.
 *
 * <p>Implementations are safe to use from many threads at once. Every call returns within a bounded time. When the
 * thread of a call is interrupted, the call throws an {@link dev.namespaces.error.OperationInterruptedException} and
 * sets the interrupt flag again. Failures of a cluster are {@link dev.namespaces.error.ClusterException}s, of the leaf
 * that fits; an unknown cluster is an {@link dev.namespaces.error.UnknownClusterException}. The gateway does not change
 * the manifests that it is given.
 *
 * <p>A request that was given up may still reach the API server later. So every write is bound to the object that the
 * caller has read, and every result and {@link dev.namespaces.error.ClusterException} says whether a request of the
 * call may still arrive. An answer is a success or a Kubernetes {@code Status} from 400 to 499, except 408. After any
 * other end of a request the gateway may send the same request again, bound to the same object and version.
 */
public interface ClusterGateway {

    /**
     * Applies the manifest by server-side apply, under strict field validation. Applying it again changes nothing. Keys
     * that {@link #create} has set under the same field manager count as applied.
     *
     * <p>Outside of a dry run the manifest has a {@code metadata.uid} and a {@code metadata.resourceVersion}: the apply
     * changes this version of this object, or nothing. Each further request of the call carries the UID and the version
     * that the request before it returned. A conflict of versions ends the call; the gateway never reads the object in
     * order to try again. If a call fails after some of its requests, the changes of those requests remain, and the
     * object has a new version.
     *
     * <p>A dry run may leave out both. In a namespace that does not exist yet it returns what the apply would do once
     * the namespace exists, because the namespace itself may only be planned so far.
     *
     * @throws IllegalArgumentException if it is no dry run and the manifest lacks the UID or the version
     * @throws dev.namespaces.error.ApplyConflictException if another manager owns a field and conflicts are to fail
     * @throws dev.namespaces.error.PreconditionFailedException if the object is not the one that was read, or is gone,
     *     also together with its namespace
     * @throws dev.namespaces.error.LeaseLostException if {@link ApplyOptions#maySend()} returned false
     * @throws dev.namespaces.error.NamespaceTerminatingException if a dry run would create the object and its namespace
     *     is being deleted
     * @throws dev.namespaces.error.KindNotServedException if the cluster does not know the kind
     * @throws dev.namespaces.error.ManifestRejectedException if the API server finds the manifest invalid, or an
     *     admission controller refuses it
     */
    ApplyResult apply(ClusterId cluster, HasMetadata manifest, ApplyOptions options);

    /**
     * Creates the object, under strict field validation, unless an object of that name exists. If the answer of a
     * request was lost and the request is repeated, the result is {@link CreateResult.AlreadyExists}, although the
     * object may be the caller's own; the caller recognizes it by an annotation of its own. A dry run in a namespace
     * that does not exist yet returns what {@link #apply} would.
     *
     * @throws dev.namespaces.error.LeaseLostException if {@link CreateOptions#maySend()} returned false
     * @throws dev.namespaces.error.NamespaceAbsentException if its namespace does not exist
     * @throws dev.namespaces.error.NamespaceTerminatingException if its namespace is being deleted
     * @throws dev.namespaces.error.KindNotServedException if the cluster does not know the kind
     * @throws dev.namespaces.error.ManifestRejectedException if the API server finds the manifest invalid, or an
     *     admission controller refuses it
     */
    CreateResult create(ClusterId cluster, HasMetadata manifest, CreateOptions options);

    /**
     * Returns the object, or empty where it is absent or its kind is not served. A namespace is a
     * {@link io.fabric8.kubernetes.api.model.Namespace}; other kinds may be of any model class.
     */
    Optional<HasMetadata> find(ClusterId cluster, ResourceRef resource);

    /**
     * Returns a page of the objects of a kind, in all namespaces, as the API server has them at the time of the first
     * page (a consistent read, not one from a cache). The list of a kind that is not served is empty.
     *
     * @throws dev.namespaces.error.ListExpiredException if the continue token is too old; the list has to begin again
     */
    ObjectPage list(ClusterId cluster, ListQuery query);

    /**
     * Deletes the object if it still has that UID and version. Finalizers stay.
     *
     * @throws dev.namespaces.error.PreconditionFailedException if the object has changed, or another object has its
     *     name
     * @throws dev.namespaces.error.LeaseLostException if {@link DeleteOptions#maySend()} returned false
     */
    DeleteResult delete(ClusterId cluster, ResourceRef resource, DeleteOptions options);

    /** Returns whether the cluster serves that kind, such as {@code cilium.io/v2} and {@code CiliumNetworkPolicy}. */
    boolean serves(ClusterId cluster, String apiVersion, String kind);

    /**
     * Returns this gateway as one with further abilities, such as {@link AccessReviews}, or empty if it does not have
     * them. A gateway that wraps another one returns its own ability, or asks the wrapped one if it does not have it.
     */
    default <E extends ClusterGateway> Optional<E> extension(Class<E> type) {
        return type.isInstance(this) ? Optional.of(type.cast(this)) : Optional.empty();
    }
}
