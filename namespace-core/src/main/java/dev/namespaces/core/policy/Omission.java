package dev.namespaces.core.policy;

import dev.namespaces.model.EgressRule;
import java.util.Objects;

/**
 * A rule that the dialect cannot express.
 *
 * @param rule the rule
 * @param reason why it cannot be expressed
 */
public record Omission(EgressRule rule, String reason) {
    public Omission {
        Objects.requireNonNull(rule, "rule");
        Objects.requireNonNull(reason, "reason");
    }
}
