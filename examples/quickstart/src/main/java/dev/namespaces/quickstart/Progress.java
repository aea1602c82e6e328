package dev.namespaces.quickstart;

import dev.namespaces.model.ClusterId;
import dev.namespaces.model.Deployment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Namespace;
import dev.namespaces.spi.LifecycleEvent;
import dev.namespaces.spi.LifecycleListener;
import java.io.PrintWriter;
import java.time.Duration;

/** Says what is being done, a line at a time. Called on many threads; a print writer takes care of that. */
final class Progress implements LifecycleListener {

    private final PrintWriter to;

    Progress(PrintWriter to) {
        this.to = to;
    }

    @Override
    public void on(LifecycleEvent event) {
        if (event instanceof LifecycleEvent.DeploymentBegun begun) {
            Deployment deployment = begun.deployment();
            say(deployment.environmentId(), deployment.clusterId(), "namespaces to deploy: " + begun.namespaces());
        } else if (event instanceof LifecycleEvent.NamespaceDeployed deployed) {
            Namespace namespace = deployed.namespace();
            say(namespace.environmentId(), deployed.cluster(), namespace.name() + in(deployed.elapsed()));
        } else if (event instanceof LifecycleEvent.NamespaceFailed failed) {
            Namespace namespace = failed.namespace();
            say(namespace.environmentId(), failed.cluster(), namespace.name() + " FAILED" + in(failed.elapsed()));
        } else if (event instanceof LifecycleEvent.DeploymentCompleted completed) {
            Deployment deployment = completed.deployment();
            say(deployment.environmentId(), deployment.clusterId(), "complete" + in(completed.elapsed()));
        } else if (event instanceof LifecycleEvent.DeploymentFailed failed) {
            say(failed.environmentId(), failed.cluster(), "FAILED" + in(failed.elapsed()));
        }
    }

    private void say(EnvironmentId environment, ClusterId cluster, String what) {
        to.println(environment + " on " + cluster + ": " + what);
        to.flush();
    }

    private static String in(Duration elapsed) {
        return " in " + elapsed.toMillis() + " ms";
    }
}
