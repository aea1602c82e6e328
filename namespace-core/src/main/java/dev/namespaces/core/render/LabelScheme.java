package dev.namespaces.core.render;

import dev.namespaces.model.KubernetesSyntax;
import java.util.Objects;

/**
 * The label keys that this library writes and owns.
 *
 * @param domain the prefix of our own keys, also our field manager and part of our policy objects' name; a DNS name in
 *     lower case of at most 128 characters
 * @param managedByKey the key that says who manages a namespace; by default the recommended one of Kubernetes
 * @param managedByValue its value
 * @see <a href="https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/">Kubernetes:
 *     recommended labels</a>
 */
public record LabelScheme(String domain, String managedByKey, String managedByValue) {

    /** The longest name of a field manager that the API server takes. */
    private static final int MAX_FIELD_MANAGER_LENGTH = 128;

    private static final String RELEASE = "-release";

    private static final LabelScheme DEFAULT = ofDomain("namespaces.dev");

    /** @throws IllegalArgumentException if a part is not valid on a cluster */
    public LabelScheme {
        Objects.requireNonNull(domain, "domain");
        if (domain.length() > MAX_FIELD_MANAGER_LENGTH) {
            throw new IllegalArgumentException(
                    "The label domain has more than 128 characters, the limit of a field manager");
        }
        requireValid(
                "label domain",
                domain,
                KubernetesSyntax.labelKeyProblem(domain + "/x").orElse(null));
        requireValid(
                "managed-by key",
                managedByKey,
                KubernetesSyntax.labelKeyProblem(managedByKey).orElse(null));
        requireValid(
                "managed-by value",
                managedByValue,
                KubernetesSyntax.labelValueProblem(managedByValue).orElse(null));
    }

    /** Returns the scheme of {@code namespaces.dev}, with {@code app.kubernetes.io/managed-by: namespaces.dev}. */
    public static LabelScheme defaults() {
        return DEFAULT;
    }

    /** Returns the same keys under a domain of the host's own, which also becomes the managed-by value. */
    public static LabelScheme ofDomain(String domain) {
        return new LabelScheme(domain, "app.kubernetes.io/managed-by", domain);
    }

    /** Returns the key of the environment that a namespace was deployed for. */
    public String environmentKey() {
        return domain + "/environment";
    }

    /** Returns the key of the project. */
    public String projectKey() {
        return domain + "/project";
    }

    /** Returns the key of the organization. */
    public String organizationKey() {
        return domain + "/organization";
    }

    /** Returns the key of the stored namespace's id. */
    public String namespaceIdKey() {
        return domain + "/namespace-id";
    }

    /** Returns the key of the {@link dev.namespaces.model.Origin}. */
    public String originKey() {
        return domain + "/origin";
    }

    /** Returns the key of the annotation that holds the token of the deployment that wrote an object last. */
    public String attemptKey() {
        return domain + "/attempt";
    }

    /** Returns the key of the annotation that proves which row's create made an object. */
    public String createdKey() {
        return domain + "/created";
    }

    /** Returns the key of the annotation by which the owner of a namespace lets an environment adopt it. */
    public String adoptForKey() {
        return domain + "/adopt-for";
    }

    /** Returns the name under which the API server keeps which fields are ours. */
    public String fieldManager() {
        return domain;
    }

    /** Returns the name of the field manager that owns the values which a release has written back. */
    public String releaseFieldManager() {
        return domain.substring(0, Math.min(domain.length(), MAX_FIELD_MANAGER_LENGTH - RELEASE.length())) + RELEASE;
    }

    /** Returns the name of the one policy object in each namespace. */
    public String policyName() {
        return "egress." + domain;
    }

    /**
     * Returns whether the key is ours: the managed-by key, or one under the label domain or its subdomains, in any
     * case.
     */
    public boolean owns(String key) {
        if (key.length() > KubernetesSyntax.MAX_KEY_LENGTH) {
            return false;
        }
        String lower = KubernetesSyntax.lowerCase(key);
        String prefix = lower.substring(0, Math.max(0, lower.indexOf('/')));
        return lower.equals(KubernetesSyntax.lowerCase(managedByKey))
                || prefix.equals(domain)
                || prefix.endsWith("." + domain);
    }

    private static void requireValid(String what, String value, @org.jspecify.annotations.Nullable String problem) {
        if (problem != null) {
            throw new IllegalArgumentException("The " + what + " '" + value + "' " + problem);
        }
    }
}
