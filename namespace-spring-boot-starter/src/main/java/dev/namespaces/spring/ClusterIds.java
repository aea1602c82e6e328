package dev.namespaces.spring;

import dev.namespaces.error.InvalidTextException;
import dev.namespaces.model.ClusterId;
import java.util.List;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;

/** The ids of the clusters in the properties. */
final class ClusterIds {

    private ClusterIds() {}

    static List<ClusterId> of(NamespacesProperties properties) {
        return properties.clusters().keySet().stream()
                .sorted()
                .map(name -> of("namespaces.clusters." + name, name))
                .toList();
    }

    static ClusterId of(String property, String name) {
        try {
            return new ClusterId(name);
        } catch (InvalidTextException e) {
            throw new InvalidConfigurationPropertyValueException(property, name, e.reason());
        }
    }
}
