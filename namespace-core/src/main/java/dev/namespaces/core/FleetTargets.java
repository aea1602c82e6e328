package dev.namespaces.core;

import dev.namespaces.core.deploy.ClusterReport;
import dev.namespaces.core.deploy.EnvironmentReport;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.Environment;
import dev.namespaces.model.Target;
import java.util.List;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/** What a fleet does with each of its targets. Only the caller's thread uses it. */
interface FleetTargets {

    /**
     * The work for one target.
     *
     * @param order how to deploy
     * @param unchanged the report, if the records say that there is nothing to do
     */
    record Work(
            Environment environment,
            ClusterId cluster,
            TargetDeployment.Order order,
            @Nullable ClusterReport unchanged) {

        Target target() {
            return new Target(environment.id(), cluster);
        }
    }

    /**
     * Returns the work for the targets of a page of environments, and reads the stores for it.
     *
     * @param isMeant says which targets the caller asks for now
     */
    List<Work> of(List<Environment> environments, BiPredicate<Environment, ClusterId> isMeant);

    /** Returns a run of the target that has not begun. */
    EnvironmentRun run(Work work);

    /**
     * Receives the report of a run that has ended, or null if an exception ended it. The caller calls it for each run.
     */
    void ended(Work work, @Nullable EnvironmentReport report);
}
