package dev.namespaces.error;

import dev.namespaces.model.Shown;
import java.util.List;

/**
 * An admission controller of the cluster changed our policy while it was stored, so that it allows more egress than was
 * asked for, or so that nobody can tell. The object exists on the cluster as the controller made it.
 */
public final class PolicyWidenedException extends ClusterException {

    private final List<String> gained;

    /** @param gained what the stored policy allows in addition, or why it cannot be compared, as sentences */
    public PolicyWidenedException(ErrorContext context, List<String> gained) {
        super(
                context,
                ErrorCategory.MISCONFIGURED,
                "an admission controller changed the policy, which now allows more: " + Shown.list(gained)
                        + "; exempt our policy objects from that controller",
                Retry.never(),
                null);
        this.gained = Shown.sentences(gained);
    }

    /** Returns what the stored policy allows in addition, or why it cannot be compared, as sentences. */
    public List<String> gained() {
        return gained;
    }
}
