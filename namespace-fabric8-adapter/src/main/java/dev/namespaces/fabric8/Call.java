package dev.namespaces.fabric8;

import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.Operation;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.ResourceRef;

/**
 * One call of the gateway.
 *
 * @param context what it does, for messages
 * @param cluster the cluster
 * @param deadline when it must have ended
 */
record Call(ErrorContext context, ClusterId cluster, Deadline deadline) {

    static Call of(Operation operation, ClusterId cluster, ResourceRef resource, Deadline deadline) {
        return new Call(ErrorContext.of(operation, cluster, resource), cluster, deadline);
    }

    static Call of(Operation operation, ClusterId cluster, Deadline deadline) {
        return new Call(ErrorContext.of(operation, cluster), cluster, deadline);
    }
}
