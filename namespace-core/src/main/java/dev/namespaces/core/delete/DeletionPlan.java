package dev.namespaces.core.delete;

import dev.namespaces.model.ClusterId;
import dev.namespaces.model.Namespace;
import java.io.Serializable;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What a deletion would delete, made before anything is deleted, for people to look at. It is good for one deletion, by
 * the lifecycle that made it, until it expires.
 */
public final class DeletionPlan implements Serializable {

    private final List<Namespace> namespaces;
    private final List<Deletion> deletions;
    private final List<Kept> kept;
    private final Instant expiresAt;
    private final AtomicBoolean taken = new AtomicBoolean();

    /** Made by {@link dev.namespaces.core.NamespaceLifecycle#planDeletion}. */
    public DeletionPlan(List<Namespace> namespaces, List<Deletion> deletions, List<Kept> kept, Instant expiresAt) {
        this.namespaces = List.copyOf(namespaces);
        this.deletions = List.copyOf(deletions);
        this.kept = List.copyOf(kept);
        this.expiresAt = expiresAt;
    }

    /** The stored namespaces that were asked for; live ones are soft-deleted first. */
    public List<Namespace> namespaces() {
        return namespaces;
    }

    /** What will be deleted. */
    public List<Deletion> deletions() {
        return deletions;
    }

    /** What stands on a cluster, or does not, and will not be deleted. */
    public List<Kept> kept() {
        return kept;
    }

    /** The moment from which the plan is no longer good. */
    public Instant expiresAt() {
        return expiresAt;
    }

    /** Takes the plan for a deletion; true once, then never again. */
    public boolean take() {
        return taken.compareAndSet(false, true);
    }

    /** The plan for people to read. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        deletions.forEach(deletion -> text.append("delete ").append(deletion).append('\n'));
        kept.forEach(each -> text.append("keep ").append(each).append('\n'));
        return text.append("good until ").append(expiresAt).toString();
    }

    /**
     * A namespace on a cluster that will be deleted.
     *
     * @param namespace the stored namespace
     * @param cluster the cluster
     * @param uid the UID of the object that was looked at; no other of that name is deleted
     */
    public record Deletion(Namespace namespace, ClusterId cluster, String uid) implements Serializable {
        /** As {@code shop-web on eu-1 (uid 1234)}. */
        @Override
        public String toString() {
            return namespace.name() + " on " + cluster + " (uid " + uid + ")";
        }
    }

    /**
     * A namespace on a cluster that will not be deleted.
     *
     * @param namespace the stored namespace
     * @param cluster the cluster
     * @param reason why not
     */
    public record Kept(Namespace namespace, ClusterId cluster, Reason reason) implements Serializable {
        /** As {@code shop-web on eu-1: it stood there before our first apply}. */
        @Override
        public String toString() {
            return namespace.name() + " on " + cluster + ": " + reason.text;
        }
    }

    /** Why a namespace is not deleted. */
    public enum Reason {
        /** There is none of that name. */
        ABSENT("there is none"),
        /** It is being deleted already. */
        TERMINATING("it is being deleted already"),
        /** It stood there before our first apply. */
        ADOPTED("it stood there before our first apply"),
        /** It is labelled for another environment, or for none. */
        FOREIGN("it is not labelled for this environment"),
        /** It is labelled for another stored namespace of the environment that bears the same name. */
        REPLACED("it belongs to a later namespace of the same name"),
        /** Another environment claims the same namespace on that cluster. */
        SHARED("another environment claims it too"),
        /** Its name is one that this library never touches. */
        PROTECTED("its name is protected");

        private final String text;

        Reason(String text) {
            this.text = text;
        }
    }
}
