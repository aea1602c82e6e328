package dev.namespaces.core;

import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.Retry;

/**
 * The lifecycle was closed before the work was done. Another instance, such as that of the next replica, may do it
 * again, so it is retryable.
 */
public final class LifecycleClosedException extends NamespaceException {

    LifecycleClosedException(ErrorContext context) {
        super(context, "the lifecycle was closed; deploy again with another one", Retry.later(), null);
    }
}
