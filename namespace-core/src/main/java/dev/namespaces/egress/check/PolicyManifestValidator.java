package dev.namespaces.egress.check;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.namespaces.model.PolicyDialect;
import io.fabric8.kubernetes.api.model.HasMetadata;

/**
 * Finds in a policy manifest, whoever wrote it, what the API server accepts but Cilium's agent rejects or ignores,
 * without asking anybody. The agent reports a rejected policy in its status only, and enforces nothing of it.
 *
 * <p>Known are the egress of a CiliumNetworkPolicy ({@code egress} and {@code egressDeny} with endpoints, CIDRs and
 * CIDR sets, entities, FQDNs, ports and DNS rules), its ingress from endpoints, and the whole of a Kubernetes
 * NetworkPolicy. All else is named as not checked. Agrees with Cilium 1.20.
 */
public final class PolicyManifestValidator {

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private PolicyManifestValidator() {}

    /** Looks at the manifest; it is not changed. */
    public static PolicyVerdict validate(HasMetadata manifest) {
        JsonNode tree = MAPPER.valueToTree(manifest);
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
