package dev.namespaces.egress;

import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.Operation;
import dev.namespaces.model.EgressMode;
import dev.namespaces.model.PolicyDialect;
import java.util.Map;

/** Writes an egress mode as the policy object of a dialect. Pure: equal input gives an equal object. */
public final class EgressPolicyRenderer {

    private EgressPolicyRenderer() {}

    /**
     * Writes the mode for every pod of the namespace; see {@link EgressTemplate} for many namespaces.
     *
     * @param namespace the namespace that the object is for
     * @param objectName the object's name
     * @param labels all labels of the object
     * @throws InexpressibleEgressException if the dialect cannot express a rule whose kind the settings do not omit
     */
    public static RenderedEgress render(
            PolicyDialect dialect,
            String namespace,
            String objectName,
            Map<String, String> labels,
            EgressMode mode,
            EgressSettings settings) {
        ErrorContext context = ErrorContext.of(Operation.RENDER).withNamespace(namespace);
        return EgressTemplate.of(context, dialect, mode, settings).forNamespace(namespace, objectName, labels);
    }
}
