package dev.namespaces.error;

import org.jspecify.annotations.Nullable;

/** The thread was interrupted. Its interrupt flag is set again. */
public final class OperationInterruptedException extends NamespaceException {

    public OperationInterruptedException(ErrorContext context, @Nullable Throwable cause) {
        super(context, "the thread was interrupted", Retry.later(), cause);
    }
}
