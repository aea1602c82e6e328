package dev.namespaces.quickstart;

import dev.namespaces.model.ClusterId;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.Target;
import dev.namespaces.spi.LifecycleEvent;
import dev.namespaces.spi.LifecycleListener;
import java.io.PrintWriter;
import java.time.Duration;

/** Prints a line for each step of a deployment. */
final class Progress implements LifecycleListener {

    private final PrintWriter to;

    Progress(PrintWriter to) {
        this.to = to;
    }

    @Override
    public void on(LifecycleEvent event) {
        if (event instanceof LifecycleEvent.DeploymentBegun begun) {
            say(begun.target(), "objects to write: " + begun.objects());
        } else if (event instanceof LifecycleEvent.NamespaceDeployed deployed) {
            say(
                    target(deployed.namespace(), deployed.cluster()),
                    deployed.namespace().name() + in(deployed.elapsed()));
        } else if (event instanceof LifecycleEvent.NamespaceFailed failed) {
            say(
                    target(failed.namespace(), failed.cluster()),
                    failed.namespace().name() + " FAILED" + in(failed.elapsed()));
        } else if (event instanceof LifecycleEvent.DeploymentCompleted completed) {
            say(completed.deployment().target(), "complete" + in(completed.elapsed()));
        } else if (event instanceof LifecycleEvent.DeploymentFailed failed) {
            say(failed.target(), "FAILED" + in(failed.elapsed()));
        }
    }

    private static Target target(Namespace namespace, ClusterId cluster) {
        return new Target(namespace.environmentId(), cluster);
    }

    private void say(Target target, String what) {
        to.println(target + ": " + what);
        to.flush();
    }

    private static String in(Duration elapsed) {
        return " in " + elapsed.toMillis() + " ms";
    }
}
