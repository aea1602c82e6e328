package dev.namespaces.spring;

import com.github.kagkarlsson.scheduler.Scheduler;
import org.springframework.beans.factory.ObjectProvider;

/**
 * Lets the host's schedulers begin no more tasks once the application stops. {@link LifecycleShutdown} then ends the
 * targets that are being deployed, so the schedulers, which stop later, find nothing to wait for.
 */
final class SchedulerPause extends ShutdownStep {

    private final ObjectProvider<Scheduler> schedulers;

    SchedulerPause(ObjectProvider<Scheduler> schedulers) {
        super(SCHEDULERS);
        this.schedulers = schedulers;
    }

    @Override
    void shutDown() {
        schedulers.forEach(Scheduler::pause);
    }
}
