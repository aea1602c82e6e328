package dev.namespaces.model;

import dev.namespaces.error.InvalidTextException;
import java.io.Serializable;

/**
 * Identifies an environment, such as dev or prod of one project. The value is also a valid, non-empty Kubernetes label
 * value, so that it can be written on a cluster.
 *
 * @param value 1 to 63 characters of {@code [A-Za-z0-9._-]}, beginning and ending with a letter or digit
 */
public record EnvironmentId(String value) implements Comparable<EnvironmentId>, Serializable {

    /** @throws InvalidTextException if {@code value} is empty or is not a valid label value */
    public EnvironmentId {
        Ids.check("environment id", value);
    }

    @Override
    public int compareTo(EnvironmentId other) {
        return value.compareTo(other.value);
    }

    /** The bare value. */
    @Override
    public String toString() {
        return value;
    }
}
