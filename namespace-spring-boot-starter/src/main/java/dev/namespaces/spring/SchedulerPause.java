package dev.namespaces.spring;

import com.github.kagkarlsson.scheduler.Scheduler;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.SmartLifecycle;

/**
 * Lets the host's schedulers begin no more tasks once the application stops. {@link LifecycleShutdown} then ends the
 * targets that are being deployed, so the schedulers, which stop later, find nothing to wait for.
 */
final class SchedulerPause implements SmartLifecycle {

    private final ObjectProvider<Scheduler> schedulers;
    private volatile boolean running;

    SchedulerPause(ObjectProvider<Scheduler> schedulers) {
        this.schedulers = schedulers;
    }

    @Override
    public void start() {
        running = true;
    }

    @Override
    public void stop() {
        running = false;
        schedulers.forEach(Scheduler::pause);
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /** Returns false as {@link LifecycleShutdown} does: nothing would resume the schedulers. */
    @SuppressWarnings("MissingOverride") // Spring Framework 6 does not have the method.
    public boolean isPauseable() {
        return false;
    }

    @Override
    public int getPhase() {
        return LifecycleShutdown.PHASE + 1;
    }
}
