package dev.namespaces.spring;

import dev.namespaces.core.NamespaceLifecycle;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;

/**
 * Closes the lifecycle when the application stops. Calls that still run are interrupted, release their locks, and throw
 * a {@link dev.namespaces.core.LifecycleClosedException}, or a failure with a report that has it.
 */
final class LifecycleShutdown extends ShutdownStep implements DisposableBean {

    private static final Logger LOG = LoggerFactory.getLogger(LifecycleShutdown.class);

    private final NamespaceLifecycle lifecycle;
    private final Duration timeout;

    LifecycleShutdown(NamespaceLifecycle lifecycle, Duration timeout) {
        super(LIFECYCLE);
        this.lifecycle = lifecycle;
        this.timeout = timeout;
    }

    @Override
    void shutDown() {
        if (!lifecycle.close(timeout)) {
            LOG.warn(
                    "Calls of the lifecycle have not ended within {}, the value of namespaces.shutdown.timeout; their locks"
                            + " end with their lease",
                    timeout);
        }
    }

    /** Closes the lifecycle if the context failed before it had started. */
    @Override
    public void destroy() {
        lifecycle.close(Duration.ZERO);
    }
}
