package dev.namespaces.model;

import dev.namespaces.error.InvalidTextException;
import java.io.Serializable;

/**
 * Identifies a stored egress policy. The value is also a valid, non-empty Kubernetes label value, so that it can be
 * written on a cluster.
 *
 * @param value 1 to 63 characters of {@code [A-Za-z0-9._-]}, beginning and ending with a letter or digit
 */
public record EgressPolicyId(String value) implements Comparable<EgressPolicyId>, Serializable {

    /** @throws InvalidTextException if {@code value} is empty or is not a valid label value */
    public EgressPolicyId {
        Ids.check("egress policy id", value);
    }

    @Override
    public int compareTo(EgressPolicyId other) {
        return value.compareTo(other.value);
    }

    /** The bare value. */
    @Override
    public String toString() {
        return value;
    }
}
