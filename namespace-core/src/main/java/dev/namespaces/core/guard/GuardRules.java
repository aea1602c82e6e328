package dev.namespaces.core.guard;

import dev.namespaces.core.render.LabelScheme;
import dev.namespaces.egress.IngressMode;
import dev.namespaces.model.Origin;
import dev.namespaces.model.PolicyDialect;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * The rules of the guard, in the Common Expression Language. Each policy is about one kind, so that the API server can
 * check the types of all of its expressions.
 */
final class GuardRules {

    private static final List<String> WRITES = List.of("CREATE", "UPDATE");
    private static final List<String> WRITES_AND_DELETES = List.of("CREATE", "UPDATE", "DELETE");
    // A write to a subresource of a namespace can change its labels, too.
    private static final String[] NAMESPACES = {"namespaces", "namespaces/finalize", "namespaces/status"};

    /** The users that empty a namespace that is being deleted. */
    private static final List<String> CLEANERS = List.of(
            "system:kube-controller-manager",
            "system:serviceaccount:kube-system:generic-garbage-collector",
            "system:serviceaccount:kube-system:namespace-controller");

    private final GuardSettings settings;
    private final LabelScheme scheme;
    private final String domain;
    private final String managedBy;
    private final String environment;
    private final String origin;

    GuardRules(GuardSettings settings) {
        this.settings = settings;
        this.scheme = settings.scheme();
        this.domain = quoted(scheme.domain() + "/");
        this.managedBy = quoted(scheme.managedByKey());
        this.environment = quoted(scheme.environmentKey());
        this.origin = quoted(scheme.originKey());
    }

    /** Returns the policies and bindings of all parts that the settings have. */
    List<HasMetadata> objects() {
        List<GuardPolicy> policies = new ArrayList<>();
        if (has(GuardPart.OUR_MARKS)) {
            policies.add(marks());
        }
        if (has(GuardPart.OUR_IDENTITY)) {
            policies.add(ourNamespaces());
            for (PolicyDialect dialect : PolicyDialect.values()) {
                policies.add(ourPolicies(dialect));
            }
        }
        if (has(GuardPart.OUR_MARKS) || has(GuardPart.EGRESS_OF_OTHERS)) {
            for (PolicyDialect dialect : PolicyDialect.values()) {
                policies.add(policiesOfOthers(dialect));
            }
        }
        if (has(GuardPart.PODS)) {
            policies.add(pods());
        }
        return policies.stream().flatMap(policy -> policy.objects().stream()).toList();
    }

    private boolean has(GuardPart part) {
        return settings.parts().contains(part);
    }

    private GuardPolicy marks() {
        GuardPolicy policy = ofOthers(
                        "namespaces-of-others",
                        "Only " + settings.user() + " writes labels, annotations and managed fields of "
                                + scheme.domain() + " on namespaces.")
                .on(WRITES, "v1", NAMESPACES);
        metadata(policy).let("ownFields", ownFields("object")).let("oldOwnFields", ownFields("oldObject"));
        return policy.require(
                        "variables.changedLabels.all(k, !k.startsWith(" + domain + "))",
                        "only the namespace library writes labels under " + scheme.domain())
                .require(
                        "variables.isOurs == variables.wasOurs",
                        "only the namespace library sets or removes the label " + scheme.managedByKey() + "="
                                + scheme.managedByValue())
                .require(
                        "variables.changedAnnotations.all(k, !k.startsWith(" + domain + ") || k == "
                                + quoted(scheme.adoptForKey()) + ")",
                        "only the namespace library writes annotations under " + scheme.domain() + ", except "
                                + scheme.adoptForKey())
                .require(
                        "!has(request.options) || !has(request.options.fieldManager)"
                                + " || !(request.options.fieldManager in "
                                + list(List.of(scheme.fieldManager(), scheme.releaseFieldManager())) + ")",
                        "the field manager " + scheme.domain() + " is the namespace library's")
                .require(
                        "variables.ownFields == variables.oldOwnFields",
                        "only the namespace library changes labels and annotations that its field manager owns");
    }

