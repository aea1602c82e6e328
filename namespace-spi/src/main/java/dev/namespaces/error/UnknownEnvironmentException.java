package dev.namespaces.error;

import dev.namespaces.model.EnvironmentId;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;

/** There are no environments of these ids. */
public final class UnknownEnvironmentException extends NamespaceException {

    private final List<EnvironmentId> ids;

    public UnknownEnvironmentException(ErrorContext context, Collection<EnvironmentId> ids) {
        super(
                context,
                ErrorCategory.NOT_FOUND,
                "there is no environment " + join(ids) + "; is the id right, and was it saved?",
                Retry.never(),
                null);
        this.ids = ids.stream().sorted().toList();
    }

    /** Returns the ids that are not known, in order; at least one. */
    public List<EnvironmentId> ids() {
        return ids;
    }

    private static String join(Collection<EnvironmentId> ids) {
        return ids.stream().sorted().map(id -> "'" + id + "'").collect(Collectors.joining(", "));
    }
}
