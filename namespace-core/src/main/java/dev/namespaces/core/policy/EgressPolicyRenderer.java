package dev.namespaces.core.policy;

import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.Operation;
import dev.namespaces.model.EgressMode;
import dev.namespaces.model.EgressRule;
import dev.namespaces.model.PolicyDialect;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Writes an egress mode as the policy object of a dialect. Pure: equal input gives an equal object. */
public final class EgressPolicyRenderer {

    private EgressPolicyRenderer() {}

    /**
     * Writes the mode for every pod of the namespace.
     *
     * @param namespace the namespace that the object is for
     * @param objectName the object's name
     * @param labels all labels of the object
     * @throws InexpressibleEgressException if the dialect cannot express a rule whose kind the settings do not let out
     */
    public static RenderedEgress render(
            PolicyDialect dialect,
            String namespace,
            String objectName,
            Map<String, String> labels,
            EgressMode mode,
            EgressSettings settings) {
        List<Omission> omissions = new ArrayList<>();
        EgressMode expressible = mode;
        if (mode instanceof EgressMode.AllowList list) {
            List<EgressRule> rules = new ArrayList<>();
            List<Omission> refused = new ArrayList<>();
            for (EgressRule rule : list.rules()) {
                String problem = problem(dialect, rule);
                if (problem == null) {
                    rules.add(rule);
                } else if (settings.omittable().contains(OmittableRule.of(rule))) {
                    omissions.add(new Omission(rule, problem));
                } else {
                    refused.add(new Omission(rule, problem));
                }
            }
            if (!refused.isEmpty()) {
                throw new InexpressibleEgressException(
                        ErrorContext.of(Operation.RENDER).withNamespace(namespace), dialect, refused);
            }
            expressible = new EgressMode.AllowList(rules);
        }
        Map<String, Object> spec = switch (dialect) {
            case CILIUM -> CiliumWriter.spec(namespace, expressible, settings);
            case KUBERNETES -> KubernetesWriter.spec(expressible, settings);
        };
        GenericKubernetesResource manifest = new GenericKubernetesResource();
        manifest.setApiVersion(dialect.apiVersion());
        manifest.setKind(dialect.kind());
        manifest.setMetadata(new ObjectMetaBuilder()
                .withName(objectName)
                .withNamespace(namespace)
                .withLabels(new TreeMap<>(labels))
                .build());
        manifest.setAdditionalProperty("spec", spec);
        PolicyVerdict verdict = PolicyManifestValidator.validate(manifest);
        if (verdict.outcome() != PolicyVerdict.Outcome.VALID) {
            // What the agent rejects is not enforced at all, so nothing of the kind may reach a cluster.
            throw new IllegalStateException(
                    "The egress policy of namespace " + namespace + " came out wrong: " + verdict.findings());
        }
        return new RenderedEgress(manifest, omissions);
    }

    private static @Nullable String problem(PolicyDialect dialect, EgressRule rule) {
        return switch (dialect) {
            case CILIUM -> CiliumWriter.problem(rule);
            case KUBERNETES -> KubernetesWriter.problem(rule);
        };
    }
}