    private GuardPolicy ourNamespaces() {
        GuardPolicy policy = ofUs("our-namespaces", "What " + settings.user() + " may do to namespaces.")
                .on(WRITES_AND_DELETES, "v1", NAMESPACES);
        metadata(policy)
                .let("isCreated", has("variables.labels", origin, quoted(Origin.CREATED.label())))
                .let("wasCreated", has("variables.oldLabels", origin, quoted(Origin.CREATED.label())))
                .let("keys", keys(false))
                .let("keyPrefixes", keys(true))
                .require(
                        "!variables.subject.metadata.name.matches(" + quoted(protectedNames()) + ")",
                        "the namespace has a protected name")
                .require(
                        "!has(request.subResource) || request.subResource == ''",
                        "the namespace library writes no status and finalizes no namespace")
                .require(
                        "request.operation != 'UPDATE' || variables.wasOurs"
                                + orMayBecomeOurs("variables.oldLabels", "variables.oldAnnotations"),
                        "the namespace is not one of the namespace library, and may not be adopted")
                .require(
                        "request.operation != 'DELETE' || (variables.wasOurs && variables.wasCreated)",
                        "the namespace library deletes only namespaces that it has created")
                .require(
                        "variables.isOurs || request.operation " + (settings.release() ? "!= 'CREATE'" : "== 'DELETE'"),
                        "a namespace of the namespace library has the label " + scheme.managedByKey() + "="
                                + scheme.managedByValue());
        if (!settings.takeOver()) {
            policy.require(
                    "!(" + environment + " in variables.oldLabels) || "
                            + (settings.release() ? "!(" + environment + " in variables.labels) || " : "")
                            + "(" + has("variables.labels", environment, "variables.oldLabels[" + environment + "]")
                            + ")",
                    "a namespace keeps its environment");
        }
        return ownersAndFinalizers(policy.require(
                        "request.operation == 'CREATE' || !variables.isCreated || variables.wasCreated",
                        "only a create writes the label " + scheme.originKey() + "=" + Origin.CREATED.label())
                .require(
                        "variables.changedLabels.all(k, k.startsWith(" + domain + ") || k in [" + managedBy
                                + ", 'kubernetes.io/metadata.name'] || " + isAllowedKey() + ")",
                        "the namespace library may not set, change or remove one of these labels")
                .require(
                        "variables.changedAnnotations.all(k, (k.startsWith(" + domain + ") && k != "
                                + quoted(scheme.adoptForKey()) + ") || " + isAllowedKey() + ")",
                        "the namespace library may not set, change or remove one of these annotations")
                .require(
                        "request.operation == 'CREATE' ? object.spec.finalizers == ['kubernetes']"
                                + " : variables.subject.spec == oldObject.spec",
                        "the namespace library does not write the spec of a namespace"));
    }

    private GuardPolicy ourPolicies(PolicyDialect dialect) {
        GuardPolicy policy = ofUs(
                        "our-" + dialect.resource(),
                        "What " + settings.user() + " may do to " + dialect.kind() + " objects.")
                .on(WRITES_AND_DELETES, dialect.apiVersion(), dialect.resource());
        metadata(policy)
                .let("namespaceLabels", orEmpty("namespaceObject", "labels", "{}"))
                .let("namespaceAnnotations", orEmpty("namespaceObject", "annotations", "{}"))
                .require(
                        "variables.subject.metadata.name == " + quoted(scheme.policyName()),
                        "the namespace library writes only the policy " + scheme.policyName())
                .require(
                        "(" + isOurs("variables.namespaceLabels") + ")"
                                + orMayBecomeOurs("variables.namespaceLabels", "variables.namespaceAnnotations"),
                        "the namespace is not one of the namespace library")
                .require(
                        "request.operation == 'DELETE' || variables.isOurs",
                        "the policy of the namespace library has the label " + scheme.managedByKey() + "="
                                + scheme.managedByValue())
                .require(
                        "variables.changedLabels.all(k, k.startsWith(" + domain + ") || k == " + managedBy + ")",
                        "the namespace library may not set, change or remove one of these labels")
                .require(
                        "variables.changedAnnotations.all(k, k.startsWith(" + domain + "))",
                        "the namespace library may not set, change or remove one of these annotations");
        return ownersAndFinalizers(policy)
                .require(
                        "request.operation == 'DELETE' || (" + isEgressOfAllPods(dialect) + ")",
                        "the policy of the namespace library restricts the egress of all pods")
                .require(
                        "request.operation == 'DELETE' || " + ingress(dialect),
                        settings.ingress() == IngressMode.UNTOUCHED
                                ? "the policy of the namespace library has no ingress"
                                : "the policy of the namespace library allows ingress from its own namespace only");
    }

    private static String isEgressOfAllPods(PolicyDialect dialect) {
        return switch (dialect) {
            case CILIUM ->
                "has(object.spec) && !has(object.specs) && has(object.spec.egress)"
                        + " && has(object.spec.endpointSelector) && !has(object.spec.endpointSelector.matchLabels)"
                        + " && !has(object.spec.endpointSelector.matchExpressions)";
            case KUBERNETES ->
                "'Egress' in object.spec.policyTypes && !has(object.spec.podSelector.matchLabels)"
                        + " && !has(object.spec.podSelector.matchExpressions)";
        };
    }

