package dev.namespaces.error;

import dev.namespaces.model.ClusterId;
import java.util.Collection;
import java.util.List;

/** No cluster of that id is configured. */
public final class UnknownClusterException extends ClusterException {

    private final List<ClusterId> known;

    public UnknownClusterException(ErrorContext context, Collection<ClusterId> known) {
        super(
                context,
                ErrorCategory.MISCONFIGURED,
                (known.isEmpty()
                                ? "no such cluster is known"
                                : "no such cluster is known; known are "
                                        + known.stream().sorted().toList())
                        + "; add it to the gateway, or correct the environment",
                Retry.never(),
                null);
        this.known = known.stream().sorted().toList();
    }

    /** Returns the clusters that are known, in order, where they can be listed. */
    public List<ClusterId> known() {
        return known;
    }
}
