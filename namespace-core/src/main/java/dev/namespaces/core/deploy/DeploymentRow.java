package dev.namespaces.core.deploy;

import dev.namespaces.egress.PolicyLevel;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Shown;
import java.io.Serializable;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One line of a report: a namespace on a cluster, or an environment or cluster that has no namespaces in the report.
 *
 * @param environment the environment
 * @param cluster the cluster, or null if the environment was not attempted
 * @param namespace the namespace's name, or null if the row is about the cluster or the environment as a whole
 * @param policy where the egress policy comes from, or null without a namespace
 * @param outcome one or two words, such as {@code created} or {@code not attempted}
 * @param failed whether the row is about a failure
 * @param elapsed how long it took; zero if nothing was done
 * @param notes what a person should know: changes of egress, warnings, omissions, and the causes of failures
 */
public record DeploymentRow(
        EnvironmentId environment,
        @Nullable ClusterId cluster,
        @Nullable String namespace,
        @Nullable PolicyLevel policy,
        String outcome,
        boolean failed,
        Duration elapsed,
        List<String> notes)
        implements Serializable {

    public DeploymentRow {
        Objects.requireNonNull(environment, "environment");
        Objects.requireNonNull(outcome, "outcome");
        Objects.requireNonNull(elapsed, "elapsed");
        notes = Shown.sentences(notes);
    }
}
