package dev.namespaces.error;

import org.jspecify.annotations.Nullable;

/** The thread was interrupted. Its interrupt flag is set again. */
public final class OperationInterruptedException extends NamespaceException {

    public OperationInterruptedException(ErrorContext context, @Nullable Throwable cause) {
        super(context, ErrorCategory.UNAVAILABLE, "the thread was interrupted; call again", Retry.later(), cause);
    }
}
