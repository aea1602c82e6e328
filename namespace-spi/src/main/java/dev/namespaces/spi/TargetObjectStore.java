package dev.namespaces.spi;

import dev.namespaces.model.ClusterId;
import dev.namespaces.model.NamespaceId;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.model.Target;
import dev.namespaces.model.TargetObject;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the record of each object that may exist on a cluster because of us. {@link DeploymentStore} writes the same
 * rows when a deployment begins and settles.
 *
 * <p>Every write is committed when the method returns, as in {@link DeploymentStore}. Reads may use the caller's
 * transaction. Implementations are safe to use from many threads at once. The library calls them on its caller's thread
 * only. A store that cannot answer throws a {@link dev.namespaces.error.StoreException}.
 */
public interface TargetObjectStore {

    /**
     * Returns the rows of the namespaces of these names in the target, ordered as {@link #findPage} orders them. The
     * rows of a name stay when the stored namespace is deleted and another one of that name is created.
     */
    List<TargetObject> findByNamespaces(Target target, Collection<String> names);

    /**
     * Returns a page of the rows of the target, ordered by namespace (a Namespace object counts as in itself), then by
     * kind, then by name.
     *
     * @param after the object of the last row of the page before, or null for the first page
     * @param limit the most rows to return, at least 1; fewer mean that this is the last page
     */
    List<TargetObject> findPage(Target target, @Nullable ResourceRef after, int limit);

    /**
     * Returns the records of these UIDs on the cluster, of all targets; UIDs without a record are left out. A namespace
     * that was ensured and then adopted is returned twice: as ensured, and as an object of its target.
     */
    List<RecordedUid> findByUids(ClusterId cluster, Collection<String> uids);

    /** Records that an ensure created a namespace, for no environment. Recording it again does nothing. */
    void recordEnsured(ClusterId cluster, String namespace, String uid);

    /**
     * Begins the release of the namespaces of these names in the target. It clears identity and fingerprint in their
     * rows, gives each a new attempt token and a new create nonce, and leaves the rest as it is. Afterwards no record
     * proves that the objects are ours, and results of earlier deployments for them are not stored. It forgets the
     * target's record as {@link DeploymentStore#forget} does, and raises its plan serial, all in one transaction.
     *
     * <p>UID and nonce are kept as {@link TargetObject#released}, so that the same release can be retried until an
     * {@link ObjectResult.State.Released} ends it. A row with an unfinished release keeps its first UID and nonce
     * there.
     *
     * @return the rows as they are afterwards
     */
    List<TargetObject> release(Target target, Collection<String> names);

    /**
     * Gives the rows of the namespace of that name in one target to another target on the same cluster, forgets the
     * records of both targets, and raises both plan serials, all in one transaction. Identities, nonces and keys move
     * along; rows that the receiving target had for the same objects are replaced. The rows are open afterwards, and
     * have no fingerprint.
     *
     * @param receiver the stored namespace of that name in the receiving target
     * @throws IllegalArgumentException if the targets are on two clusters, or are the same one
     */
    void move(Target from, Target to, String name, NamespaceId receiver);
}
