package dev.namespaces.error;

import dev.namespaces.model.Shown;
import java.io.Serializable;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Another field manager owns fields that we would set to another value. Nothing was written. */
public final class ApplyConflictException extends ClusterException {

    private final List<FieldConflict> conflicts;

    public ApplyConflictException(ErrorContext context, List<FieldConflict> conflicts, @Nullable Throwable cause) {
        super(
                context,
                ErrorCategory.CONFLICT,
                "other field managers own fields that we would change: " + Shown.list(conflicts)
                        + "; have them give the fields up, or deploy again and take the fields over",
                Retry.never(),
                cause);
        this.conflicts = List.copyOf(conflicts);
    }

    /** Returns which manager owns which field; at least one. */
    public List<FieldConflict> conflicts() {
        return conflicts;
    }

    /**
     * Says which manager owns a field.
     *
     * @param manager the field manager
     * @param field the field's path, such as {@code .metadata.labels.team}
     */
    public record FieldConflict(String manager, String field) implements Serializable {
        /** Returns text such as {@code .metadata.labels.team by kubectl}. */
        @Override
        public String toString() {
            return Shown.sentence(field) + " by " + Shown.name(manager);
        }
    }
}
