package dev.namespaces.dbscheduler;

import dev.namespaces.model.ClusterId;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Target;

/** Names the task of a target. No id has a slash, and both together have 127 characters at most. */
final class TaskIds {

    private static final char SEPARATOR = '/';

    private TaskIds() {}

    static String of(Target target) {
        return target.environmentId().value() + SEPARATOR + target.clusterId().value();
    }

    /**
     * Returns the target of a task.
     *
     * @throws IllegalArgumentException if the text is not the id of a task
     */
    static Target target(String id) {
        int separator = id.indexOf(SEPARATOR);
        if (separator < 0) {
            throw new IllegalArgumentException("The task id has no " + SEPARATOR);
        }
        return new Target(new EnvironmentId(id.substring(0, separator)), new ClusterId(id.substring(separator + 1)));
    }
}
