package dev.namespaces.model;

import java.io.Serializable;

/** Who an {@link EgressPolicy} belongs to: a project, or the organization above it. */
public sealed interface EgressPolicyOwner extends Serializable permits ProjectId, OrganizationId {

    /** The owner's bare id. */
    String value();
}
