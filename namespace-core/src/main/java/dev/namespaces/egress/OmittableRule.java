package dev.namespaces.egress;

import dev.namespaces.model.EgressRule;

/** A kind of rule that may be left out where the cluster's dialect cannot express it. Leaving out only ever narrows. */
public enum OmittableRule {
    /** Rules to a range of the cluster's own addresses, or to one that the settings deny. */
    ADDRESSES,
    /** Rules to a domain, which a NetworkPolicy does not know, and which Cilium may not be able to enforce. */
    DOMAINS,
    /** Rules to entities, which a NetworkPolicy does not know but for all of them together. */
    ENTITIES,
    /** Rules to namespaces by a label whose key is too long for Cilium. */
    NAMESPACES,
    /** Rules to pods by a label that Cilium sets itself, or of namespaces by a label whose key is too long for it. */
    PODS;

    /** Returns the kind of that rule. */
    static OmittableRule of(EgressRule inexpressible) {
        if (inexpressible instanceof EgressRule.ToCidr) {
            return ADDRESSES;
        }
        if (inexpressible instanceof EgressRule.ToDomain) {
            return DOMAINS;
        }
        if (inexpressible instanceof EgressRule.ToPods) {
            return PODS;
        }
        return inexpressible instanceof EgressRule.ToEntities ? ENTITIES : NAMESPACES;
    }
}
