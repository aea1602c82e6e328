package dev.namespaces.error;

import org.jspecify.annotations.Nullable;

/**
 * The object on the cluster is no longer the one that was read: it was changed, replaced or deleted meanwhile. Nothing
 * was written; read it again.
 */
public final class PreconditionFailedException extends ClusterException {

    public PreconditionFailedException(ErrorContext context, String reason, @Nullable Throwable cause) {
        super(context, "the object was changed or replaced since it was read: " + reason, Retry.later(), cause);
    }
}
