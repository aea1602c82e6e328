package dev.namespaces.egress;

import dev.namespaces.model.EgressRule;
import dev.namespaces.model.EgressRule.NamespaceSelector;
import dev.namespaces.model.Shown;
import java.io.Serializable;
import java.util.Collection;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * A rule that the dialect cannot express.
 *
 * @param rule the rule
 * @param reason why it cannot be expressed
 */
public record Omission(EgressRule rule, String reason) implements Serializable {
    public Omission {
        Objects.requireNonNull(rule, "rule");
        Objects.requireNonNull(reason, "reason");
    }

    /** Returns text such as {@code domain *.example.com on 443/TCP (a NetworkPolicy knows no domain names)}. */
    @Override
    public String toString() {
        String ports = rule.ports().isEmpty() ? "" : " on " + joined(rule.ports());
        return Shown.sentence(destination() + ports + " (" + reason + ")");
    }

    private String destination() {
        if (rule instanceof EgressRule.ToDomain to) {
            return "domain " + to.domain();
        }
        if (rule instanceof EgressRule.ToEntities to) {
            return "entities "
                    + to.entities().stream()
                            .map(entity ->
                                    entity.name().toLowerCase(Locale.ROOT).replace('_', '-'))
                            .collect(Collectors.joining(", "));
        }
        if (rule instanceof EgressRule.ToCidr to) {
            return "addresses " + to.cidr() + (to.except().isEmpty() ? "" : " except " + joined(to.except()));
        }
        if (rule instanceof EgressRule.ToPods to) {
            return "pods with " + joined(to.labels().entrySet()) + " of " + text(to.namespaces());
        }
        return text(((EgressRule.ToNamespace) rule).namespaces());
    }

    private static String text(NamespaceSelector namespaces) {
        if (namespaces instanceof NamespaceSelector.ByName byName) {
            return "namespace " + byName.name();
        }
        return namespaces instanceof NamespaceSelector.ByLabels byLabels
                ? "namespaces with " + joined(byLabels.labels().entrySet())
                : "the own namespace";
    }

    private static String joined(Collection<?> parts) {
        return parts.stream().map(String::valueOf).collect(Collectors.joining(", "));
    }
}
