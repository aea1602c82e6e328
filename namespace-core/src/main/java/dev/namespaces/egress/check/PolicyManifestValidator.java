package dev.namespaces.egress.check;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.namespaces.model.PolicyDialect;
import io.fabric8.kubernetes.api.model.HasMetadata;

/**
 * Finds in any policy manifest the parts that the API server accepts but Cilium's agent rejects or ignores, without
 * asking a cluster. The agent reports a rejected policy in its status only, and enforces nothing of it.
 *
 * <p>The validator knows the whole of a Kubernetes NetworkPolicy, and of a CiliumNetworkPolicy all of ingress and
 * egress but services, nodes and listeners. It names all else as not checked. A null counts as it does for the API
 * server. The validator agrees with Cilium 1.20 and Kubernetes 1.35.
 */
public final class PolicyManifestValidator {

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private PolicyManifestValidator() {}

    /** Looks at the manifest; it is not changed. */
    public static PolicyVerdict validate(HasMetadata manifest) {
        JsonNode tree = MAPPER.valueToTree(StoredManifest.of(manifest));
        Findings findings = new Findings();
        String apiVersion = tree.path("apiVersion").asText();
        String kind = tree.path("kind").asText();
        if (apiVersion.equals(PolicyDialect.CILIUM.apiVersion()) && kind.equals(PolicyDialect.CILIUM.kind())) {
            new CiliumChecks(tree, findings).run();
        } else if (apiVersion.equals(PolicyDialect.KUBERNETES.apiVersion())
                && kind.equals(PolicyDialect.KUBERNETES.kind())) {
            new KubernetesChecks(tree, findings).run();
        } else {
            findings.add(
                    PolicyCheck.KIND_NOT_CHECKED, "kind", "nothing is known here of a " + kind + " of " + apiVersion);
        }
        return new PolicyVerdict(findings.list());
    }
}
