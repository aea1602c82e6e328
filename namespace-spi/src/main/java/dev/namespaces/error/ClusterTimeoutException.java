package dev.namespaces.error;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The API server did not answer in time. Whether a write took place is not known; doing it again does no harm. */
public final class ClusterTimeoutException extends ClusterException {

    private final transient Duration limit;

    public ClusterTimeoutException(ErrorContext context, Duration limit, @Nullable Throwable cause) {
        super(context, "no answer within " + limit, Retry.later(), cause);
        this.limit = limit;
    }

    /** How long was waited. */
    public Duration limit() {
        return limit;
    }
}
