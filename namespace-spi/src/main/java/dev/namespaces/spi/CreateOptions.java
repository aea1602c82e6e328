package dev.namespaces.spi;

import java.time.Duration;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * How a {@link ClusterGateway} creates an object. Immutable; copies come from the {@code with} methods.
 *
 * @param fieldManager the name under which the API server records which fields are ours
 * @param dryRun whether the API server only says what it would do
 * @param maySend asked before each request, as in {@link ApplyOptions}
 * @param timeout the longest time that the call may take, or null for the gateway's own limit; the shorter of both
 *     holds
 */
public record CreateOptions(
        String fieldManager,
        boolean dryRun,
        BooleanSupplier maySend,
        @Nullable Duration timeout) {

    public CreateOptions {
        Objects.requireNonNull(fieldManager, "fieldManager");
        Objects.requireNonNull(maySend, "maySend");
        ApplyOptions.requirePositive(timeout);
    }

    /** Returns options that create, and may always send. */
    public static CreateOptions as(String fieldManager) {
        return new CreateOptions(fieldManager, false, () -> true, null);
    }

    /** Returns a copy that is a dry run or not. */
    public CreateOptions withDryRun(boolean dryRun) {
        return new CreateOptions(fieldManager, dryRun, maySend, timeout);
    }

    /** Returns a copy that asks this before each request. */
    public CreateOptions withMaySend(BooleanSupplier maySend) {
        return new CreateOptions(fieldManager, dryRun, maySend, timeout);
    }

    /** Returns a copy with this time limit; null for the gateway's own. */
    public CreateOptions withTimeout(@Nullable Duration timeout) {
        return new CreateOptions(fieldManager, dryRun, maySend, timeout);
    }
}
