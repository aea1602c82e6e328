package dev.namespaces.core;

import dev.namespaces.error.ErrorCategory;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.Retry;
import java.util.concurrent.RejectedExecutionException;

/**
 * The host's executor, on which clusters are called, rejected the work. No request of the work was sent. An executor
 * that is full or that was shut down does this.
 */
public final class WorkRejectedException extends NamespaceException {

    WorkRejectedException(ErrorContext context, RejectedExecutionException cause) {
        super(
                context,
                ErrorCategory.UNAVAILABLE,
                "the executor that runs the calls to clusters rejected the work: " + cause.getMessage()
                        + "; give it a thread or a longer queue for each cluster, and call again",
                Retry.later(),
                cause);
    }
}
