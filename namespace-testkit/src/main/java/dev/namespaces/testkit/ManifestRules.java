package dev.namespaces.testkit;

import dev.namespaces.error.ManifestRejectedException.FieldCause;
import dev.namespaces.model.KubernetesSyntax;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;

/** The rules by which the API server refuses a manifest, with the field names that it uses. */
final class ManifestRules {

    private static final int MAX_NAME_LENGTH = 253;
    private static final Pattern DNS_SUBDOMAIN =
            Pattern.compile("[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*");

    private static final Set<String> METADATA_FIELDS = Set.of("labels", "annotations", "finalizers", "ownerReferences");

    /** The fields of the kinds that this library writes. For other kinds every field is accepted. */
    private static final Map<String, Set<String>> TOP_LEVEL_FIELDS = Map.of(
            "v1 Namespace", Set.of("spec", "status"),
            "v1 ConfigMap", Set.of("data", "binaryData", "immutable"),
            "networking.k8s.io/v1 NetworkPolicy", Set.of("spec"),
            "cilium.io/v2 CiliumNetworkPolicy", Set.of("spec", "specs", "status"),
            "cilium.io/v2 CiliumClusterwideNetworkPolicy", Set.of("spec", "specs", "status"));

    private static final Set<String> CILIUM_RULE_FIELDS = Set.of(
            "description",
            "egress",
            "egressDeny",
            "enableDefaultDeny",
            "endpointSelector",
            "ingress",
            "ingressDeny",
            "labels",
            "log",
            "nodeSelector");

    private static final Map<String, Set<String>> SPEC_FIELDS = Map.of(
            "v1 Namespace",
            Set.of("finalizers"),
            "networking.k8s.io/v1 NetworkPolicy",
            Set.of("podSelector", "policyTypes", "ingress", "egress"),
            "cilium.io/v2 CiliumNetworkPolicy",
            CILIUM_RULE_FIELDS,
            "cilium.io/v2 CiliumClusterwideNetworkPolicy",
            CILIUM_RULE_FIELDS);

    private ManifestRules() {}

    /** Returns the fields that the kind does not have: strict field validation. */
    static List<FieldCause> unknownFields(Map<String, Object> manifest) {
        List<FieldCause> unknown = new ArrayList<>();
        String kind = manifest.get("apiVersion") + " " + manifest.get("kind");
        Manifests.child(manifest, "metadata").keySet().stream()
                .filter(key -> !METADATA_FIELDS.contains(key) && !ManagedObject.SERVER_METADATA.contains(key))
                .forEach(key -> unknown.add(undeclared("metadata." + key)));
        if (Manifests.child(manifest, "metadata").containsKey("managedFields")) {
            unknown.add(new FieldCause("metadata.managedFields", "must be nil"));
        }
        Set<String> topLevel = TOP_LEVEL_FIELDS.get(kind);
        if (topLevel != null) {
            manifest.keySet().stream()
                    .filter(key -> !topLevel.contains(key)
                            && !Set.of("apiVersion", "kind", "metadata").contains(key))
                    .forEach(key -> unknown.add(undeclared(key)));
        }
        Set<String> inSpec = SPEC_FIELDS.get(kind);
        if (inSpec != null && manifest.get("spec") instanceof Map<?, ?> spec) {
            Manifests.map(spec).keySet().stream()
                    .filter(key -> !inSpec.contains(key))
                    .forEach(key -> unknown.add(undeclared("spec." + key)));
        }
        return unknown;
    }

    /** Returns the values that the API server does not accept in the next state of an object. */
    static List<FieldCause> invalidValues(Map<String, Object> object) {
        List<FieldCause> invalid = new ArrayList<>();
        Map<String, Object> metadata = Manifests.child(object, "metadata");
        String name = String.valueOf(metadata.get("name"));
        Optional<String> nameProblem = "Namespace".equals(object.get("kind"))
                ? KubernetesSyntax.namespaceNameProblem(name)
                : subdomainProblem(name);
        nameProblem.ifPresent(problem -> invalid.add(invalid("metadata.name", name, problem)));
        Map<String, Object> labels = strings(metadata, "labels");
        check(labels.keySet(), "metadata.labels", KubernetesSyntax::labelKeyProblem, invalid);
        labels.values()
                .forEach(value -> KubernetesSyntax.labelValueProblem(String.valueOf(value))
                        .ifPresent(problem -> invalid.add(invalid("metadata.labels", String.valueOf(value), problem))));
        Map<String, Object> annotations = strings(metadata, "annotations");
        check(annotations.keySet(), "metadata.annotations", KubernetesSyntax::annotationKeyProblem, invalid);
        Map<String, String> texts = new HashMap<>();
        annotations.forEach((key, value) -> texts.put(key, String.valueOf(value)));
        KubernetesSyntax.annotationsSizeProblem(texts)
                .ifPresent(problem -> invalid.add(new FieldCause("metadata.annotations", "Too long: " + problem)));
        return invalid;
    }

    private static Map<String, Object> strings(Map<String, Object> metadata, String key) {
        return metadata.get(key) instanceof Map<?, ?> map ? Manifests.map(map) : Map.of();
    }

    private static void check(
            Set<String> keys, String field, Function<String, Optional<String>> rule, List<FieldCause> invalid) {
        keys.forEach(key -> rule.apply(key).ifPresent(problem -> invalid.add(invalid(field, key, problem))));
    }

    private static Optional<String> subdomainProblem(String name) {
        return name.length() <= MAX_NAME_LENGTH && DNS_SUBDOMAIN.matcher(name).matches()
                ? Optional.empty()
                : Optional.of("must be an RFC 1123 subdomain of at most 253 characters");
    }

    private static FieldCause undeclared(String field) {
        return new FieldCause(field, "field not declared in schema");
    }

    private static FieldCause invalid(String field, String value, String problem) {
        return new FieldCause(field, "Invalid value: \"" + value + "\": " + problem);
    }
}
