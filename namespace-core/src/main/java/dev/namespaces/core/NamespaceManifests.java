package dev.namespaces.core;

import dev.namespaces.core.render.LabelScheme;
import dev.namespaces.model.Environment;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.Origin;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import java.util.Map;
import java.util.TreeMap;

/** Renders namespaces. Pure: equal input gives an equal manifest. Only fields that we own are in it. */
final class NamespaceManifests {

    private NamespaceManifests() {}

    /**
     * Returns the Namespace manifest. Its labels are the environment's, over them the namespace's metadata, over them
     * our own.
     *
     * @throws IllegalArgumentException if the namespace is not one of the environment's
     */
    static io.fabric8.kubernetes.api.model.Namespace namespace(
            Environment environment, Namespace namespace, Origin origin, LabelScheme scheme) {
        Map<String, String> labels = new TreeMap<>(environment.labels());
        labels.putAll(namespace.metadata());
        labels.putAll(ownLabels(environment, namespace, scheme));
        labels.put(scheme.originKey(), origin.label());
        NamespaceBuilder builder = new NamespaceBuilder()
                .withNewMetadata()
                .withName(namespace.name())
                .withLabels(labels)
                .endMetadata();
        if (!namespace.annotations().isEmpty()) {
            builder.editMetadata().withAnnotations(namespace.annotations()).endMetadata();
        }
        return builder.build();
    }

    /**
     * Returns the labels that each of our objects in or of a namespace has.
     *
     * @throws IllegalArgumentException if the namespace is not one of the environment's
     */
    static Map<String, String> ownLabels(Environment environment, Namespace namespace, LabelScheme scheme) {
        if (!namespace.environmentId().equals(environment.id())) {
            throw new IllegalArgumentException("Namespace " + namespace.id() + " belongs to environment "
                    + namespace.environmentId() + ", not to " + environment.id());
        }
        Map<String, String> labels = new TreeMap<>();
        labels.put(scheme.managedByKey(), scheme.managedByValue());
        labels.put(scheme.environmentKey(), environment.id().value());
        labels.put(scheme.projectKey(), environment.projectId().value());
        labels.put(scheme.organizationKey(), environment.organizationId().value());
        labels.put(scheme.namespaceIdKey(), namespace.id().value());
        return labels;
    }
}
