package dev.namespaces.jdbc;

import static dev.namespaces.testkit.TestData.CLUSTER;
import static dev.namespaces.testkit.TestData.NOW;

import dev.namespaces.model.DeploymentRecord;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.NamespaceId;
import dev.namespaces.model.ObjectIdentity;
import dev.namespaces.model.Origin;
import dev.namespaces.model.PolicyDialect;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.model.Target;
import dev.namespaces.model.WrittenKeys;
import dev.namespaces.spi.BegunDeployment;
import dev.namespaces.spi.ObjectIntent;
import dev.namespaces.spi.ObjectResult;
import java.util.ArrayList;
import java.util.List;

/** Targets, intents and results for tests. */
final class DeploymentData {

    private DeploymentData() {}

    static Target target(EnvironmentId environment) {
        return new Target(environment, CLUSTER);
    }

    static DeploymentRecord.Completion completion(String fingerprint) {
        return new DeploymentRecord.Completion(fingerprint, fingerprint, 1, PolicyDialect.CILIUM, NOW);
    }

    /** Returns the policy object of a namespace. */
    static ResourceRef policyIn(String namespace) {
        return new ResourceRef(
                PolicyDialect.CILIUM.apiVersion(), PolicyDialect.CILIUM.kind(), namespace, "egress.namespaces.dev");
    }

    /** Returns intents for that many namespaces and their policies. */
    static List<ObjectIntent> intents(int namespaces) {
        List<ObjectIntent> intents = new ArrayList<>();
        for (int i = 0; i < namespaces; i++) {
            String name = "n-" + i;
            intents.add(intent(ResourceRef.namespace(name)));
            intents.add(intent(policyIn(name)));
        }
        return intents;
    }

    static ObjectIntent intent(ResourceRef resource) {
        return new ObjectIntent(resource, new NamespaceId("id-of-one"), keys(), false);
    }

    static WrittenKeys keys() {
        return WrittenKeys.of(List.of("namespaces.dev/environment"), List.of("namespaces.dev/attempt"));
    }

    /** Returns results that settle every object of the deployment as created and applied. */
    static List<ObjectResult> applied(BegunDeployment begun, String fingerprint) {
        List<ObjectResult> results = new ArrayList<>();
        for (BegunDeployment.Entry entry : begun.objects()) {
            results.add(new ObjectResult(
                    entry.object().resource(),
                    begun.attempt(),
                    new ObjectIdentity("uid-" + results.size(), Origin.CREATED),
                    new ObjectResult.State.Closed(fingerprint, keys())));
        }
        return results;
    }
}
