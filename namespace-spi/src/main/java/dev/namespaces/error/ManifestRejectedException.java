package dev.namespaces.error;

import dev.namespaces.model.Shown;
import java.io.Serializable;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The API server finds the manifest invalid (HTTP 400 or 422), or an admission controller refuses it. */
public final class ManifestRejectedException extends ClusterException {

    private final List<FieldCause> causes;

    public ManifestRejectedException(
            ErrorContext context, List<FieldCause> causes, String reason, @Nullable Throwable cause) {
        super(context, ErrorCategory.REFUSED, "the API server rejects the manifest: " + reason, Retry.never(), cause);
        this.causes = List.copyOf(causes);
    }

    /** Returns what is wrong with which field, in the API server's words; may be empty. */
    public List<FieldCause> causes() {
        return causes;
    }

    /**
     * Says what is wrong with one field.
     *
     * @param field the field's path, possibly empty
     * @param message the API server's words
     */
    public record FieldCause(String field, String message) implements Serializable {
        /** Returns text such as {@code spec.egress: must be a list}. */
        @Override
        public String toString() {
            return Shown.sentence(field + ": " + message);
        }
    }
}
