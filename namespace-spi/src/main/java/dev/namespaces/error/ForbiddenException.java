package dev.namespaces.error;

import org.jspecify.annotations.Nullable;

/** The API server knows our user and does not allow the request (HTTP 403). */
public final class ForbiddenException extends ClusterException {

    private final String verb;
    private final String resourceType;

    public ForbiddenException(
            ErrorContext context, String verb, String resourceType, String reason, @Nullable Throwable cause) {
        super(
                context,
                ErrorCategory.MISCONFIGURED,
                "our user is not allowed to " + verb + " " + resourceType + " (403); grant it that, or ask why: "
                        + reason,
                Retry.never(),
                cause);
        this.verb = verb;
        this.resourceType = resourceType;
    }

    /** Returns the verb that a role must grant, such as {@code patch}. */
    public String verb() {
        return verb;
    }

    /**
     * Returns the resource that a role must grant the verb on, with its group, such as
     * {@code ciliumnetworkpolicies.cilium.io}.
     */
    public String resourceType() {
        return resourceType;
    }
}
