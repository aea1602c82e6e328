package dev.namespaces.spi;

import dev.namespaces.error.Arrival;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.model.Shown;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/**
 * What an apply did.
 *
 * @param live the object as the API server has it now, or would have it after a dry run
 * @param effect what happened to the object
 * @param warnings the API server's own warnings, in its words
 * @param arrival whether a request of the call may still reach the API server, although the call succeeded: one that
 *     was repeated after its answer was lost
 */
public record ApplyResult(HasMetadata live, Effect effect, List<String> warnings, Arrival arrival) {

    public ApplyResult {
        Objects.requireNonNull(live, "live");
        Objects.requireNonNull(effect, "effect");
        warnings = Shown.sentences(warnings);
        Objects.requireNonNull(arrival, "arrival");
    }

    /** Returns text such as {@code NetworkPolicy shop-web/egress: changed}. */
    @Override
    public String toString() {
        return ResourceRef.of(live) + ": " + effect.name().toLowerCase(Locale.ROOT);
    }

    /** What happened to the object. */
    public enum Effect {
        /** It did not exist before. Only a dry run, or a create, has this effect. */
        CREATED,
        /** The API server stored a new version of it. */
        CHANGED,
        /** It was as wanted before, and its version is the same. */
        UNCHANGED
    }
}
