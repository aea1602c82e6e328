package dev.namespaces.dbscheduler;

import dev.namespaces.model.Shown;
import dev.namespaces.model.Target;
import java.time.Instant;

/**
 * A target whose deployment failed, or whose cluster is set aside, and that has not been deployed since then.
 *
 * @param target the target
 * @param since when its first attempt after the last success failed
 * @param failures how many attempts failed in a row; 0 if the cluster was set aside each time
 * @param nextAttempt when the next attempt is due; the round or a change may bring it forward
 * @param lastError one line of text, fit for a page or a log
 */
public record FailedTarget(Target target, Instant since, int failures, Instant nextAttempt, String lastError) {
    public FailedTarget {
        lastError = Shown.sentence(lastError);
    }
}
