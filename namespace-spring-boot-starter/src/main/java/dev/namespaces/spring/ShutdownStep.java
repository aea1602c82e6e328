package dev.namespaces.spring;

import org.springframework.context.SmartLifecycle;
import org.springframework.scheduling.concurrent.ExecutorConfigurationSupport;

/**
 * One step of the end of the application, after the web server has ended its requests and Spring's task executors have
 * ended their tasks, and while the database and the clients still work.
 */
abstract class ShutdownStep implements SmartLifecycle {

    /** The phases of the steps. Spring stops greater phases first. */
    static final int SCHEDULERS = ExecutorConfigurationSupport.DEFAULT_PHASE - 1024;

    static final int LIFECYCLE = SCHEDULERS - 1;

    private final int phase;
    private volatile boolean running;

    ShutdownStep(int phase) {
        this.phase = phase;
    }

    /** Takes the step. */
    abstract void shutDown();

    @Override
    public final void start() {
        running = true;
    }

    @Override
    public final void stop() {
        running = false;
        shutDown();
    }

    @Override
    public final boolean isRunning() {
        return running;
    }

    @Override
    public final int getPhase() {
        return phase;
    }

    /**
     * Returns false: a pause of the context, which Spring Framework 7 does between tests, must not stop this bean,
     * because no start could undo the step.
     */
    @SuppressWarnings("MissingOverride") // Spring Framework 6 does not have the method.
    public final boolean isPauseable() {
        return false;
    }
}
