package dev.namespaces.core;

import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.Operation;
import dev.namespaces.error.OperationInterruptedException;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Says whether one call must end early: its thread was interrupted, the lifecycle was closed, or the call has failed.
 * The caller's thread gives the signal; workers ask for it before each request.
 */
final class StopSignal {

    private static final long WATCH_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final Engine engine;
    private final ErrorContext context;
    private volatile boolean stopped;
    private volatile boolean interrupted;
    private volatile @Nullable NamespaceException failure;

    StopSignal(Engine engine, Operation operation) {
        this.engine = engine;
        this.context = ErrorContext.of(operation);
    }

    /** Returns why the call must not send a request any more, or empty if it may. */
    Optional<NamespaceException> reason() {
        return stopped || engine.isClosed() ? Optional.of(why()) : Optional.empty();
    }

    boolean isStopped() {
        return stopped;
    }

    boolean isInterrupted() {
        return interrupted;
    }

    /** Returns the failure of a piece of work that this signal has stopped. */
    NamespaceException why() {
        NamespaceException cause = failure;
        if (interrupted) {
            return new OperationInterruptedException(context, null);
        }
        return cause == null ? new LifecycleClosedException(context) : cause;
    }

    /** Waits for a step of the queue and runs it; an interrupt or the end of the lifecycle stops the queue's work. */
    void step(WorkQueue queue) {
        step(queue, WATCH_NANOS);
    }

    /** Does the same as {@link #step(WorkQueue)}, but waits at most this long. */
    void step(WorkQueue queue, long nanos) {
        try {
            queue.await(Math.min(nanos, WATCH_NANOS));
        } catch (InterruptedException e) {
            // The flag stays clear until the end, so that the stores can still store the results of the requests.
            interrupted = true;
            stopped = true;
            queue.interrupt();
        }
        if (engine.isClosed() && !stopped) {
            stopped = true;
            queue.interrupt();
        }
    }

    /** Stops the queue's work because the call has failed, and waits until no piece of it runs any more. */
    void stop(WorkQueue queue, Throwable cause) {
        if (cause instanceof NamespaceException known) {
            failure = known;
        }
        stopped = true;
        queue.interrupt();
        queue.drain(cause);
    }
}
