package dev.namespaces.spi;

import java.time.Duration;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Which object a {@link ClusterGateway} deletes. Immutable; copies come from the {@code with} methods.
 *
 * @param uid the UID that the object must have
 * @param resourceVersion the version that the object must have
 * @param maySend asked before each request, as in {@link ApplyOptions}
 * @param timeout the longest time that the call may take, or null for the gateway's own limit; the shorter of both
 *     holds
 */
public record DeleteOptions(
        String uid,
        String resourceVersion,
        BooleanSupplier maySend,
        @Nullable Duration timeout) {

    public DeleteOptions {
        Objects.requireNonNull(uid, "uid");
        Objects.requireNonNull(resourceVersion, "resourceVersion");
        Objects.requireNonNull(maySend, "maySend");
        ApplyOptions.requirePositive(timeout);
    }

    /** Returns options that delete this version of this object, and may always send. */
    public static DeleteOptions of(String uid, String resourceVersion) {
        return new DeleteOptions(uid, resourceVersion, () -> true, null);
    }

    /** Returns a copy that asks this before each request. */
    public DeleteOptions withMaySend(BooleanSupplier maySend) {
        return new DeleteOptions(uid, resourceVersion, maySend, timeout);
    }

    /** Returns a copy with this time limit; null for the gateway's own. */
    public DeleteOptions withTimeout(@Nullable Duration timeout) {
        return new DeleteOptions(uid, resourceVersion, maySend, timeout);
    }
}
