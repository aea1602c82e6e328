package dev.namespaces.spi;

import java.time.Duration;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * How a {@link ClusterGateway} applies a manifest. Immutable; copies come from the {@code with} methods.
 *
 * @param fieldManager the name under which the API server records which fields are ours
 * @param dryRun whether the API server only says what it would do
 * @param conflicts what happens to a field that another manager owns with another value
 * @param extent what happens to fields that the manifest does not have
 * @param maySend the gateway asks this before each request of the call that could write. Once it returns false, the
 *     gateway sends nothing more and throws a {@link dev.namespaces.error.LeaseLostException}. It does not block, and
 *     may be asked on any thread
 * @param timeout the longest time that the call may take, or null for the gateway's own limit; the shorter of both
 *     holds
 * @see <a href="https://kubernetes.io/docs/reference/using-api/server-side-apply/">Kubernetes: server-side apply</a>
 */
public record ApplyOptions(
        String fieldManager,
        boolean dryRun,
        Conflicts conflicts,
        Extent extent,
        BooleanSupplier maySend,
        @Nullable Duration timeout) {

    public ApplyOptions {
        Objects.requireNonNull(fieldManager, "fieldManager");
        Objects.requireNonNull(conflicts, "conflicts");
        Objects.requireNonNull(extent, "extent");
        Objects.requireNonNull(maySend, "maySend");
        requirePositive(timeout);
    }

    /** Returns options that apply our own fields, fail on a conflict, and may always send. */
    public static ApplyOptions as(String fieldManager) {
        return new ApplyOptions(fieldManager, false, Conflicts.FAIL, Extent.OWN_FIELDS, () -> true, null);
    }

    /** Returns a copy that is a dry run or not. */
    public ApplyOptions withDryRun(boolean dryRun) {
        return new ApplyOptions(fieldManager, dryRun, conflicts, extent, maySend, timeout);
    }

    /** Returns a copy that treats conflicts this way. */
    public ApplyOptions withConflicts(Conflicts conflicts) {
        return new ApplyOptions(fieldManager, dryRun, conflicts, extent, maySend, timeout);
    }

    /** Returns a copy with this extent. */
    public ApplyOptions withExtent(Extent extent) {
        return new ApplyOptions(fieldManager, dryRun, conflicts, extent, maySend, timeout);
    }

    /** Returns a copy that asks this before each request. */
    public ApplyOptions withMaySend(BooleanSupplier maySend) {
        return new ApplyOptions(fieldManager, dryRun, conflicts, extent, maySend, timeout);
    }

    /** Returns a copy with this time limit; null for the gateway's own. */
    public ApplyOptions withTimeout(@Nullable Duration timeout) {
        return new ApplyOptions(fieldManager, dryRun, conflicts, extent, maySend, timeout);
    }

    static void requirePositive(@Nullable Duration timeout) {
        if (timeout != null && (timeout.isNegative() || timeout.isZero())) {
            throw new IllegalArgumentException("The timeout must be positive, is " + timeout);
        }
    }

    /** What happens to a field that another manager owns with another value. */
    public enum Conflicts {
        /** The apply fails with an {@link dev.namespaces.error.ApplyConflictException} and writes nothing. */
        FAIL,
        /** We become the field's owner. */
        TAKE_OVER
    }

    /** What happens to fields that the manifest does not have. */
    public enum Extent {
        /** The apply removes fields that we set earlier and no longer send; fields of others stay. */
        OWN_FIELDS,
        /**
         * The {@code spec} and every other top-level field but {@code metadata} and {@code status} become exactly the
         * manifest's, in spite of other owners and of {@link Conflicts}, which then decides about {@code metadata}
         * only; labels and annotations of others stay.
         */
        WHOLE_OBJECT
    }
}
