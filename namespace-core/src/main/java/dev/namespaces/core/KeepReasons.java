package dev.namespaces.core;

import dev.namespaces.core.NamespaceLook.Spot;
import dev.namespaces.core.delete.DeletionPlan.Reason;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.ObjectIdentity;
import dev.namespaces.model.Origin;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.model.TargetObject;
import dev.namespaces.spi.RecordedUid;
import io.fabric8.kubernetes.api.model.Namespace;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The reasons to keep namespaces of a deletion, from the data in the stores. Workers use it; a
 * {@link KeepReasonsReader} has read the stores before.
 *
 * <p>Only a namespace that the row of its target object proves to have been created by us is deleted: the row has its
 * UID with the origin {@code CREATED}, or has no UID and the namespace has the row's create nonce. Labels prove
 * nothing. They only keep a namespace: one that is labelled for another environment stays.
 */
final class KeepReasons {

    private final Settings settings;
    private final Map<Spot, List<TargetObject>> rows;
    private final Set<Spot> wanted;
    private final Set<Spot> shared;
    private final Map<ClusterId, Map<String, List<RecordedUid>>> recorded;

    /**
     * @param rows the rows of the objects of each namespace
     * @param wanted the namespaces that a live namespace of their own environment wants
     * @param shared the namespaces that another environment claims
     * @param recorded the records of UIDs, by cluster
     */
    KeepReasons(
            Settings settings,
            Map<Spot, List<TargetObject>> rows,
            Set<Spot> wanted,
            Set<Spot> shared,
            Map<ClusterId, Map<String, List<RecordedUid>>> recorded) {
        this.settings = settings;
        this.rows = rows;
        this.wanted = wanted;
        this.shared = shared;
        this.recorded = recorded;
    }

    /** Returns a copy that also has the records of UIDs. */
    KeepReasons withRecorded(Map<ClusterId, Map<String, List<RecordedUid>>> recorded) {
        return new KeepReasons(settings, rows, wanted, shared, recorded);
    }

    /** Returns the rows of the namespace's objects, as they were read. */
    List<TargetObject> rows(Spot spot) {
        return rows.getOrDefault(spot, List.of());
    }

    /** Returns the row of the Namespace object, or null if there is none. */
    @Nullable
    TargetObject row(Spot spot) {
        return rows(spot).stream()
                .filter(row -> row.resource().equals(ResourceRef.namespace(spot.name())))
                .findFirst()
                .orElse(null);
    }

    /**
     * Returns why the namespace must be kept, or empty if the record proves that we created it for this environment and
     * no other environment and no other live namespace wants it.
     *
     * @param live the namespace of that name on the cluster, or null if there is none
     */
    Optional<Reason> of(Spot spot, @Nullable Namespace live) {
        if (settings.protectedNames().contains(spot.name())) {
            return Optional.of(Reason.PROTECTED);
        }
        if (live == null) {
            return Optional.of(Reason.ABSENT);
        }
        Optional<Reason> notOurs = notCreatedByUs(spot, live);
        if (notOurs.isPresent()) {
            return notOurs;
        }
        if (isClaimed(spot, live)) {
            return Optional.of(Reason.CLAIMED);
        }
        if (wanted.contains(spot)) {
            return Optional.of(Reason.WANTED);
        }
        return shared.contains(spot) || isRecordedForAnother(spot, live)
                ? Optional.of(Reason.SHARED)
                : Optional.empty();
    }

    private Optional<Reason> notCreatedByUs(Spot spot, Namespace live) {
        TargetObject row = row(spot);
        ObjectIdentity identity = row == null ? null : row.identity();
        String uid = live.getMetadata().getUid();
        if (identity != null && identity.uid().equals(uid)) {
            return switch (identity.origin()) {
                case CREATED -> Optional.empty();
                case ADOPTED -> Optional.of(Reason.ADOPTED);
                case ENSURED -> Optional.of(Reason.ENSURED);
            };
        }
        if (row != null && Standing.isCreatedByRow(live, row, settings.scheme())) {
            return Optional.empty();
        }
        if (isClaimed(spot, live)) {
            return Optional.of(Reason.CLAIMED);
        }
        return recordedOf(spot, live).stream().anyMatch(each -> each.identity().origin() == Origin.ENSURED)
                ? Optional.of(Reason.ENSURED)
                : Optional.of(Reason.FOREIGN);
    }

    private boolean isClaimed(Spot spot, Namespace live) {
        return LiveNamespaces.label(live, settings.scheme().environmentKey())
                .filter(owner -> !owner.equals(spot.target().environmentId().value()))
                .isPresent();
    }

    private boolean isRecordedForAnother(Spot spot, Namespace live) {
        return recordedOf(spot, live).stream()
                .anyMatch(each -> each.target() != null && !each.target().equals(spot.target()));
    }

    private List<RecordedUid> recordedOf(Spot spot, Namespace live) {
        return recorded.getOrDefault(spot.target().clusterId(), Map.of())
                .getOrDefault(live.getMetadata().getUid(), List.of());
    }

    /** Returns the namespace that an object is, or is in. */
    static String namespaceOf(ResourceRef resource) {
        return resource.namespace() == null ? resource.name() : Objects.requireNonNull(resource.namespace());
    }
}
