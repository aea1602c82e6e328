package dev.namespaces.hostplatform;

import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.core.deploy.DeployOptions;
import dev.namespaces.core.deploy.DeploymentReport;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.spi.LifecycleEvent;
import dev.namespaces.spi.LifecycleListener;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.stereotype.Component;

/** The deployments that people have started, with what the lifecycle says of them meanwhile. */
@Component
class Deployments implements LifecycleListener, AutoCloseable {

    private final Map<EnvironmentId, Progress> latest = new ConcurrentHashMap<>();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final ObjectProvider<NamespaceLifecycle> lifecycle;

    /** @param lifecycle the lifecycle, which has this listener and so is created later */
    Deployments(ObjectProvider<NamespaceLifecycle> lifecycle) {
        this.lifecycle = lifecycle;
    }

    /** One deployment. */
    static final class Progress {

        private final List<String> lines = new CopyOnWriteArrayList<>();
        private volatile @Nullable DeploymentReport report;
        private volatile @Nullable NamespaceException failure;

        public List<String> getLines() {
            return lines;
        }

        public boolean isRunning() {
            return report == null && failure == null;
        }

        public @Nullable NamespaceException getFailure() {
            return failure;
        }

        public @Nullable DeploymentReport getReport() {
            return report;
        }

        public List<EgressChange> getChanges() {
            DeploymentReport ended = report;
            return ended == null ? List.of() : EgressChange.of(ended);
        }
    }

    void start(EnvironmentId id, DeployOptions options) {
        Progress progress = new Progress();
        latest.put(id, progress);
        threads.execute(() -> {
            try {
                progress.report = lifecycle.getObject().deploy(id, options);
            } catch (NamespaceException e) {
                progress.failure = e;
            }
        });
    }

    @Nullable
    Progress latest(EnvironmentId id) {
        return latest.get(id);
    }

    @Override
    public void on(LifecycleEvent event) {
        if (event instanceof LifecycleEvent.NamespaceDeployed deployed) {
            note(deployed.namespace().environmentId(), deployed.namespace().name() + " on " + deployed.cluster() + ": deployed");
        } else if (event instanceof LifecycleEvent.NamespaceFailed failed) {
            note(failed.namespace().environmentId(), failed.namespace().name() + " on " + failed.cluster() + ": failed");
        }
    }

    private void note(EnvironmentId id, String line) {
        Progress progress = latest.get(id);
        if (progress != null) {
            progress.lines.add(line);
        }
    }

    @Override
    public void close() {
        threads.shutdown();
    }
}
