package dev.namespaces.core.deploy;

import java.util.Objects;

/**
 * How to deploy. Immutable.
 *
 * @param dryRun whether to only say what would be done
 * @param mode what may stand on the clusters before
 * @param takeOver whether to take over namespaces that are labelled for another environment, and fields that another
 *     manager owns; such a namespace counts as adopted
 * @param force whether to look for the egress policy of another dialect also where the record says that there is none
 */
public record DeployOptions(DryRun dryRun, ApplyMode mode, boolean takeOver, boolean force) {

    private static final DeployOptions DEFAULT = new DeployOptions(DryRun.NONE, ApplyMode.APPLY, false, false);

    public DeployOptions {
        Objects.requireNonNull(dryRun, "dryRun");
        Objects.requireNonNull(mode, "mode");
    }

    /** The real thing, by {@link ApplyMode#APPLY}; nothing of others is taken over. */
    public static DeployOptions defaults() {
        return DEFAULT;
    }

    /** The same as that dry run. */
    public DeployOptions with(DryRun dryRun) {
        return new DeployOptions(dryRun, mode, takeOver, force);
    }

    /** The same in that mode. */
    public DeployOptions with(ApplyMode mode) {
        return new DeployOptions(dryRun, mode, takeOver, force);
    }

    /** The same, taking over what others own. */
    public DeployOptions takingOver() {
        return new DeployOptions(dryRun, mode, true, force);
    }

    /** The same, looking for egress policies of another dialect in any case. */
    public DeployOptions forced() {
        return new DeployOptions(dryRun, mode, takeOver, true);
    }
}
