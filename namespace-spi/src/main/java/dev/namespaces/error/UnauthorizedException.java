package dev.namespaces.error;

import org.jspecify.annotations.Nullable;

/** The API server does not accept our credentials (HTTP 401). */
public final class UnauthorizedException extends ClusterException {

    public UnauthorizedException(ErrorContext context, String reason, @Nullable Throwable cause) {
        super(
                context,
                ErrorCategory.MISCONFIGURED,
                "the credentials were not accepted (401); renew them: " + reason,
                Retry.never(),
                cause);
    }
}
