package dev.namespaces.egress.check;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.namespaces.model.KubernetesSyntax;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Collects findings, and walks a manifest without tripping over what has another shape than it should. */
final class Findings {

    /** The fields of {@code ObjectMeta}. */
    private static final Set<String> METADATA = Set.of(
            "annotations",
            "creationTimestamp",
            "deletionGracePeriodSeconds",
            "deletionTimestamp",
            "finalizers",
            "generateName",
            "generation",
            "labels",
            "managedFields",
            "name",
            "namespace",
            "ownerReferences",
            "resourceVersion",
            "selfLink",
            "uid");

    private final List<PolicyFinding> list = new ArrayList<>();

    List<PolicyFinding> list() {
        return list;
    }

    void add(PolicyCheck check, String path, String message) {
        list.add(new PolicyFinding(check, path, message));
    }

    /** Returns the elements of a list by their paths; none where it is absent or is no list of that kind. */
    Map<String, JsonNode> elements(JsonNode parent, String parentPath, String field, Kind kind) {
        Map<String, JsonNode> elements = new LinkedHashMap<>();
        JsonNode array = parent.path(field);
        String path = parentPath + "." + field;
        if (array.isMissingNode()) {
            return elements;
        }
        if (!array.isArray()) {
            add(PolicyCheck.MALFORMED, path, "must be a list");
            return elements;
        }
        for (int i = 0; i < array.size(); i++) {
            if (kind.holds(array.get(i))) {
                elements.put(path + "[" + i + "]", array.get(i));
            } else {
                add(PolicyCheck.MALFORMED, path + "[" + i + "]", "must be " + kind.text);
            }
        }
        return elements;
    }

    /** Returns the field, or a missing node where it is absent or of another kind. */
    JsonNode field(JsonNode parent, String parentPath, String field, Kind kind) {
        JsonNode value = parent.path(field);
        if (value.isMissingNode() || kind.holds(value)) {
            return value;
        }
        add(PolicyCheck.MALFORMED, parentPath + "." + field, "must be " + kind.text);
        return MissingNode.getInstance();
    }

    void onlyFields(JsonNode object, String path, Set<String> checked) {
        object.fieldNames().forEachRemaining(name -> {
            if (!checked.contains(name)) {
                add(PolicyCheck.FIELD_NOT_CHECKED, path + "." + name, "is not checked");
            }
        });
    }

    /** Checks the name of the object. */
    void name(JsonNode manifest) {
        String name = manifest.path("metadata").path("name").asText();
        if (name.isEmpty()) {
            add(PolicyCheck.NAME_MISSING, "metadata.name", "must be given");
            return;
        }
        KubernetesSyntax.objectNameProblem(name)
                .ifPresent(problem -> add(PolicyCheck.NAME_SYNTAX, "metadata.name", problem));
    }

    /** Warns of fields outside of the rules that the kind does not have; the API server refuses or drops them. */
    void onlyTopFields(JsonNode manifest, Set<String> ofKind) {
        Set<String> known = new HashSet<>(ofKind);
        known.addAll(Set.of("apiVersion", "kind", "metadata"));
        onlyKnownFields(manifest, "", known);
        onlyKnownFields(manifest.path("metadata"), "metadata.", METADATA);
    }

    /** Warns of fields of the status that the kind does not have. */
    void onlyStatusFields(JsonNode manifest, Set<String> known) {
        onlyKnownFields(manifest.path("status"), "status.", known);
    }

    private void onlyKnownFields(JsonNode object, String prefix, Set<String> known) {
        object.fieldNames().forEachRemaining(name -> {
            if (!known.contains(name)) {
                add(
                        PolicyCheck.UNKNOWN_FIELD,
                        prefix + name,
                        "there is no such field: strict validation refuses it, else the API server drops it");
            }
        });
    }

    /** Reads an address range; null where it is none. */
    @Nullable
    IpPrefix prefix(String cidr, String path) {
        IpPrefix prefix = IpPrefix.parse(cidr);
        if (prefix == null) {
            add(PolicyCheck.CIDR_SYNTAX, path, "'" + cidr + "' is not an address range, as in 10.0.0.0/8");
        } else if (prefix.isMappedIpv4()) {
            add(PolicyCheck.MAPPED_IPV4, path, "no packet is in " + cidr + "; write it as IPv4");
        } else if (prefix.hasHostBits()) {
            add(
                    PolicyCheck.HOST_BITS,
                    path,
                    cidr + " means the whole range of /" + prefix.length() + "; write its first address");
        }
        return prefix;
    }

    /** Kinds of JSON values. */
    enum Kind {
        OBJECT("an object"),
        STRING("a string"),
        INTEGER("an integer"),
        BOOLEAN("true or false");

        private final String text;

        Kind(String text) {
            this.text = text;
        }

        boolean holds(JsonNode node) {
            return switch (this) {
                case OBJECT -> node.isObject();
                case STRING -> node.isTextual();
                case INTEGER -> node.canConvertToExactIntegral();
                case BOOLEAN -> node.isBoolean();
            };
        }
    }
}
