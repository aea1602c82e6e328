package dev.namespaces.core;

import dev.namespaces.error.ErrorCategory;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.Retry;

/**
 * The lifecycle was closed before the work was done. Another instance, such as that of another replica, can do it, so
 * the failure is retryable.
 */
public final class LifecycleClosedException extends NamespaceException {

    LifecycleClosedException(ErrorContext context) {
        super(
                context,
                ErrorCategory.UNAVAILABLE,
                "the lifecycle was closed; call again with another instance",
                Retry.later(),
                null);
    }
}
