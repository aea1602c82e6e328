package dev.namespaces.egress.check;

import com.fasterxml.jackson.databind.JsonNode;
import dev.namespaces.egress.check.Findings.Kind;
import dev.namespaces.model.KubernetesSyntax;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Looks at label selectors: those of Kubernetes, and those of Cilium, whose keys may begin with a source. */
final class SelectorChecks {

    private static final Pattern SOURCE = Pattern.compile("[A-Za-z0-9]+");
    private static final Set<String> SOURCES_OF_PODS = Set.of("k8s", "any", "reserved");

    private final Findings findings;
    private final boolean cilium;

    private SelectorChecks(Findings findings, boolean cilium) {
        this.findings = findings;
        this.cilium = cilium;
    }

    static SelectorChecks ofCilium(Findings findings) {
        return new SelectorChecks(findings, true);
    }

    static SelectorChecks ofKubernetes(Findings findings) {
        return new SelectorChecks(findings, false);
    }

    /** A key with what it is to be compared with. */
    record Requirement(String key, String path, List<String> values) {
        /** Returns the key without its source. */
        String bareKey() {
            return key.substring(key.indexOf(':') + 1);
        }

        /** Returns the text before the colon, or {@code any}. */
        String source() {
            int colon = key.indexOf(':');
            return colon < 0 ? "any" : key.substring(0, colon);
        }
    }

    /** Returns all requirements, also those with findings. */
    List<Requirement> check(JsonNode selector, String path) {
        findings.onlyFields(selector, path, Set.of("matchLabels", "matchExpressions"));
        List<Requirement> requirements = new ArrayList<>();
        String labelsPath = path + ".matchLabels";
        JsonNode labels = findings.field(selector, path, "matchLabels", Kind.OBJECT);
        labels.properties().forEach(label -> {
            String at = labelsPath + "[" + label.getKey() + "]";
            if (label.getValue().isTextual()) {
                checkValue(label.getValue().asText(), at);
            } else {
                findings.add(PolicyCheck.MALFORMED, at, "must be a string");
            }
            requirements.add(
                    new Requirement(label.getKey(), at, List.of(label.getValue().asText())));
        });
        for (Map.Entry<String, JsonNode> expression : findings.elements(selector, path, "matchExpressions", Kind.OBJECT)
                .entrySet()) {
            requirements.add(checkExpression(expression.getValue(), expression.getKey()));
        }
        requirements.forEach(requirement -> keyProblem(requirement.key())
                .ifPresent(problem -> findings.add(
                        PolicyCheck.SELECTOR_SYNTAX,
                        requirement.path(),
                        "the key '" + requirement.key() + "' " + problem)));
        return requirements;
    }

    private Requirement checkExpression(JsonNode expression, String path) {
        findings.onlyFields(expression, path, Set.of("key", "operator", "values"));
        String operator =
                findings.field(expression, path, "operator", Kind.STRING).asText();
        List<String> values = new ArrayList<>();
        findings.elements(expression, path, "values", Kind.STRING).forEach((at, value) -> {
            checkValue(value.asText(), at);
            values.add(value.asText());
        });
        switch (operator) {
            case "In", "NotIn" -> {
                if (values.isEmpty()) {
                    findings.add(PolicyCheck.SELECTOR_SYNTAX, path + ".values", operator + " needs a value");
                }
            }
            case "Exists", "DoesNotExist" -> {
                if (!values.isEmpty()) {
                    findings.add(PolicyCheck.SELECTOR_SYNTAX, path + ".values", operator + " takes no value");
                }
            }
            default ->
                findings.add(
                        PolicyCheck.SELECTOR_SYNTAX,
                        path + ".operator",
                        "'" + operator + "' is none of In, NotIn, Exists and DoesNotExist");
        }
        return new Requirement(
                findings.field(expression, path, "key", Kind.STRING).asText(),
                path,
                operator.equals("In") ? values : List.of());
    }

    private void checkValue(String value, String path) {
        KubernetesSyntax.labelValueProblem(value)
                .ifPresent(problem ->
                        findings.add(PolicyCheck.SELECTOR_SYNTAX, path, "the value '" + value + "' " + problem));
    }

    private Optional<String> keyProblem(String key) {
        if (!cilium || key.indexOf(':') < 0) {
            return KubernetesSyntax.labelKeyProblem(key);
        }
        if (key.indexOf(':') != key.lastIndexOf(':')) {
            return Optional.of("must have at most one ':'");
        }
        if (!SOURCE.matcher(key.substring(0, key.indexOf(':'))).matches()) {
            return Optional.of("must have a source of letters and digits before ':'");
        }
        return KubernetesSyntax.labelKeyProblem(key.substring(key.indexOf(':') + 1));
    }

    /** Keys of a Cilium selector of pods that are never found on a pod. */
    void warnOfKeysThatNoPodHas(List<Requirement> requirements) {
        for (Requirement requirement : requirements) {
            if (keyProblem(requirement.key()).isPresent()) {
                continue;
            }
            String key = requirement.bareKey();
            String source = requirement.source();
            boolean ofNamespace = key.equals(PolicyLabels.POD_NAMESPACE) || key.startsWith(PolicyLabels.OF_NAMESPACE);
            if (key.equals(PolicyLabels.NAMESPACE_NAME)
                    || key.startsWith("k8s." + PolicyLabels.POD_NAMESPACE)
                    || key.startsWith("k8s." + PolicyLabels.OF_NAMESPACE)
                    || (ofNamespace && !source.equals("k8s") && !source.equals("any"))) {
                findings.add(
                        PolicyCheck.NAMESPACE_LABEL_ON_POD,
                        requirement.path(),
                        "no pod has the label " + requirement.key() + "; a namespace is " + PolicyLabels.KUBERNETES
                                + PolicyLabels.POD_NAMESPACE + " by name, and " + PolicyLabels.KUBERNETES
                                + PolicyLabels.OF_NAMESPACE
                                + "KEY by a label");
            } else if (!SOURCES_OF_PODS.contains(source)) {
                findings.add(
                        PolicyCheck.LABEL_SOURCE_UNKNOWN,
                        requirement.path(),
                        "no pod has labels of the source " + source + "; write " + PolicyLabels.KUBERNETES + key);
            }
        }
    }
}
