package dev.namespaces.error;

import java.util.Collection;
import java.util.Collections;

/**
 * Says what has to change before the failed call can succeed, and so who can act: the caller, the host's operator, or
 * nobody.
 *
 * <p>The constants are declared from the least bad to the worst, and {@link #compareTo} follows that order. A failure
 * that consists of several has the category of its worst cause: an unavailable cluster recovers by itself, a defect
 * never does.
 */
public enum ErrorCategory {

    /** A cluster, a store or this instance cannot work now. The failure passes by itself: retry. */
    UNAVAILABLE,

    /** The environment, namespace or object that the call is about does not exist. */
    NOT_FOUND,

    /**
     * Another deployment, another version, another owner or another field manager is in the way. Where the conflict
     * ends by itself, the exception is retryable; otherwise the caller has to read again and decide.
     */
    CONFLICT,

    /** Our rules, or an admission controller of the cluster, do not allow what was asked for. */
    REFUSED,

    /** What was handed in is not valid: a request, an id, an address range. The caller has to correct it. */
    INVALID,

    /** The host's set-up is wrong: credentials, roles, addresses, schema or configuration. An operator has to act. */
    MISCONFIGURED,

    /** This library, an adapter or a store has a defect. Report it. */
    INTERNAL;

    /**
     * Returns the worst of the given categories.
     *
     * @throws IllegalArgumentException if none is given
     */
    public static ErrorCategory worst(Collection<ErrorCategory> categories) {
        if (categories.isEmpty()) {
            throw new IllegalArgumentException("No category is given");
        }
        return Collections.max(categories);
    }
}
