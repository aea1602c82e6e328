package dev.namespaces.spi;

import java.util.Objects;

/**
 * How a {@link ClusterGateway} applies a manifest.
 *
 * @param fieldManager the name under which the API server keeps which fields are ours
 * @param dryRun whether the API server is only asked what it would do
 * @param conflicts what becomes of a field that another manager owns with another value
 * @param extent what becomes of fields that the manifest does not have
 * @see <a href="https://kubernetes.io/docs/reference/using-api/server-side-apply/">Kubernetes: server-side apply</a>
 */
public record ApplyOptions(String fieldManager, boolean dryRun, Conflicts conflicts, Extent extent) {

    public ApplyOptions {
        Objects.requireNonNull(fieldManager, "fieldManager");
        Objects.requireNonNull(conflicts, "conflicts");
        Objects.requireNonNull(extent, "extent");
    }

    /** Applies our own fields, and fails on a conflict. */
    public static ApplyOptions as(String fieldManager) {
        return new ApplyOptions(fieldManager, false, Conflicts.FAIL, Extent.OWN_FIELDS);
    }

    /** The same, as a dry run or not. */
    public ApplyOptions withDryRun(boolean dryRun) {
        return new ApplyOptions(fieldManager, dryRun, conflicts, extent);
    }

    /** The same, with conflicts treated so. */
    public ApplyOptions with(Conflicts conflicts) {
        return new ApplyOptions(fieldManager, dryRun, conflicts, extent);
    }

    /** The same, with this extent. */
    public ApplyOptions with(Extent extent) {
        return new ApplyOptions(fieldManager, dryRun, conflicts, extent);
    }

    /** What becomes of a field that another manager owns with another value. */
    public enum Conflicts {
        /** The apply fails with an {@link dev.namespaces.error.ApplyConflictException} and writes nothing. */
        FAIL,
        /** We become the field's owner. */
        TAKE_OVER
    }

    /** What becomes of fields that the manifest does not have. */
    public enum Extent {
        /** Fields that we set earlier and no longer have are removed; those of others stay. */
        OWN_FIELDS,
        /**
         * The {@code spec} and every other top-level field but {@code metadata} and {@code status} become exactly the
         * manifest's, whoever set them and whatever {@link Conflicts} says, which then decides about {@code metadata}
         * only; labels and annotations of others stay.
         */
        WHOLE_OBJECT
    }
}
