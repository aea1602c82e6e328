package dev.namespaces.spi;

import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.List;
import java.util.Objects;

/**
 * What an apply did.
 *
 * @param live the object as the API server has it now, or would have it after a dry run
 * @param effect whether it was created
 * @param warnings the API server's own warnings, in its words
 */
public record ApplyResult(HasMetadata live, Effect effect, List<String> warnings) {

    public ApplyResult {
        Objects.requireNonNull(live, "live");
        Objects.requireNonNull(effect, "effect");
        warnings = List.copyOf(warnings);
    }

    /** What became of the object. */
    public enum Effect {
        /** It did not exist before. */
        CREATED,
        /** It existed before; it may or may not have changed. */
        CONFIGURED
    }
}
