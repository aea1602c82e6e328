package dev.namespaces.core;

import dev.namespaces.egress.EgressSettingsException;
import dev.namespaces.egress.InexpressibleEgressException;
import dev.namespaces.model.DeploymentRecord;
import dev.namespaces.model.DeploymentRecord.Completion;
import org.jspecify.annotations.Nullable;

/** Says whether a record proves that nothing is to be done. */
final class Records {

    private Records() {}

    /** Returns whether the record says that this state was deployed, by this release or by a newer one. */
    static boolean isCurrent(DeploymentRecord record, DesiredState state, Settings settings) {
        Completion completion = record.completion();
        if (completion == null || isTooOld(completion, settings)) {
            return false;
        }
        return completion.inputFingerprint().equals(input(record, state, settings))
                && (completion.renderingGeneration() >= Rendered.GENERATION
                        || completion.renderedFingerprint().equals(rendered(record, completion, state, settings)));
    }

    /** Returns whether the record is over the greatest age, and so counts as none. */
    static boolean isTooOld(@Nullable Completion completion, Settings settings) {
        return completion != null
                && settings.greatestAge() != null
                && completion.deployedAt().plus(settings.greatestAge()).isBefore(settings.now());
    }

    /** Returns null if the settings cannot be had, which equals no fingerprint; the next deployment says why. */
    private static @Nullable String input(DeploymentRecord record, DesiredState state, Settings settings) {
        try {
            return InputFingerprints.on(record.target().clusterId(), state, settings)
                    .ofAll();
        } catch (EgressSettingsException e) {
            return null;
        }
    }

    /** Returns null if the state cannot be rendered, which equals no fingerprint; the next deployment says why. */
    private static @Nullable String rendered(
            DeploymentRecord record, Completion completion, DesiredState state, Settings settings) {
        try {
            return Rendered.of(state, record.target().clusterId(), completion.dialect(), settings)
                    .fingerprint();
        } catch (InexpressibleEgressException e) {
            return null;
        }
    }
}
