package dev.namespaces.core.guard;

import dev.namespaces.core.render.LabelScheme;
import dev.namespaces.model.PolicyDialect;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Builds one ValidatingAdmissionPolicy and its binding. Fields that the API server would fill in are written, so that a
 * live object equals the rendered one.
 *
 * @see <a href="https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/">Kubernetes:
 *     Validating Admission Policy</a>
 */
final class GuardPolicy {

    static final String API_VERSION = "admissionregistration.k8s.io/v1";
    static final String POLICY = "ValidatingAdmissionPolicy";
    static final String BINDING = "ValidatingAdmissionPolicyBinding";

    private final LabelScheme scheme;
    private final String name;
    private final String description;
    private final Map<String, Object> matchConstraints = new TreeMap<>(Map.of("matchPolicy", "Equivalent"));
    private final List<Object> matchConditions = new ArrayList<>();
    private final List<Object> variables = new ArrayList<>();
    private final List<Object> validations = new ArrayList<>();
    private final Map<String, Object> spec = new TreeMap<>();
    private final Map<String, Object> binding = new TreeMap<>();

    /** @param part the first part of the name, before the label domain */
    GuardPolicy(LabelScheme scheme, String part, String description) {
        this.scheme = scheme;
        this.name = part + "." + scheme.domain();
        this.description = description;
    }

    /** Sets the requests that the policy judges. */
    GuardPolicy on(List<String> operations, String apiVersion, String... resources) {
        int slash = apiVersion.indexOf('/');
        matchConstraints.put(
                "resourceRules",
                List.of(new TreeMap<>(Map.of(
                        "apiGroups", List.of(apiVersion.substring(0, Math.max(slash, 0))),
                        "apiVersions", List.of(apiVersion.substring(slash + 1)),
                        "operations", operations,
                        "resources", List.of(resources),
                        "scope", "*"))));
        return this;
    }

    /**
     * Limits the policy to the namespaces of environments. A namespace that was only ensured has none of our policies.
     */
    GuardPolicy inOurNamespaces() {
        matchConstraints.put(
                "namespaceSelector",
                new TreeMap<>(Map.of(
                        "matchLabels", Map.of(scheme.managedByKey(), scheme.managedByValue()),
                        "matchExpressions",
                                List.of(new TreeMap<>(Map.of("key", scheme.environmentKey(), "operator", "Exists"))))));
        return this;
    }

    /** Has the policy judge a request only if our egress policy exists next to it, and deny it otherwise. */
    GuardPolicy withOurPolicyAsParameter(PolicyDialect dialect) {
        spec.put("paramKind", new TreeMap<>(Map.of("apiVersion", dialect.apiVersion(), "kind", dialect.kind())));
        binding.put("paramRef", new TreeMap<>(Map.of("name", scheme.policyName(), "parameterNotFoundAction", "Deny")));
        return this;
    }

    /** Adds a condition on the request. The policy judges only requests that meet all of them. */
    GuardPolicy when(String condition, String expression) {
        matchConditions.add(new TreeMap<>(Map.of("name", condition, "expression", expression)));
        return this;
    }

    /** Adds a variable, which later expressions may use. */
    GuardPolicy let(String variable, String expression) {
        variables.add(new TreeMap<>(Map.of("name", variable, "expression", expression)));
        return this;
    }

    /** Adds an expression that has to be true, and what the user reads if it is not. */
    GuardPolicy require(String expression, String message) {
        validations.add(new TreeMap<>(Map.of("expression", expression, "message", message)));
        return this;
    }

    /** Returns the policy and its binding. */
    List<HasMetadata> objects() {
        spec.put("failurePolicy", "Fail");
        spec.put("matchConstraints", matchConstraints);
        spec.put("matchConditions", matchConditions);
        spec.put("variables", variables);
        spec.put("validations", validations);
        binding.put("policyName", name);
        binding.put("validationActions", List.of("Deny"));
        return List.of(object(POLICY, spec), object(BINDING, binding));
    }

    private HasMetadata object(String kind, Map<String, Object> content) {
        Map<String, Object> filled = new TreeMap<>(content);
        filled.values().removeIf(value -> value instanceof List<?> list && list.isEmpty());
        GenericKubernetesResource object = new GenericKubernetesResource();
        object.setApiVersion(API_VERSION);
        object.setKind(kind);
        object.setMetadata(new ObjectMetaBuilder()
                .withName(name)
                .addToLabels(scheme.managedByKey(), scheme.managedByValue())
                .addToAnnotations("kubernetes.io/description", description)
                .build());
        object.setAdditionalProperty("spec", filled);
        return object;
    }
}
