package dev.namespaces.core;

import dev.namespaces.egress.PolicyResolution;
import dev.namespaces.model.Environment;
import dev.namespaces.model.Namespace;
import java.util.List;

/**
 * What the stores wanted on the clusters of an environment, at one moment.
 *
 * @param environment the environment
 * @param namespaces its live namespaces, ordered by name; or one of them, if only that one is deployed
 * @param policy the egress policy that applies
 */
record DesiredState(Environment environment, List<Namespace> namespaces, PolicyResolution policy) {

    DesiredState {
        namespaces = List.copyOf(namespaces);
    }
}
