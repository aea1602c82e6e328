package dev.namespaces.model;

/** Who an {@link EgressPolicy} belongs to: a project, or the organization above it. */
public sealed interface EgressPolicyOwner permits ProjectId, OrganizationId {

    /** The owner's bare id. */
    String value();
}
