package dev.namespaces.testkit.contract;

import dev.namespaces.model.DeploymentRecord;
import dev.namespaces.model.NamespaceId;
import dev.namespaces.model.ObjectIdentity;
import dev.namespaces.model.Origin;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.model.Target;
import dev.namespaces.model.WrittenKeys;
import dev.namespaces.spi.BegunDeployment;
import dev.namespaces.spi.DeploymentStore;
import dev.namespaces.spi.ObjectIntent;
import dev.namespaces.spi.ObjectResult;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Short names for what the contracts of the two stores of deployments write. */
final class TargetRows {

    private TargetRows() {}

    static ResourceRef namespace(String name) {
        return ResourceRef.namespace(name);
    }

    static ResourceRef policy(String namespace) {
        return new ResourceRef("networking.k8s.io/v1", "NetworkPolicy", namespace, "egress");
    }

    static WrittenKeys keys(String... labels) {
        return WrittenKeys.of(List.of(labels), List.of("note"));
    }

    static ObjectIdentity identity(String uid) {
        return new ObjectIdentity(uid, Origin.CREATED);
    }

    static ObjectIntent intent(ResourceRef resource, NamespaceId namespaceId) {
        return new ObjectIntent(resource, namespaceId, WrittenKeys.none(), false);
    }

    static ObjectResult.State closed(@Nullable String fingerprint, WrittenKeys keys) {
        return new ObjectResult.State.Closed(fingerprint, keys);
    }

    /** Begins a deployment at the revision that the target has now. */
    static BegunDeployment begin(DeploymentStore store, Target target, List<ObjectIntent> intents) {
        return store.begin(target, record(store, target).revision(), intents)
                .orElseThrow(() -> new AssertionError("The deployment of " + target + " did not begin"));
    }

    static DeploymentRecord record(DeploymentStore store, Target target) {
        return store.findByEnvironments(List.of(target.environmentId())).stream()
                .filter(record -> record.target().equals(target))
                .findFirst()
                .orElse(DeploymentRecord.none(target));
    }
}
