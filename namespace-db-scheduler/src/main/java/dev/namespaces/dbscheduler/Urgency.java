package dev.namespaces.dbscheduler;

import com.github.kagkarlsson.scheduler.task.Priority;

/**
 * How soon a target that is due is deployed. Among targets of the same urgency, the one that is due longest is next.
 */
public enum Urgency {
    /** The recurring round over all targets. */
    ROUND(Priority.LOW),
    /** Something has changed. */
    CHANGE(Priority.MEDIUM),
    /** A person waits for the result. */
    PERSON(Priority.HIGH);

    private final int priority;

    Urgency(int priority) {
        this.priority = priority;
    }

    /** Returns the value for the column {@code priority} of db-scheduler's table. */
    int priority() {
        return priority;
    }
}
