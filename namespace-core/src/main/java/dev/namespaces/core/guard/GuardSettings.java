package dev.namespaces.core.guard;

import dev.namespaces.core.deploy.AdoptionPolicy;
import dev.namespaces.core.render.LabelScheme;
import dev.namespaces.core.request.ProtectedNames;
import dev.namespaces.egress.IngressMode;
import dev.namespaces.model.PolicyDialect;
import java.util.Set;
import java.util.SortedSet;

/** The choices that a guard is rendered from; see {@link AdmissionGuard.Builder}. */
record GuardSettings(
        String user,
        LabelScheme scheme,
        ProtectedNames protectedNames,
        SortedSet<String> keys,
        AdoptionPolicy adoption,
        boolean release,
        boolean takeOver,
        PolicyDialect dialect,
        IngressMode ingress,
        SortedSet<String> administrators,
        Set<GuardPart> parts) {

    GuardSettings withAllParts() {
        return new GuardSettings(
                user,
                scheme,
                protectedNames,
                keys,
                adoption,
                release,
                takeOver,
                dialect,
                ingress,
                administrators,
                Set.of(GuardPart.values()));
    }
}
