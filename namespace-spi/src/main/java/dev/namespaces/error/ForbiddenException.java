package dev.namespaces.error;

import org.jspecify.annotations.Nullable;

/** The API server knows us and does not let us (HTTP 403). */
public final class ForbiddenException extends ClusterException {

    private final transient String verb;
    private final transient String resourceType;

    public ForbiddenException(
            ErrorContext context, String verb, String resourceType, String reason, @Nullable Throwable cause) {
        super(
                context,
                "not allowed to " + verb + " " + resourceType + " (403); grant it to our user, or ask why: " + reason,
                Retry.never(),
                cause);
        this.verb = verb;
        this.resourceType = resourceType;
    }

    /** The verb that a role must grant, such as {@code patch}. */
    public String verb() {
        return verb;
    }

    /** The resource that a role must grant it on, with its group, such as {@code ciliumnetworkpolicies.cilium.io}. */
    public String resourceType() {
        return resourceType;
    }
}
