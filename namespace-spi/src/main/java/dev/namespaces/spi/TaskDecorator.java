package dev.namespaces.spi;

import dev.namespaces.model.Target;
import org.jspecify.annotations.Nullable;

/**
 * Wraps the work that a lifecycle hands to other threads, for example to carry a logging or tracing context to them.
 */
@FunctionalInterface
public interface TaskDecorator {

    /**
     * Wraps a piece of work. The library calls this method on the thread of its caller, and runs the wrapper on the
     * thread that calls the cluster.
     *
     * @param target the target that the work belongs to; null if it belongs to several targets or to none
     * @return a wrapper that runs the work
     */
    Runnable decorate(Runnable work, @Nullable Target target);
}
