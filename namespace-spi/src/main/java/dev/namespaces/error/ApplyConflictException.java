package dev.namespaces.error;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Another field manager owns fields that we would set to another value; nothing was written. */
public final class ApplyConflictException extends ClusterException {

    private final transient List<FieldConflict> conflicts;

    public ApplyConflictException(ErrorContext context, List<FieldConflict> conflicts, @Nullable Throwable cause) {
        super(
                context,
                "others own fields that we would change: " + conflicts
                        + "; let them drop the fields, or take them over on purpose",
                Retry.never(),
                cause);
        this.conflicts = List.copyOf(conflicts);
    }

    /** Who owns which field; at least one. */
    public List<FieldConflict> conflicts() {
        return conflicts;
    }

    /**
     * Who owns which field.
     *
     * @param manager the field manager
     * @param field the field's path, as {@code .metadata.labels.team}
     */
    public record FieldConflict(String manager, String field) {
        /** As {@code .metadata.labels.team by kubectl}. */
        @Override
        public String toString() {
            return field + " by " + manager;
        }
    }
}
