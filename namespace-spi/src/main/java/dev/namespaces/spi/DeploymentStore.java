package dev.namespaces.spi;

import dev.namespaces.model.DeploymentRecord;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Target;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Records what was deployed where, so that an unchanged environment is not deployed again, and an interrupted
 * deployment is.
 *
 * <p>Every write is committed when the method returns, whether or not the caller is in a transaction, and no rollback
 * of the caller undoes it: a rollback does not undo what was written to a cluster. Reads may use the caller's
 * transaction. {@link #begin} and {@link #settle} also write the rows that {@link TargetObjectStore} reads.
 *
 * <p>Implementations are safe to use from many threads at once. The library calls them on its caller's thread only. A
 * store that cannot answer throws a {@link dev.namespaces.error.StoreException}.
 */
public interface DeploymentStore {

    /**
     * Returns the record of each target that the environments were ever deployed to, clusters that an environment has
     * left included, ordered by target.
     */
    List<DeploymentRecord> findByEnvironments(Collection<EnvironmentId> ids);

    /**
     * Begins a deployment, before its first write to the cluster. In one transaction it raises the revision, draws a
     * random attempt token, clears the completion, and for each intent creates the object's row if there is none (with
     * a random create nonce), stores the namespace id, the attempt and {@code attemptedAt}, sets the row open, adds the
     * keys (see {@link dev.namespaces.model.WrittenKeys#plus}), and clears its fingerprint. It leaves every other row
     * as it is, and each identity unless the intent recreates the object. The keys of a recreated object are only those
     * of the intent, because the new object has no overwritten values.
     *
     * @param expectedRevision the revision that the caller has read, or 0 if there is no record
     * @param intents the objects that the deployment may send requests for; each object at most once, may be empty
     * @return what has begun, or empty if the revision has moved; nothing is written then
     */
    Optional<BegunDeployment> begin(Target target, long expectedRevision, List<ObjectIntent> intents);

    /**
     * Stores what a deployment found out about objects of its target, once its requests have ended. The identity of a
     * result is stored if the object has an intent of {@code begun}, even if a newer deployment has begun since, or if
     * the attempt of the row is still that of the result. The state of a result is stored only in a row whose attempt
     * is still that of the result. A row that has got a new create nonce since the deployment began stays as it is: the
     * row was released, or its object is created again, so the result is about the former object. A result for an
     * object without a row does nothing.
     *
     * <p>A row that gets an identity has no unfinished release any more. If the identity is that of the object of this
     * release, the row keeps its older overwritten values: the keys of the result get them by
     * {@link dev.namespaces.model.WrittenKeys#withValuesOf}.
     */
    void settle(BegunDeployment begun, List<ObjectResult> results);

    /**
     * Records that everything was applied, if no newer deployment has begun: revision and attempt of the record must be
     * those of {@code begun}. Completing again replaces the completion.
     */
    CompleteResult complete(BegunDeployment begun, DeploymentRecord.Completion completion);

    /**
     * Clears the completion and raises the revision, so that the next deployment applies everything and a running one
     * cannot complete. It keeps the plan serial. Does nothing if there is no record.
     */
    void forget(Target target);

    /**
     * Raises the plan serial of every target by one, if each is still the given one; otherwise of none. A target
     * without a record has the serial 0, and gets a record. Of two callers with the same serials exactly one succeeds.
     *
     * @return whether the serials were raised
     */
    boolean consume(Map<Target, Long> planSerials);

    /** Whether a completion was recorded. */
    enum CompleteResult {
        /** It was recorded. */
        COMPLETED,
        /** A newer deployment has begun, or the record was forgotten; nothing was recorded. */
        OVERTAKEN
    }
}
