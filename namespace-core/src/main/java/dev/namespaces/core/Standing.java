package dev.namespaces.core;

import dev.namespaces.core.render.LabelScheme;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.ObjectIdentity;
import dev.namespaces.model.Origin;
import dev.namespaces.model.TargetObject;
import io.fabric8.kubernetes.api.model.Namespace;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a cluster has under the name of a namespace, as seen by one environment. The record is the proof of ownership:
 * the UID in the row of the target object, or the row's create nonce while it has no UID. Labels are only a hint,
 * because others can write them.
 */
sealed interface Standing {

    /** There is no namespace of that name. */
    record Absent() implements Standing {}

    /** The namespace is being deleted. */
    record Terminating(Namespace live) implements Standing {}

    /**
     * The namespace is ours.
     *
     * @param origin how it became ours
     * @param provenByNonce whether the proof is the create nonce: the answer to our create, or its record, was lost
     */
    record Ours(Namespace live, Origin origin, boolean provenByNonce) implements Standing {}

    /** The namespace is labelled for another environment, and nothing proves that it is ours. */
    record Claimed(Namespace live, String environment) implements Standing {}

    /**
     * Nothing proves that the namespace is ours, and it is labelled for no other environment. It may bear our own
     * environment's label, which anybody can write.
     *
     * @param managedBy the value of its managed-by label, or null if it has none
     * @param adoptFor the environment that its owner allows to adopt it, or null if its owner allows none
     */
    record Foreign(
            Namespace live,
            @Nullable String managedBy,
            @Nullable String adoptFor) implements Standing {}

    /**
     * Judges what was found.
     *
     * @param live what the cluster has under the name, or null for nothing
     * @param row the row of the target object, or null if there is none
     */
    static Standing of(
            @Nullable Namespace live, @Nullable TargetObject row, EnvironmentId environment, LabelScheme scheme) {
        if (live == null) {
            return new Absent();
        }
        if (LiveNamespaces.isTerminating(live)) {
            return new Terminating(live);
        }
        ObjectIdentity identity = row == null ? null : row.identity();
        if (identity != null && identity.uid().equals(live.getMetadata().getUid())) {
            return new Ours(live, identity.origin(), false);
        }
        if (row != null && isCreatedByRow(live, row, scheme)) {
            return new Ours(live, Origin.CREATED, true);
        }
        String owner = LiveNamespaces.label(live, scheme.environmentKey()).orElse(null);
        if (owner != null && !owner.equals(environment.value())) {
            return new Claimed(live, owner);
        }
        return new Foreign(
                live,
                LiveNamespaces.label(live, scheme.managedByKey()).orElse(null),
                annotation(live, scheme.adoptForKey()));
    }

    /**
     * Returns whether the create nonce proves that a create for this row made the namespace. A row that has a UID has
     * no such proof any more.
     */
    static boolean isCreatedByRow(Namespace live, TargetObject row, LabelScheme scheme) {
        return row.identity() == null && row.createNonce().equals(annotation(live, scheme.createdKey()));
    }

    private static @Nullable String annotation(Namespace live, String key) {
        Map<String, String> annotations = live.getMetadata().getAnnotations();
        return annotations == null ? null : annotations.get(key);
    }
}
