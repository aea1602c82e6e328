package dev.namespaces.core;

import dev.namespaces.core.render.LabelScheme;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.model.TargetObject;
import java.util.Collection;

/** Knows the label domain of objects that exist: it is part of the name of each policy object in the record. */
final class LabelDomains {

    private LabelDomains() {}

    /** @throws LabelDomainChangedException if a policy object was recorded under another label domain */
    static void requireSame(Collection<TargetObject> rows, LabelScheme scheme, ErrorContext context) {
        String prefix = scheme.policyName()
                .substring(0, scheme.policyName().length() - scheme.domain().length());
        rows.stream()
                .filter(row -> row.resource().namespace() != null)
                .map(row -> row.resource().name())
                .filter(name -> !name.equals(scheme.policyName()) && name.startsWith(prefix))
                .findFirst()
                .ifPresent(name -> {
                    throw new LabelDomainChangedException(context, name.substring(prefix.length()), scheme.domain());
                });
    }
}
