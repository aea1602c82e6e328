package dev.namespaces.fabric8;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.namespaces.error.Arrival;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.spi.DeleteOptions;
import dev.namespaces.spi.DeleteResult;

/** Deletes one version of one object. */
final class Delete {

    private final Session session;
    private final ResourceType type;
    private final ResourceRef resource;
    private final DeleteOptions options;

    Delete(Session session, ResourceType type, ResourceRef resource, DeleteOptions options) {
        this.session = session;
        this.type = type;
        this.resource = resource;
        this.options = options;
    }

    DeleteResult run() {
        ObjectNode body = Json.object().put("apiVersion", "v1").put("kind", "DeleteOptions");
        body.putObject("preconditions").put("uid", options.uid()).put("resourceVersion", options.resourceVersion());
        ApiRequest request = ApiRequest.delete(
                type.path(resource.namespace(), resource.name()), Json.write(body), type.qualifiedName());
        ApiAnswer answer = session.send(request);
        if (session.saysAbsent(answer, type, resource.namespace(), resource.name())) {
            return DeleteResult.GONE;
        }
        if (answer.isSuccess()) {
            if (!answer.isDeletionOf(type, resource.namespace(), resource.name(), options.uid())) {
                throw Failures.notFromKubernetes(answer, session.call());
            }
            if (type.equals(ResourceType.NAMESPACE)) {
                session.deletedNamespace(resource.name());
            }
            return DeleteResult.ACCEPTED;
        }
        if (isDoneByEarlierAttempt(answer)) {
            return DeleteResult.ACCEPTED;
        }
        throw session.failure(answer, request, type, resource);
    }

    /**
     * Returns whether an earlier attempt to send the request was carried out, although its answer was lost. A finalizer
     * then keeps the object, at the version that the earlier attempt has made.
     */
    private boolean isDoneByEarlierAttempt(ApiAnswer answer) {
        return answer.status() == 409
                && !answer.isDenial()
                && answer.earlier() == Arrival.MAY_STILL_ARRIVE
                && session.read(type, resource.namespace(), resource.name())
                        .map(live -> live.path("metadata"))
                        .filter(metadata -> metadata.path("uid").asText("").equals(options.uid()))
                        .filter(metadata -> metadata.hasNonNull("deletionTimestamp"))
                        .isPresent();
    }
}
