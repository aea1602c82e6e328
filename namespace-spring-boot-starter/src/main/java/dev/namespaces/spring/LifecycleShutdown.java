package dev.namespaces.spring;

import dev.namespaces.core.NamespaceLifecycle;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.context.SmartLifecycle;
import org.springframework.scheduling.concurrent.ExecutorConfigurationSupport;

/**
 * Closes the lifecycle when the application stops: after the web server has ended its requests and Spring's task
 * executors have ended their tasks, and while the database and the clients still work. Calls that still run are
 * interrupted, release their locks, and throw a {@link dev.namespaces.core.LifecycleClosedException}, or a failure with
 * a report that has it.
 */
final class LifecycleShutdown implements SmartLifecycle, DisposableBean {

    /** Spring stops greater phases first. */
    static final int PHASE = ExecutorConfigurationSupport.DEFAULT_PHASE - 1024;

    private static final Logger LOG = LoggerFactory.getLogger(LifecycleShutdown.class);

    private final NamespaceLifecycle lifecycle;
    private final Duration timeout;
    private volatile boolean running;

    LifecycleShutdown(NamespaceLifecycle lifecycle, Duration timeout) {
        this.lifecycle = lifecycle;
        this.timeout = timeout;
    }

    @Override
    public void start() {
        running = true;
    }

    @Override
    public void stop() {
        running = false;
        if (!lifecycle.close(timeout)) {
            LOG.warn(
                    "Calls of the lifecycle have not ended within {}, the value of namespaces.shutdown.timeout; their locks"
                            + " end with their lease",
                    timeout);
        }
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    @Override
    public int getPhase() {
        return PHASE;
    }

    /**
     * Returns that a pause of the context, which Spring Framework 7 does between tests, does not stop this bean: a
     * closed lifecycle cannot be started again.
     */
    @SuppressWarnings("MissingOverride") // Spring Framework 6 does not have the method.
    public boolean isPauseable() {
        return false;
    }

    /** Closes the lifecycle if the context failed before it had started. */
    @Override
    public void destroy() {
        lifecycle.close(Duration.ZERO);
    }
}
