package dev.namespaces.core;

import dev.namespaces.core.TargetDeployment.Order;
import dev.namespaces.core.deploy.ClusterReport;
import dev.namespaces.core.deploy.DeployOptions;
import dev.namespaces.core.deploy.LeftBehind;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.model.Target;
import java.util.List;

/**
 * Says which calls want the same deployment of a target. The wait of each call is not part of it.
 *
 * @param order the request of the call, without its deadlines
 */
record TargetFlight(Target target, Order order) {

    /** How a shared deployment ends for one of its calls. */
    sealed interface Landing {

        /**
         * The deployment of the target has ended for all calls, with success or with a failure.
         *
         * @param leftBehind the namespaces that the environment has left behind on other clusters, as the leader has
         *     read them
         */
        record Shared(ClusterReport report, List<LeftBehind> leftBehind) implements Landing {}

        /** The leader failed before it did anything, and another call would fail as well. */
        record Thrown(NamespaceException cause) implements Landing {}

        /** A deployment of another process did not end before the deadline of this call. */
        record WaitOver() implements Landing {}
    }

    static TargetFlight of(Target target, Order order) {
        DeployOptions options = order.options();
        return new TargetFlight(
                target,
                new Order(
                        new DeployOptions(
                                options.dryRun(),
                                options.mode(),
                                options.adoption(),
                                options.takeOverFields(),
                                options.takeOverNamespaces(),
                                options.rewriteAll(),
                                null,
                                null),
                        order.onlyIfChanged(),
                        order.only()));
    }
}
