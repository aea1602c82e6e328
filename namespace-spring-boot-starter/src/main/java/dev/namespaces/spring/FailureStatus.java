package dev.namespaces.spring;

import dev.namespaces.error.ErrorCategory;

/** The HTTP status of a failure, for hosts that answer failures with pages or bodies of their own. */
public final class FailureStatus {

    private FailureStatus() {}

    /** Returns the status that the problem details of this library have for the category. */
    public static int of(ErrorCategory category) {
        return switch (category) {
            case INVALID -> 400;
            case NOT_FOUND -> 404;
            case CONFLICT -> 409;
            case REFUSED -> 422;
            case MISCONFIGURED, INTERNAL -> 500;
            case UNAVAILABLE -> 503;
        };
    }
}
