package dev.namespaces.spi;

import dev.namespaces.error.Arrival;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.model.Shown;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.List;
import java.util.Objects;

/** What a create did. */
public sealed interface CreateResult {

    /** Returns whether a request of the call may still reach the API server. */
    Arrival arrival();

    /**
     * The object did not exist, and exists now.
     *
     * @param live the object as the API server has it now, or would have it after a dry run
     * @param warnings the API server's own warnings, in its words
     */
    record Created(HasMetadata live, List<String> warnings, Arrival arrival) implements CreateResult {
        public Created {
            Objects.requireNonNull(live, "live");
            warnings = Shown.sentences(warnings);
            Objects.requireNonNull(arrival, "arrival");
        }

        /** Returns text such as {@code Namespace shop-web: created}. */
        @Override
        public String toString() {
            return ResourceRef.of(live) + ": created";
        }
    }

    /** An object of that name exists, possibly a terminating one; the last request wrote nothing. */
    record AlreadyExists(Arrival arrival) implements CreateResult {
        public AlreadyExists {
            Objects.requireNonNull(arrival, "arrival");
        }
    }
}
