package dev.namespaces.egress;

import dev.namespaces.egress.check.PolicyManifestValidator;
import dev.namespaces.egress.check.PolicyVerdict;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.Operation;
import dev.namespaces.model.Cidr;
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

/**
 * An egress mode in one dialect, ready to be written for any number of namespaces. What all of them have in common is
 * worked out and validated once. Immutable and pure: equal input gives equal objects.
 */
public final class EgressTemplate {

    /** Any namespace's policy is valid if this one's is: only the namespace's name differs. */
    private static final String SAMPLE = "sample";

    private final PolicyDialect dialect;
    private final EgressMode mode;
    private final EgressSettings settings;
    private final List<Omission> omissions;

    private EgressTemplate(PolicyDialect dialect, EgressMode mode, EgressSettings settings, List<Omission> omissions) {
        this.dialect = dialect;
        this.mode = mode;
        this.settings = settings;
        this.omissions = List.copyOf(omissions);
    }

    /**
     * Prepares the mode for the dialect.
     *
     * @throws InexpressibleEgressException if the dialect cannot express a rule whose kind the settings do not omit
     */
    public static EgressTemplate of(PolicyDialect dialect, EgressMode mode, EgressSettings settings) {
        return of(ErrorContext.of(Operation.RENDER), dialect, mode, settings);
    }

    static EgressTemplate of(ErrorContext context, PolicyDialect dialect, EgressMode mode, EgressSettings settings) {
        List<Omission> omissions = new ArrayList<>();
        EgressMode expressible = mode;
        if (mode instanceof EgressMode.AllowList list) {
            List<EgressRule> rules = new ArrayList<>();
            List<Omission> refused = new ArrayList<>();
            for (EgressRule rule : list.rules()) {
                String problem = problem(dialect, rule, settings);
                if (problem == null) {
                    rules.add(withoutCluster(dialect, rule, settings));
                } else if (settings.omittable().contains(OmittableRule.of(rule))) {
                    omissions.add(new Omission(rule, problem));
                } else {
                    refused.add(new Omission(rule, problem));
                }
            }
            if (!refused.isEmpty()) {
                throw new InexpressibleEgressException(context, dialect, refused);
            }
            expressible = new EgressMode.AllowList(rules);
        }
        EgressTemplate template = new EgressTemplate(dialect, expressible, settings, omissions);
        PolicyVerdict verdict = PolicyManifestValidator.validate(template.manifest(SAMPLE, SAMPLE, Map.of()));
        if (verdict.outcome() != PolicyVerdict.Outcome.VALID) {
            // An agent does not enforce a policy that it rejects, so no such policy may reach a cluster.
            throw new IllegalStateException("The egress policy came out wrong: " + verdict.findings());
        }
        return template;
    }

    /**
     * Writes the policy object for every pod of a namespace.
     *
     * @param namespace the namespace that the object is for
     * @param objectName the object's name
     * @param labels all labels of the object
     */
    public RenderedEgress forNamespace(String namespace, String objectName, Map<String, String> labels) {
        return new RenderedEgress(manifest(namespace, objectName, labels), omissions);
    }

    private GenericKubernetesResource manifest(String namespace, String objectName, Map<String, String> labels) {
        GenericKubernetesResource manifest = new GenericKubernetesResource();
        manifest.setApiVersion(dialect.apiVersion());
        manifest.setKind(dialect.kind());
        manifest.setMetadata(new ObjectMetaBuilder()
                .withName(objectName)
                .withNamespace(namespace)
                .withLabels(new TreeMap<>(labels))
                .build());
        manifest.setAdditionalProperty(
                "spec",
                switch (dialect) {
                    case CILIUM -> CiliumWriter.spec(namespace, mode, settings);
                    case KUBERNETES -> KubernetesWriter.spec(mode, settings);
                });
        return manifest;
    }

    private static @Nullable String problem(PolicyDialect dialect, EgressRule rule, EgressSettings settings) {
        if (rule instanceof EgressRule.ToCidr to) {
            for (Cidr range : excepted(dialect, settings)) {
                if (range.contains(to.cidr())) {
                    return "the settings except the cluster's own range " + range;
                }
            }
        }
        return switch (dialect) {
            case CILIUM -> CiliumWriter.problem(rule, settings);
            case KUBERNETES -> KubernetesWriter.problem(rule);
        };
    }

    private static EgressRule withoutCluster(PolicyDialect dialect, EgressRule rule, EgressSettings settings) {
        if (!(rule instanceof EgressRule.ToCidr to)) {
            return rule;
        }
        List<Cidr> except = new ArrayList<>(to.except());
        for (Cidr range : excepted(dialect, settings)) {
            if (to.cidr().contains(range) && except.stream().noneMatch(each -> each.contains(range))) {
                except.add(range);
            }
        }
        return new EgressRule.ToCidr(to.cidr(), except, to.ports());
    }

    /** Returns the cluster's ranges that a rule to a range would open. */
    private static List<Cidr> excepted(PolicyDialect dialect, EgressSettings settings) {
        return dialect == PolicyDialect.KUBERNETES || settings.cilium().rangesMatchNodes()
                ? settings.clusterRanges()
                : List.of();
    }
}
