package dev.namespaces.core;

import dev.namespaces.core.render.LabelScheme;
import dev.namespaces.egress.EgressSettingsException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.model.TargetObject;
import java.util.Collection;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Says whether the rows of target objects prove that a namespace is deployed, although other namespaces of its
 * environment may not be.
 */
final class ObjectRows {

    private ObjectRows() {}

    /** Returns whether each namespace of the state, and its policy, was applied from this very state. */
    static boolean areCurrent(Collection<TargetObject> rows, DesiredState state, ClusterId cluster, Settings settings) {
        InputFingerprints input;
        try {
            input = InputFingerprints.on(cluster, state, settings);
        } catch (EgressSettingsException e) {
            // The next deployment reports the cause.
            return false;
        }
        return state.namespaces().stream()
                .allMatch(namespace -> isCurrent(rows, namespace, input.of(namespace), settings.scheme()));
    }

    private static boolean isCurrent(
            Collection<TargetObject> rows, Namespace namespace, String input, LabelScheme scheme) {
        Set<ResourceRef> current = rows.stream()
                .filter(row -> row.namespaceId().equals(namespace.id())
                        && !row.open()
                        && row.identity() != null
                        && Rendered.isCurrent(row.fingerprint(), input))
                .map(TargetObject::resource)
                .collect(Collectors.toSet());
        return current.contains(ResourceRef.namespace(namespace.name()))
                && Look.policies(namespace.name(), scheme).stream().anyMatch(current::contains);
    }
}
