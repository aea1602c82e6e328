package dev.namespaces.core.guard;

import dev.namespaces.core.deploy.AdoptionPolicy;
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
                        "Only " + settings.user() + " writes labels, annotations and" + " managed fields of "
                                + scheme.domain() + " on namespaces.")
                .on(WRITES, "v1", NAMESPACES);
        metadata(policy).let("ownFields", ownFields("object")).let("oldOwnFields", ownFields("oldObject"));
        return policy.require(
                        "variables.changedLabels.all(k, !k.startsWith(" + domain + "))",
                        "only the namespace library writes labels under " + scheme.domain())
                .require(
                        isOurs("variables.labels") + " == " + isOurs("variables.oldLabels"),
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
        String mayBeWritten = mayBeWritten("variables.oldLabels", "variables.oldAnnotations");
        GuardPolicy policy = ofUs("our-namespaces", "What " + settings.user() + " may do to namespaces.")
                .on(WRITES_AND_DELETES, "v1", NAMESPACES);
        keys(metadata(policy))
                .require(
                        "!variables.subject.metadata.name.matches(" + quoted(protectedNames()) + ")",
                        "the namespace has a protected name")
                .require(
                        "!has(request.subResource) || request.subResource == ''",
                        "the namespace library writes no status and finalizes no namespace")
                .require(
                        "request.operation != 'UPDATE' || " + mayBeWritten,
                        "the namespace is not one of the namespace library, and may not be adopted")
                .require(
                        "request.operation != 'DELETE' || (" + isOurs("variables.oldLabels") + " && "
                                + has("variables.oldLabels", origin, quoted(Origin.CREATED.label())) + ")",
                        "the namespace library deletes only namespaces that it has created")
                .require(
                        (settings.release() ? "request.operation == 'UPDATE' || " : "") + isOurs("variables.labels")
                                + " || request.operation == 'DELETE'",
                        "a namespace of the namespace library has the label " + scheme.managedByKey() + "="
                                + scheme.managedByValue());
        if (!settings.takeOver()) {
            policy.require(
                    "!(" + environment + " in variables.oldLabels) || "
                            + (settings.release() ? "!(" + environment + " in variables.labels) || " : "")
                            + "(" + environment + " in variables.labels && variables.labels[" + environment
                            + "] == variables.oldLabels[" + environment + "])",
                    "a namespace keeps its environment");
        }
        return unchangedOwners(policy.require(
                        "request.operation == 'CREATE' || !"
                                + has("variables.labels", origin, quoted(Origin.CREATED.label())) + " || "
                                + has("variables.oldLabels", origin, quoted(Origin.CREATED.label())),
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
                .let("namespaceLabels", orEmpty("namespaceObject", "labels"))
                .let("namespaceAnnotations", orEmpty("namespaceObject", "annotations"))
                .require(
                        "variables.subject.metadata.name == " + quoted(scheme.policyName()),
                        "the namespace library writes only the policy " + scheme.policyName())
                .require(
                        mayBeWritten("variables.namespaceLabels", "variables.namespaceAnnotations"),
                        "the namespace is not one of the namespace library")
                .require(
                        "request.operation == 'DELETE' || " + isOurs("variables.labels"),
                        "the policy of the namespace library has the label " + scheme.managedByKey() + "="
                                + scheme.managedByValue())
                .require(
                        "variables.changedLabels.all(k, k.startsWith(" + domain + ") || k == " + managedBy + ")",
                        "the namespace library may not set, change or remove one of these labels")
                .require(
                        "variables.changedAnnotations.all(k, k.startsWith(" + domain + "))",
                        "the namespace library may not set, change or remove one of these annotations");
        return unchangedOwners(policy)
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
                .let(
                        "sameSpec",
                        "request.operation == 'UPDATE' && "
                                + switch (dialect) {
                                    case CILIUM ->
                                        "(has(object.spec) ? [object.spec] : []) == (has(oldObject.spec) ? [oldObject.spec] : [])"
                                                + " && (has(object.specs) ? object.specs : []) == (has(oldObject.specs) ? oldObject.specs : [])";
                                    case KUBERNETES -> "object.spec == oldObject.spec";
                                });
        if (has(GuardPart.OUR_MARKS)) {
            policy.require(
                    "variables.subject.metadata.name != " + quoted(scheme.policyName())
                            + " || (variables.sameSpec && has(oldObject.metadata.deletionTimestamp))",
                    "only the namespace library writes " + scheme.policyName());
        }
        if (has(GuardPart.EGRESS_OF_OTHERS)) {
            policy.require(
                    "request.operation == 'DELETE' || variables.sameSpec || "
                            + switch (dialect) {
                                case CILIUM ->
                                    "((!has(object.spec) || !has(object.spec.egress))"
                                            + " && (!has(object.specs) || object.specs.all(s, !has(s.egress))))";
                                case KUBERNETES ->
                                    "(!has(object.spec.egress) && !('Egress' in object.spec.policyTypes))";
                            },
                    switch (dialect) {
                        case CILIUM -> "only the namespace library writes egress";
                        case KUBERNETES -> "only the namespace library writes egress; write policyTypes: [Ingress]";
                    });
        }
        return policy;
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
    private static GuardPolicy metadata(GuardPolicy policy) {
        return policy.let("subject", "request.operation == 'DELETE' ? oldObject : object")
                .let("labels", orEmpty("variables.subject", "labels"))
                .let("oldLabels", orEmpty("oldObject", "labels"))
                .let("changedLabels", changed("variables.labels", "variables.oldLabels"))
                .let("annotations", orEmpty("variables.subject", "annotations"))
                .let("oldAnnotations", orEmpty("oldObject", "annotations"))
                .let("changedAnnotations", changed("variables.annotations", "variables.oldAnnotations"));
    }

    private static String orEmpty(String object, String field) {
        String value = object + ".metadata." + field;
        return ifPresent(object) + "has(" + value + ") ? " + value + " : {}";
    }

    private String ownFields(String object) {
        String fields = object + ".metadata.managedFields";
        return ifPresent(object) + "has(" + fields + ") ? " + fields + ".filter(f, has(f.manager) && f.manager == "
                + quoted(scheme.fieldManager()) + ") : []";
    }

    /** There is no old object in a create. */
    private static String ifPresent(String object) {
        return object.equals("oldObject") ? "oldObject != null && " : "";
    }

    private static String changed(String now, String before) {
        return now + ".filter(k, !(k in " + before + ") || " + now + "[k] != " + before + "[k]) + " + before
                + ".filter(k, !(k in " + now + "))";
    }

    private GuardPolicy keys(GuardPolicy policy) {
        return policy.let(
                        "keys",
                        list(settings.keys().stream()
                                .filter(key -> !key.endsWith("/"))
                                .toList()))
                .let(
                        "keyPrefixes",
                        list(settings.keys().stream()
                                .filter(key -> key.endsWith("/"))
                                .toList()));
    }

    private static String isAllowedKey() {
        return "k in variables.keys || variables.keyPrefixes.exists(p, k.startsWith(p))";
    }

    private static GuardPolicy unchangedOwners(GuardPolicy policy) {
        return policy.require(same("finalizers"), "the namespace library sets and removes no finalizers")
                .require(same("ownerReferences"), "the namespace library sets and removes no owners");
    }

    private static String same(String field) {
        String now = "variables.subject.metadata." + field;
        String before = "oldObject.metadata." + field;
        return "(has(" + now + ") ? " + now + " : []) == (" + ifPresent("oldObject") + "has(" + before + ") ? " + before
                + " : [])";
    }

    private String isOurs(String labels) {
        return has(labels, managedBy, quoted(scheme.managedByValue()));
    }

    private static String has(String map, String key, String value) {
        return "(" + key + " in " + map + " && " + map + "[" + key + "] == " + value + ")";
    }

    /**
     * Returns whether our user may write a namespace, and our policy in it. The API server may judge the policy by a
     * state of the namespace from before its adoption, because it caches namespaces.
     */
    private String mayBeWritten(String labels, String annotations) {
        if (settings.adoption() == AdoptionPolicy.ALWAYS) {
            return "true";
        }
        return "(" + isOurs(labels)
                + (settings.adoption() == AdoptionPolicy.CLAIMED
                        ? " || " + quoted(scheme.adoptForKey()) + " in " + annotations
                        : "")
                + (settings.takeOver() ? " || " + environment + " in " + labels : "")
                + ")";
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
