package dev.namespaces.hostplatform;

import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.core.deploy.DeployOptions;
import dev.namespaces.core.deploy.DeploymentReport;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Namespace;
import dev.namespaces.spi.LifecycleEvent;
import dev.namespaces.spi.LifecycleListener;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.stereotype.Component;

/** The deployments that people have started, with what the lifecycle says while they run. */
@Component
class Deployments implements LifecycleListener, AutoCloseable {

    private final Map<EnvironmentId, Progress> latest = new ConcurrentHashMap<>();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final ObjectProvider<NamespaceLifecycle> lifecycle;

    /** @param lifecycle the lifecycle, which has this listener and so is created later */
    Deployments(ObjectProvider<NamespaceLifecycle> lifecycle) {
        this.lifecycle = lifecycle;
    }

    /**
     * One deployment.
     *
     * @param lines what has happened until now
     * @param end how it has ended, or null while it runs
     */
    record Progress(List<String> lines, AtomicReference<@Nullable End> end) {}

    /**
     * How a deployment has ended.
     *
     * @param report null if it failed as a whole
     * @param failure why it failed as a whole, or null
     */
    record End(
            @Nullable DeploymentReport report,
            List<EgressChange> changes,
            @Nullable RuntimeException failure) {}

    void start(EnvironmentId id, DeployOptions options) {
        Progress progress = new Progress(new CopyOnWriteArrayList<>(), new AtomicReference<>());
        latest.put(id, progress);
        threads.execute(() -> progress.end().set(deploy(id, options)));
    }

    private End deploy(EnvironmentId id, DeployOptions options) {
        try {
            DeploymentReport report = lifecycle.getObject().deploy(id, options);
            return new End(report, EgressChange.of(report), null);
        } catch (RuntimeException e) {
            // Also what nobody expects: otherwise the page would say until the restart that the deployment runs.
            return new End(null, List.of(), e);
        }
    }

    @Nullable
    Progress latest(EnvironmentId id) {
        return latest.get(id);
    }

    @Override
    public void on(LifecycleEvent event) {
        if (event instanceof LifecycleEvent.NamespaceDeployed deployed) {
            note(deployed.namespace(), "on " + deployed.cluster() + ": deployed");
        } else if (event instanceof LifecycleEvent.NamespaceFailed failed) {
            note(failed.namespace(), "on " + failed.cluster() + ": failed");
        }
    }

    private void note(Namespace namespace, String what) {
        Progress progress = latest.get(namespace.environmentId());
        if (progress != null) {
            progress.lines().add(namespace.name() + " " + what);
        }
    }

    @Override
    public void close() {
        threads.shutdown();
    }
}
