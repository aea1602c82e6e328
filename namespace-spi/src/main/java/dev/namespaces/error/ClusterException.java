package dev.namespaces.error;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A cluster did not do what it was asked for. The context always names the cluster. */
public abstract class ClusterException extends NamespaceException {

    private volatile Arrival arrival = Arrival.MAY_STILL_ARRIVE;

    /** @throws NullPointerException if {@code context} has no cluster */
    protected ClusterException(
            ErrorContext context, ErrorCategory category, String reason, Retry retry, @Nullable Throwable cause) {
        super(context, category, reason, retry, cause);
        Objects.requireNonNull(context.cluster(), "cluster");
    }

    /**
     * Returns whether a request of the failed call may still reach the API server. The answer is
     * {@link Arrival#MAY_STILL_ARRIVE} until a gateway has called {@link #settled()}.
     */
    public final Arrival arrival() {
        return arrival;
    }

    /**
     * Marks that every request of the failed call was answered or was never sent, and returns this exception, so that a
     * gateway can write {@code throw failure.settled()}. It is the one fact that changes after creation, because only
     * the code that sends the requests knows it. It is never taken back.
     */
    public final ClusterException settled() {
        arrival = Arrival.SETTLED;
        return this;
    }
}
