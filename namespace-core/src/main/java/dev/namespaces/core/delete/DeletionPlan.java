package dev.namespaces.core.delete;

import dev.namespaces.error.InvalidTextException;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.NamespaceId;
import dev.namespaces.model.Shown;
import dev.namespaces.model.Target;
import java.io.Serializable;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The namespaces that a deletion would delete, for people to read before anything is deleted. A plan is a value: a host
 * can store it, send it to another replica, build it again from its parts, and approve it there.
 *
 * <p>A plan can be used for one deletion until it expires. The stores decide this by the plan serial of each target, so
 * a copy of a used plan is used as well. The plan stays valid after further deployments.
 *
 * @param format the version of this structure, always {@link #FORMAT}
 * @param namespaces the stored namespaces that the deletion is for; the deletion soft-deletes the live ones first
 * @param deletions the namespaces on clusters that will be deleted
 * @param kept the namespaces on clusters that will not be deleted, each with its reason
 * @param unreachable the clusters that could not be asked; nothing on them is deleted
 * @param serials the plan serial of each environment and cluster that the plan is about
 * @param requestedBy the person or service that asked for the plan, in the host's words, or null
 * @param expiresAt the time from which the plan is refused
 */
public record DeletionPlan(
        int format,
        List<PlannedNamespace> namespaces,
        List<Deletion> deletions,
        List<Kept> kept,
        List<Unreachable> unreachable,
        List<Serial> serials,
        @Nullable String requestedBy,
        Instant expiresAt)
        implements Serializable {

    /** The version of this structure. */
    public static final int FORMAT = 1;

    /** @throws InvalidTextException if the format is another one than {@link #FORMAT} */
    public DeletionPlan {
        if (format != FORMAT) {
            throw unknownFormat(format);
        }
        namespaces = List.copyOf(namespaces);
        deletions = List.copyOf(deletions);
        kept = List.copyOf(kept);
        unreachable = List.copyOf(unreachable);
        serials = List.copyOf(serials);
        Objects.requireNonNull(expiresAt, "expiresAt");
    }

    static InvalidTextException unknownFormat(int format) {
        return new InvalidTextException(
                "format of a deletion plan", Integer.toString(format), "must be " + FORMAT + "; plan again");
    }

    /**
     * Returns the plan as JSON, for a file, a database or another service. The fields have the names of the components
     * of this record; ids and times are text. {@link #fromJson} reads it.
     */
    public String toJson() {
        return DeletionPlanJson.write(this);
    }

    /**
     * Returns the plan that {@link #toJson} wrote.
     *
     * @throws InvalidTextException if the text is not such JSON: a field is unknown, missing or not valid, or the
     *     format is another one than {@link #FORMAT}
     */
    public static DeletionPlan fromJson(String json) {
        return DeletionPlanJson.read(Objects.requireNonNull(json, "json"));
    }

    /** Returns the plan as text for people: a line for each namespace on each cluster. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        deletions.forEach(deletion -> text.append("delete ").append(deletion).append('\n'));
        kept.forEach(each -> text.append("keep ").append(each).append('\n'));
        unreachable.forEach(each -> text.append("not asked: ").append(each).append('\n'));
        if (requestedBy != null) {
            text.append("requested by ").append(Shown.name(requestedBy)).append('\n');
        }
        return text.append("good until ").append(expiresAt).toString();
    }

    /**
     * A stored namespace, as it was when the plan was made.
     *
     * @param id its id
     * @param environmentId its environment, which the host may have archived or removed
     * @param name its name
     * @param version the version of its row, or 0 if there is no row
     * @param row whether its row was live
     */
    public record PlannedNamespace(NamespaceId id, EnvironmentId environmentId, String name, long version, Row row)
            implements Serializable {
        public PlannedNamespace {
            Objects.requireNonNull(id, "id");
            Objects.requireNonNull(environmentId, "environmentId");
            Objects.requireNonNull(name, "name");
            Objects.requireNonNull(row, "row");
        }

        /** Returns text such as {@code shop-web of shop-dev}. */
        @Override
        public String toString() {
            return Shown.name(name) + " of " + environmentId;
        }
    }

    /** The row of a namespace in the store. */
    public enum Row {
        /** A live row. */
        LIVE,
        /** A soft-deleted row. */
        SOFT_DELETED,
        /** No row any more; only the record of the objects on the clusters is left. */
        MISSING
    }

    /**
     * A namespace on a cluster that will be deleted, or that is terminating and will be waited for.
     *
     * @param namespace the stored namespace
     * @param cluster the cluster
     * @param uid the UID of the object that was looked at; no other object of that name is deleted
     */
    public record Deletion(PlannedNamespace namespace, ClusterId cluster, String uid) implements Serializable {
        public Deletion {
            Objects.requireNonNull(namespace, "namespace");
            Objects.requireNonNull(cluster, "cluster");
            Objects.requireNonNull(uid, "uid");
        }

        /** Returns the environment on the cluster. */
        public Target target() {
            return new Target(namespace.environmentId(), cluster);
        }

        /** Returns text such as {@code shop-web of shop-dev on eu-1 (uid 1234)}. */
        @Override
        public String toString() {
            return namespace + " on " + cluster + " (uid " + Shown.name(uid) + ")";
        }
    }

    /**
     * A namespace on a cluster that will not be deleted.
     *
     * @param namespace the stored namespace
     * @param cluster the cluster
     * @param reason why not
     */
    public record Kept(PlannedNamespace namespace, ClusterId cluster, Reason reason) implements Serializable {
        public Kept {
            Objects.requireNonNull(namespace, "namespace");
            Objects.requireNonNull(cluster, "cluster");
            Objects.requireNonNull(reason, "reason");
        }

        /** Returns the environment on the cluster. */
        public Target target() {
            return new Target(namespace.environmentId(), cluster);
        }

        /** Returns text such as {@code shop-web of shop-dev on eu-1: we adopted it}. */
        @Override
        public String toString() {
            return namespace + " on " + cluster + ": " + reason.text;
        }
    }

    /**
     * A cluster that could not be asked.
     *
     * @param cluster the cluster
     * @param cause why, as text
     * @param retryable whether the cluster may answer later without a change
     */
    public record Unreachable(ClusterId cluster, String cause, boolean retryable) implements Serializable {
        public Unreachable {
            Objects.requireNonNull(cluster, "cluster");
            Objects.requireNonNull(cause, "cause");
        }

        /** Returns a cluster that gave this failure as its answer. */
        public static Unreachable of(ClusterId cluster, NamespaceException failure) {
            return new Unreachable(cluster, String.valueOf(failure.getMessage()), failure.isRetryable());
        }

        /** Returns text such as {@code cluster eu-1: ...}. */
        @Override
        public String toString() {
            return "cluster " + cluster + ": " + Shown.sentence(cause);
        }
    }

    /**
     * The plan serial of an environment on a cluster. Each deletion, release and take-over that is carried out there
     * raises it.
     *
     * @param target the environment and cluster
     * @param serial the serial when the plan was made; 0 if there was no record
     */
    public record Serial(Target target, long serial) implements Serializable {
        public Serial {
            Objects.requireNonNull(target, "target");
        }
    }

    /** Why a namespace is not deleted. */
    public enum Reason {
        /** There is no namespace of that name. */
        ABSENT("it does not exist"),
        /** It existed before our first deployment. */
        ADOPTED("we adopted it and did not create it"),
        /** Our ensure created it, for no environment. */
        ENSURED("an ensure created it, for no environment"),
        /** It is labelled for another environment. */
        CLAIMED("it is labelled for another environment"),
        /** Nothing proves that we created it. Its labels are no proof. */
        FOREIGN("no record proves that we created it"),
        /** A live namespace of the environment, which the plan does not delete, wants it. */
        WANTED("a live namespace of its environment wants it"),
        /** Another environment claims the same namespace on that cluster. */
        SHARED("another environment claims it too"),
        /** Its name is one that this library never touches. */
        PROTECTED("its name is protected"),
        /** The options of the plan name its cluster as lost. The deletion removes only our record of it. */
        CLUSTER_LOST("its cluster is lost, so only our record of it is removed");

        private final String text;

        Reason(String text) {
            this.text = text;
        }

        /** Returns the reason as part of a sentence. */
        public String text() {
            return text;
        }
    }
}
