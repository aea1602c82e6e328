package dev.namespaces.error;

import dev.namespaces.model.ClusterId;
import java.util.Collection;
import java.util.List;

/** No cluster of that id is configured. */
public final class UnknownClusterException extends ClusterException {

    private final transient List<ClusterId> known;

    public UnknownClusterException(ErrorContext context, Collection<ClusterId> known) {
        super(
                context,
                known.isEmpty()
                        ? "no such cluster is known"
                        : "no such cluster is known; known are "
                                + known.stream().sorted().toList(),
                Retry.never(),
                null);
        this.known = known.stream().sorted().toList();
    }

    /** The clusters that are known, where they can be listed; in order. */
    public List<ClusterId> known() {
        return known;
    }
}
