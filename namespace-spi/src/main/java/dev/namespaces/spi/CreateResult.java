package dev.namespaces.spi;

import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.List;
import java.util.Objects;

/** What a create did. */
public sealed interface CreateResult {

    /**
     * The object did not exist, and does now.
     *
     * @param live the object as the API server has it now, or would have it after a dry run
     * @param warnings the API server's own warnings, in its words
     */
    record Created(HasMetadata live, List<String> warnings) implements CreateResult {
        public Created {
            Objects.requireNonNull(live, "live");
            warnings = List.copyOf(warnings);
        }
    }

    /** An object of that name stands already, possibly a terminating one; nothing was written. */
    record AlreadyExists() implements CreateResult {}
}