    private String ingress(PolicyDialect dialect) {
        boolean untouched = settings.ingress() == IngressMode.UNTOUCHED;
        return switch (dialect) {
            case CILIUM ->
                untouched
                        ? "(!has(object.spec.ingress) && !has(object.spec.ingressDeny))"
                        : "(has(object.spec.ingress) && object.spec.ingress.all(r, has(r.fromEndpoints) && r.fromEndpoints.all(e,"
                                + " has(e.matchLabels) && 'k8s:io.kubernetes.pod.namespace' in e.matchLabels"
                                + " && e.matchLabels['k8s:io.kubernetes.pod.namespace'] == request.namespace)))";
            case KUBERNETES ->
                untouched
                        ? "object.spec.policyTypes == ['Egress']"
                        : "(has(object.spec.ingress) && object.spec.ingress.all(r, has(r.from) && r.from.all(p,"
                                + " has(p.podSelector) && !has(p.namespaceSelector))))";
        };
    }

    private GuardPolicy policiesOfOthers(PolicyDialect dialect) {
        GuardPolicy policy = ofOthers(
                        dialect.resource() + "-of-others",
                        "In namespaces of environments, only " + settings.user() + " writes " + scheme.policyName()
                                + " and egress.")
                .when(
                        "not-the-end-of-a-namespace",
                        "request.operation != 'DELETE' || !(request.userInfo.username in " + list(CLEANERS) + ")")
                .on(WRITES_AND_DELETES, dialect.apiVersion(), dialect.resource())
                .inOurNamespaces()
                // Request.name is empty if a whole collection is deleted.
                .let("subject", "request.operation == 'DELETE' ? oldObject : object")
                // Controllers remove their finalizers from an object with egress, and from one that is being deleted.
                .let("sameSpec", "request.operation == 'UPDATE' && " + isSameSpec(dialect));
        if (has(GuardPart.OUR_MARKS)) {
            policy.require(
                    "variables.subject.metadata.name != " + quoted(scheme.policyName())
                            + " || (variables.sameSpec && has(oldObject.metadata.deletionTimestamp))",
                    "only the namespace library writes " + scheme.policyName());
        }
        if (has(GuardPart.EGRESS_OF_OTHERS)) {
            policy.require(
                    "request.operation == 'DELETE' || variables.sameSpec || (" + hasNoEgress(dialect) + ")",
                    "only the namespace library writes egress; write a policy with ingress only");
        }
        return policy;
    }

    private static String isSameSpec(PolicyDialect dialect) {
        return switch (dialect) {
            case CILIUM ->
                "(has(object.spec) ? [object.spec] : []) == (has(oldObject.spec) ? [oldObject.spec] : [])"
                        + " && (has(object.specs) ? object.specs : []) == (has(oldObject.specs) ? oldObject.specs : [])";
            case KUBERNETES -> "object.spec == oldObject.spec";
        };
    }

    private static String hasNoEgress(PolicyDialect dialect) {
        return switch (dialect) {
            case CILIUM ->
                "(!has(object.spec) || !has(object.spec.egress))"
                        + " && (!has(object.specs) || object.specs.all(s, !has(s.egress)))";
            case KUBERNETES -> "!has(object.spec.egress) && !('Egress' in object.spec.policyTypes)";
        };
    }

    private GuardPolicy pods() {
        return new GuardPolicy(
                        scheme,
                        "pods",
                        "A namespace of an environment takes no pod before " + scheme.policyName()
                                + " exists, and no pod in the network of its node.")
                .on(List.of("CREATE"), "v1", "pods")
                .inOurNamespaces()
                .withOurPolicyAsParameter(settings.dialect())
                .require(
                        "!has(params.metadata.deletionTimestamp)",
                        "the egress policy of the namespace is being deleted; try again later")
                .require(
                        "!has(object.spec.hostNetwork) || !object.spec.hostNetwork",
                        "no egress policy applies to a pod with hostNetwork");
    }

    private GuardPolicy ofUs(String name, String description) {
        return new GuardPolicy(scheme, name, description)
                .when("namespace-library", "request.userInfo.username == " + quoted(settings.user()));
    }

    private GuardPolicy ofOthers(String name, String description) {
        return new GuardPolicy(scheme, name, description)
                .when("other-users", "request.userInfo.username != " + quoted(settings.user()))
                .when(
                        "no-administrators",
                        "!request.userInfo.groups.exists(g, g in " + list(settings.administrators()) + ")");
    }

