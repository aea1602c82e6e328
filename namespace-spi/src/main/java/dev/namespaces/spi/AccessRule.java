package dev.namespaces.spi;

import dev.namespaces.model.PolicyDialect;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * One thing that a role on the cluster must grant, and why. All of them reach cluster-wide, because namespaces are
 * created and deleted. {@code docs/rbac.yaml} has the same rules as roles.
 *
 * @param verb such as {@code patch}
 * @param apiGroup the API group, empty for the core group
 * @param resource the plural name, such as {@code namespaces}
 * @param reason what fails without it
 * @see <a href="https://kubernetes.io/docs/reference/access-authn-authz/rbac/">Kubernetes: RBAC</a>
 */
public record AccessRule(String verb, String apiGroup, String resource, String reason) {

    public AccessRule {
        Objects.requireNonNull(verb, "verb");
        Objects.requireNonNull(apiGroup, "apiGroup");
        Objects.requireNonNull(resource, "resource");
        Objects.requireNonNull(reason, "reason");
    }

    /** Returns what a host needs that only ensures that namespaces exist. */
    public static List<AccessRule> ensureOnly() {
        return List.of(
                new AccessRule("get", "", "namespaces", "see whether a namespace exists, and wait for its end"),
                new AccessRule("create", "", "namespaces", "create a namespace that is absent"));
    }

    /**
     * Returns what a host needs that deploys and deletes namespaces and their policies.
     *
     * @param dialects the dialects of its clusters' policies
     */
    public static List<AccessRule> lifecycle(Set<PolicyDialect> dialects) {
        List<AccessRule> rules = new ArrayList<>(ensureOnly());
        rules.add(new AccessRule("list", "", "namespaces", "look at all namespaces of an environment at once"));
        rules.add(new AccessRule("patch", "", "namespaces", "apply labels and annotations of a namespace"));
        rules.add(new AccessRule("delete", "", "namespaces", "delete a namespace that a deletion plan lists"));
        for (PolicyDialect dialect : PolicyDialect.values()) {
            if (dialects.contains(dialect)) {
                rules.add(policies("get", dialect, "see whether a policy exists, and who owns which of its fields"));
                rules.add(policies("list", dialect, "look at all policies of an environment at once"));
                rules.add(policies("create", dialect, "create the policy of a namespace that has none yet"));
                rules.add(policies("patch", dialect, "apply the policy of a namespace"));
                rules.add(policies("delete", dialect, "remove a policy that is not wanted any more"));
            }
        }
        return List.copyOf(rules);
    }

    /** Returns what a host needs in addition if it looks for nodes of Cilium before it chooses Cilium's dialect. */
    public static List<AccessRule> ciliumProbe() {
        return List.of(new AccessRule("list", "cilium.io", "ciliumnodes", "see whether Cilium runs on a node"));
    }

    /** Returns the resource with its group, as {@code networkpolicies.networking.k8s.io}. */
    public String qualifiedResource() {
        return apiGroup.isEmpty() ? resource : resource + "." + apiGroup;
    }

    /** Returns text such as {@code patch networkpolicies.networking.k8s.io (apply the policy of a namespace)}. */
    @Override
    public String toString() {
        return verb + " " + qualifiedResource() + " (" + reason + ")";
    }

    private static AccessRule policies(String verb, PolicyDialect dialect, String reason) {
        String group = dialect.apiVersion().substring(0, dialect.apiVersion().indexOf('/'));
        return new AccessRule(verb, group, dialect.resource(), reason);
    }
}
