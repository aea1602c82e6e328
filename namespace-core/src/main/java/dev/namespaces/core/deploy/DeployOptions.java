package dev.namespaces.core.deploy;

import java.time.Duration;
import java.util.Collection;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How to deploy. Immutable; copies come from the {@code with} methods.
 *
 * @param dryRun whether to only say what would be done
 * @param mode what may exist on the clusters before
 * @param adoption what happens to a namespace that we did not create, or null for what the lifecycle was built with
 * @param takeOverFields whether labels and annotations that another field manager owns are overwritten
 * @param takeOverNamespaces names of namespaces that are taken over although they are labelled for another environment
 * @param rewriteAll whether every object is asked for by its name and written again, in spite of what records and
 *     labels say; use it after a restore of the cluster or of the database
 * @param lockWait how long to wait for other deployments of the same targets, or null for what the lifecycle was built
 *     with
 * @param timeout the longest time that the call may take, or null for no limit but those of each step
 */
public record DeployOptions(
        DryRun dryRun,
        ApplyMode mode,
        @Nullable AdoptionPolicy adoption,
        boolean takeOverFields,
        Set<String> takeOverNamespaces,
        boolean rewriteAll,
        @Nullable Duration lockWait,
        @Nullable Duration timeout) {

    private static final DeployOptions DEFAULT =
            new DeployOptions(DryRun.NONE, ApplyMode.APPLY, null, false, Set.of(), false, null, null);

    /** @throws IllegalArgumentException if the lock wait is negative, or the timeout is not positive */
    public DeployOptions {
        Objects.requireNonNull(dryRun, "dryRun");
        Objects.requireNonNull(mode, "mode");
        takeOverNamespaces = Set.copyOf(takeOverNamespaces);
        if (lockWait != null && lockWait.isNegative()) {
            throw new IllegalArgumentException("The wait for a lock must not be negative, is " + lockWait);
        }
        if (timeout != null && (timeout.isNegative() || timeout.isZero())) {
            throw new IllegalArgumentException("The timeout must be positive, is " + timeout);
        }
    }

    /** Returns options that write, by {@link ApplyMode#APPLY}, and take over nothing. */
    public static DeployOptions defaults() {
        return DEFAULT;
    }

    /** Returns a copy that is this kind of dry run, or none. */
    public DeployOptions withDryRun(DryRun dryRun) {
        return new DeployOptions(
                dryRun, mode, adoption, takeOverFields, takeOverNamespaces, rewriteAll, lockWait, timeout);
    }

    /** Returns a copy in this mode. */
    public DeployOptions withMode(ApplyMode mode) {
        return new DeployOptions(
                dryRun, mode, adoption, takeOverFields, takeOverNamespaces, rewriteAll, lockWait, timeout);
    }

    /** Returns a copy with this adoption policy. */
    public DeployOptions withAdoption(AdoptionPolicy adoption) {
        return new DeployOptions(
                dryRun, mode, adoption, takeOverFields, takeOverNamespaces, rewriteAll, lockWait, timeout);
    }

    /** Returns a copy that overwrites labels and annotations of other field managers, or not. */
    public DeployOptions withTakeOverFields(boolean takeOverFields) {
        return new DeployOptions(
                dryRun, mode, adoption, takeOverFields, takeOverNamespaces, rewriteAll, lockWait, timeout);
    }

    /** Returns a copy that takes over the namespaces of these names from other environments. */
    public DeployOptions withTakeOverNamespaces(Collection<String> names) {
        return new DeployOptions(
                dryRun, mode, adoption, takeOverFields, Set.copyOf(names), rewriteAll, lockWait, timeout);
    }

    /** Returns a copy that writes every object again, or not. */
    public DeployOptions withRewriteAll(boolean rewriteAll) {
        return new DeployOptions(
                dryRun, mode, adoption, takeOverFields, takeOverNamespaces, rewriteAll, lockWait, timeout);
    }

    /** Returns a copy that waits this long for other deployments of the same targets. */
    public DeployOptions withLockWait(Duration lockWait) {
        return new DeployOptions(
                dryRun, mode, adoption, takeOverFields, takeOverNamespaces, rewriteAll, lockWait, timeout);
    }

    /** Returns a copy that takes at most this long. */
    public DeployOptions withTimeout(Duration timeout) {
        return new DeployOptions(
                dryRun, mode, adoption, takeOverFields, takeOverNamespaces, rewriteAll, lockWait, timeout);
    }
}