    /** Adds what a request is about, and what it changes. A delete changes nothing. */
    private GuardPolicy metadata(GuardPolicy policy) {
        return policy.let("subject", "request.operation == 'DELETE' ? oldObject : object")
                .let("labels", orEmpty("variables.subject", "labels", "{}"))
                .let("oldLabels", orEmpty("oldObject", "labels", "{}"))
                .let("changedLabels", changed("variables.labels", "variables.oldLabels"))
                .let("annotations", orEmpty("variables.subject", "annotations", "{}"))
                .let("oldAnnotations", orEmpty("oldObject", "annotations", "{}"))
                .let("changedAnnotations", changed("variables.annotations", "variables.oldAnnotations"))
                .let("isOurs", isOurs("variables.labels"))
                .let("wasOurs", isOurs("variables.oldLabels"));
    }

    private GuardPolicy ownersAndFinalizers(GuardPolicy policy) {
        for (String field : List.of("finalizers", "ownerReferences")) {
            policy.let(field, orEmpty("variables.subject", field, "[]"))
                    .let(
                            "old" + Character.toUpperCase(field.charAt(0)) + field.substring(1),
                            orEmpty("oldObject", field, "[]"));
        }
        return policy.require(
                        "variables.finalizers == variables.oldFinalizers",
                        "the namespace library sets and removes no finalizers")
                .require(
                        "variables.ownerReferences == variables.oldOwnerReferences",
                        "the namespace library sets and removes no owners");
    }

    /** Returns an expression for the field, or for the empty value: a create has no old object. */
    private static String orEmpty(String object, String field, String empty) {
        String value = object + ".metadata." + field;
        return ifPresent(object) + "has(" + value + ") ? " + value + " : " + empty;
    }

    private String ownFields(String object) {
        String fields = object + ".metadata.managedFields";
        return ifPresent(object) + "has(" + fields + ") ? " + fields + ".filter(f, has(f.manager) && f.manager == "
                + quoted(scheme.fieldManager()) + ") : []";
    }

    private static String ifPresent(String object) {
        return object.equals("oldObject") ? "oldObject != null && " : "";
    }

    private static String changed(String now, String before) {
        return now + ".filter(k, !(k in " + before + ") || " + now + "[k] != " + before + "[k]) + " + before
                + ".filter(k, !(k in " + now + "))";
    }

    private String keys(boolean prefixes) {
        return list(settings.keys().stream()
                .filter(key -> key.endsWith("/") == prefixes)
                .toList());
    }

    private static String isAllowedKey() {
        return "k in variables.keys || variables.keyPrefixes.exists(p, k.startsWith(p))";
    }

    private String isOurs(String labels) {
        return has(labels, managedBy, quoted(scheme.managedByValue()));
    }

    private static String has(String map, String key, String value) {
        return key + " in " + map + " && " + map + "[" + key + "] == " + value;
    }

    /**
     * Returns the alternatives for a namespace that is not ours yet, each after an "or". They hold for our policy in
     * it, too: the API server caches namespaces, so it may judge the policy by the namespace from before its adoption.
     */
    private String orMayBecomeOurs(String labels, String annotations) {
        String adoptFor = quoted(scheme.adoptForKey());
        return switch (settings.adoption()) {
                    case NEVER -> "";
                    case CLAIMED ->
                        " || (" + adoptFor + " in " + annotations + " && "
                                + has("variables.labels", environment, annotations + "[" + adoptFor + "]") + ")";
                    case ALWAYS -> " || true";
                }
                + (settings.takeOver() ? " || " + environment + " in " + labels : "");
    }

    private String protectedNames() {
        return settings.protectedNames().patterns().stream()
                .map(pattern -> pattern.replace("*", ".*"))
                .collect(Collectors.joining("|", "^(", ")$"));
    }

    private static String list(Collection<String> texts) {
        return texts.stream().map(GuardRules::quoted).collect(Collectors.joining(", ", "[", "]"));
    }

    /** Returns the text as a string literal of the Common Expression Language. */
    static String quoted(String text) {
        StringBuilder literal = new StringBuilder("'");
        text.codePoints().forEach(c -> {
            if (c == '\'' || c == '\\') {
                literal.append('\\').appendCodePoint(c);
            } else if (Character.isISOControl(c)) {
                literal.append(String.format(Locale.ROOT, "\\u%04x", c));
            } else {
                literal.appendCodePoint(c);
            }
        });
        return literal.append('\'').toString();
    }
}
