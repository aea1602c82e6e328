package dev.namespaces.hostplatform;

import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.core.deploy.DeployOptions;
import dev.namespaces.core.deploy.DeploymentFailedException;
import dev.namespaces.core.deploy.DeploymentReport;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Namespace;
import dev.namespaces.spi.LifecycleEvent;
import dev.namespaces.spi.LifecycleListener;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.stereotype.Component;

/** The deployments that people have started, with what the lifecycle says while they run. */
@Component
class Deployments implements LifecycleListener {

    private final Map<EnvironmentId, Progress> latest = new ConcurrentHashMap<>();
    private final ObjectProvider<NamespaceLifecycle> lifecycle;
    private final Executor executor;

    /** @param lifecycle the lifecycle, which has this listener and so is created later */
    Deployments(ObjectProvider<NamespaceLifecycle> lifecycle, Executor executor) {
        this.lifecycle = lifecycle;
        this.executor = executor;
    }

    /**
     * Deployments of one environment at the same time: of two people, or of one person who clicked twice.
     *
     * @param started the number of started deployments
     * @param lines what has happened until now
     * @param ends the results of the deployments that have ended
     */
    record Progress(AtomicInteger started, List<String> lines, List<End> ends) {
        public boolean isRunning() {
            return ends.size() < started.get();
        }
    }

    /**
     * How a deployment has ended.
     *
     * @param report null if it failed as a whole
     * @param failure why it failed as a whole, or null
     */
    record End(@Nullable DeploymentReport report, @Nullable String failure) {}

    void start(EnvironmentId id, DeployOptions options) {
        Progress progress = latest.compute(id, (same, before) -> {
            Progress joined = before != null && before.isRunning()
                    ? before
                    : new Progress(new AtomicInteger(), new CopyOnWriteArrayList<>(), new CopyOnWriteArrayList<>());
            joined.started().incrementAndGet();
            return joined;
        });
        try {
            executor.execute(() -> progress.ends().add(run(id, options)));
        } catch (RejectedExecutionException e) {
            progress.ends().add(new End(null, "The platform stops, or has too much to do. Try again later."));
        }
    }

    /** Deploys now. Throws no exception: otherwise the page would show a running deployment until the restart. */
    End run(EnvironmentId id, DeployOptions options) {
        try {
            return new End(lifecycle.getObject().deploy(id, options), null);
        } catch (DeploymentFailedException e) {
            return new End(e.report(), null);
        } catch (RuntimeException | Error e) {
            LoggerFactory.getLogger(Deployments.class).warn("The deployment of {} failed", id, e);
            return new End(null, e instanceof NamespaceException ? e.getMessage() : FailurePages.UNEXPECTED);
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
}
