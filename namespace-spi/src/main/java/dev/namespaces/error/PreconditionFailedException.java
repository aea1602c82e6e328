package dev.namespaces.error;

import org.jspecify.annotations.Nullable;

/** The object on the cluster was changed, replaced or deleted since it was read. Nothing was written. Read it again. */
public final class PreconditionFailedException extends ClusterException {

    public PreconditionFailedException(ErrorContext context, String reason, @Nullable Throwable cause) {
        super(
                context,
                ErrorCategory.CONFLICT,
                "the object was changed or replaced since it was read: " + reason,
                Retry.later(),
                cause);
    }
}
