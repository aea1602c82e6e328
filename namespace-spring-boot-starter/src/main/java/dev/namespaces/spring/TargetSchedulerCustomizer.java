package dev.namespaces.spring;

import dev.namespaces.dbscheduler.TargetScheduler;

/** Changes the builder of the scheduler of targets, such as its round. Beans of this type are called in their order. */
@FunctionalInterface
public interface TargetSchedulerCustomizer {

    /** Customizes the builder. */
    void customize(TargetScheduler.Builder builder);
}
