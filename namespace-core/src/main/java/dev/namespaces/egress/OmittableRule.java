package dev.namespaces.egress;

import dev.namespaces.model.EgressRule;

/** A kind of rule that may be left out where the cluster's dialect cannot express it. Leaving out only ever narrows. */
public enum OmittableRule {
    /** Rules to a domain, which a NetworkPolicy does not know. */
    DOMAINS,
    /** Rules to entities, which a NetworkPolicy does not know but for all of them together. */
    ENTITIES,
    /** Rules to namespaces by a label whose key is too long for Cilium. */
    NAMESPACES,
    /** Rules to pods by a label that Cilium sets itself, or of namespaces by a label whose key is too long for it. */
    PODS;

    /** The kind of that rule; every dialect knows address ranges. */
    static OmittableRule of(EgressRule inexpressible) {
        if (inexpressible instanceof EgressRule.ToDomain) {
            return DOMAINS;
        }
        if (inexpressible instanceof EgressRule.ToPods) {
            return PODS;
        }
        return inexpressible instanceof EgressRule.ToEntities ? ENTITIES : NAMESPACES;
    }
}
