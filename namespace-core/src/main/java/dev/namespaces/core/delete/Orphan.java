package dev.namespaces.core.delete;

import dev.namespaces.core.delete.DeletionPlan.PlannedNamespace;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.Shown;
import java.io.Serializable;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A namespace that has our managed-by label, and that no live stored namespace of an environment on that cluster wants.
 *
 * @param cluster the cluster
 * @param name its name
 * @param uid its UID
 * @param environment the environment that it is labelled for, as the label has it, or null if it has no such label
 * @param reason why nobody wants it
 * @param planned the stored namespace of which the record proves that we created this one, or null if it cannot be put
 *     into a plan: nothing proves it, or its stored namespace is live and only the environment is missing
 */
public record Orphan(
        ClusterId cluster,
        String name,
        String uid,
        @Nullable String environment,
        Reason reason,
        @Nullable PlannedNamespace planned)
        implements Serializable {

    public Orphan {
        Objects.requireNonNull(cluster, "cluster");
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(uid, "uid");
        Objects.requireNonNull(reason, "reason");
    }

    /** Returns whether its deletion can be planned as that of an orphan. */
    public boolean canBePlanned() {
        return planned != null;
    }

    /** Returns text such as {@code shop-web on eu-1: its stored namespace was soft-deleted}. */
    @Override
    public String toString() {
        return Shown.name(name) + " on " + cluster + ": " + reason.text;
    }

    /** Why no live stored namespace wants it. */
    public enum Reason {
        /** Its stored namespace was soft-deleted. */
        DELETED("its stored namespace was soft-deleted"),
        /** The environment of its stored namespace is not on this cluster any more. */
        CLUSTER_LEFT("its environment has left the cluster"),
        /**
         * Its stored namespace is live, and the store does not find its environment: it was archived or removed, or the
         * store is wrong. It cannot be planned as an orphan. Plan the deletion of the environment.
         */
        ENVIRONMENT_REMOVED("its environment was removed; plan the deletion of the environment"),
        /** Its stored namespace does not exist any more, not even soft-deleted. */
        PURGED("its stored namespace does not exist any more"),
        /** We adopted it, and nobody has released it. */
        ADOPTED("we adopted it; release it"),
        /** Our ensure created it, for no environment. */
        ENSURED("an ensure created it, for no environment"),
        /** It has our label, and no record knows it. */
        UNRECORDED("it has our label, and no record knows it");

        private final String text;

        Reason(String text) {
            this.text = text;
        }
    }
}
