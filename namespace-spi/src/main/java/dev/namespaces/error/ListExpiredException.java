package dev.namespaces.error;

import org.jspecify.annotations.Nullable;

/** The API server no longer has the list that a page was asked of (HTTP 410). Start the list from its first page. */
public final class ListExpiredException extends ClusterException {

    public ListExpiredException(ErrorContext context, @Nullable Throwable cause) {
        super(
                context,
                ErrorCategory.UNAVAILABLE,
                "the continue token of the list has expired (410); start the list from its first page",
                Retry.later(),
                cause);
    }
}
