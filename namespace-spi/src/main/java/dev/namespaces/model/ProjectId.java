package dev.namespaces.model;

import dev.namespaces.error.InvalidTextException;

/**
 * Identifies a project. The value is also a valid, non-empty Kubernetes label value, so that it can be written on a
 * cluster.
 *
 * @param value 1 to 63 characters of {@code [A-Za-z0-9._-]}, beginning and ending with a letter or digit
 */
public record ProjectId(String value) implements EgressPolicyOwner, Comparable<ProjectId> {

    /** @throws InvalidTextException if {@code value} is empty or is not a valid label value */
    public ProjectId {
        Ids.check("project id", value);
    }

    @Override
    public int compareTo(ProjectId other) {
        return value.compareTo(other.value);
    }

    /** The bare value. */
    @Override
    public String toString() {
        return value;
    }
}
