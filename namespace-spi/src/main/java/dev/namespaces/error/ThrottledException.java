package dev.namespaces.error;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The API server has too much to do (HTTP 429), also after the client has tried again. */
public final class ThrottledException extends ClusterException {

    public ThrottledException(ErrorContext context, @Nullable Duration retryAfter, @Nullable Throwable cause) {
        super(
                context,
                ErrorCategory.UNAVAILABLE,
                "the API server is throttling us (429); send fewer requests at once",
                retryAfter == null ? Retry.later() : Retry.after(retryAfter),
                cause);
    }
}
