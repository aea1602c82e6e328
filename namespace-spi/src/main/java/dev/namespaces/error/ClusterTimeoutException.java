package dev.namespaces.error;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The API server did not answer in time. A write may or may not have taken place; the call can be repeated safely. */
public final class ClusterTimeoutException extends ClusterException {

    private final Duration limit;

    public ClusterTimeoutException(ErrorContext context, Duration limit, @Nullable Throwable cause) {
        super(context, ErrorCategory.UNAVAILABLE, "no answer within " + limit + "; call again", Retry.later(), cause);
        this.limit = limit;
    }

    /** Returns how long the call waited. */
    public Duration limit() {
        return limit;
    }
}
