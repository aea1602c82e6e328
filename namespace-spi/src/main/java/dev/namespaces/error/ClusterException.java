package dev.namespaces.error;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A cluster did not do what it was asked for. Its context always names the cluster. */
public abstract class ClusterException extends NamespaceException {

    /** @throws NullPointerException if {@code context} has no cluster */
    protected ClusterException(ErrorContext context, String reason, Retry retry, @Nullable Throwable cause) {
        super(context, reason, retry, cause);
        Objects.requireNonNull(context.cluster(), "cluster");
    }
}
