package dev.namespaces.egress.effective;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.namespaces.egress.check.CiliumPort;
import dev.namespaces.egress.check.PolicyFinding;
import dev.namespaces.egress.check.PolicyLabels;
import dev.namespaces.egress.check.PolicyManifestValidator;
import dev.namespaces.egress.check.PolicyVerdict;
import dev.namespaces.egress.check.StoredManifest;
import dev.namespaces.egress.effective.Peer.Domain;
import dev.namespaces.egress.effective.Peer.Everywhere;
import dev.namespaces.egress.effective.Peer.Pods;
import dev.namespaces.egress.effective.Peer.Range;
import dev.namespaces.egress.effective.PolicySubject.Operator;
import dev.namespaces.egress.effective.PolicySubject.Requirement;
import dev.namespaces.error.InvalidTextException;
import dev.namespaces.model.Cidr;
import dev.namespaces.model.EgressEntity;
import dev.namespaces.model.PolicyDialect;
import dev.namespaces.model.PortRange;
import dev.namespaces.model.TransportProtocol;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/** Reads a policy object of either dialect; any part that it does not surely know makes the object not understood. */
final class PolicyReader {

    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final int MAX_PORT = 65535;

    private final HasMetadata policy;
    private final JsonNode tree;
    private final @Nullable String namespace;
    private final Set<PolicySubject> subjects = new LinkedHashSet<>();
    private final List<Grant> grants = new ArrayList<>();
    private final List<Cidr> denied = new ArrayList<>();
    private final List<String> unknown = new ArrayList<>();

    /** @param namespace the namespace that the policy is for; null to take the one that it names, if any */
    PolicyReader(HasMetadata policy, @Nullable String namespace) {
        this.policy = StoredManifest.of(policy);
        this.tree = MAPPER.valueToTree(this.policy);
        String named = tree.path("metadata").path("namespace").asText();
        if (namespace != null && !named.isEmpty() && !named.equals(namespace)) {
            unknown.add("metadata.namespace is " + named + ", and not " + namespace);
        }
        this.namespace = namespace != null || named.isEmpty() ? namespace : named;
    }

    EgressReading read() {
        PolicyVerdict verdict = PolicyManifestValidator.validate(policy);
        if (verdict.outcome() == PolicyVerdict.Outcome.INVALID) {
            return new EgressReading.NotUnderstood(
                    verdict.errors().stream().map(PolicyFinding::toString).toList());
        }
        verdict.notChecked().stream().map(PolicyFinding::toString).forEach(unknown::add);
        String kind = tree.path("kind").asText();
        String apiVersion = tree.path("apiVersion").asText();
        if (is(PolicyDialect.CILIUM, apiVersion, kind)) {
            readCilium();
        } else if (is(PolicyDialect.KUBERNETES, apiVersion, kind)) {
            readKubernetes(tree.path("spec"));
        }
        if (subjects.size() > 1) {
            unknown.add("specs: its rules are for different pods");
        }
        if (!unknown.isEmpty()) {
            return new EgressReading.NotUnderstood(unknown);
        }
        PolicySubject subject = subjects.isEmpty()
                ? PolicySubject.EVERY_POD
                : subjects.iterator().next();
        return new EgressReading.Understood(subject, new EffectiveEgress(grants));
    }

    private static boolean is(PolicyDialect dialect, String apiVersion, String kind) {
        return dialect.apiVersion().equals(apiVersion) && dialect.kind().equals(kind);
    }

    private void readCilium() {
        List<JsonNode> rules = new ArrayList<>();
        List<String> paths = new ArrayList<>();
        if (tree.has("spec")) {
            rules.add(tree.get("spec"));
            paths.add("spec");
        }
        for (int i = 0; i < tree.path("specs").size(); i++) {
            rules.add(tree.get("specs").get(i));
            paths.add("specs[" + i + "]");
        }
        boolean restricts = false;
        for (int i = 0; i < rules.size(); i++) {
            JsonNode rule = rules.get(i);
            String path = paths.get(i);
            subjects.add(ciliumSubject(rule.path("endpointSelector"), path + ".endpointSelector"));
            readDenied(rule.path("egressDeny"), path + ".egressDeny");
            JsonNode egress = rule.path("egress");
            restricts |= !(egress.isEmpty() && rule.path("egressDeny").isEmpty())
                    && rule.path("enableDefaultDeny").path("egress").asBoolean(true);
            for (int item = 0; item < egress.size(); item++) {
                readCiliumItem(egress.get(item), path + ".egress[" + item + "]");
            }
        }
        if (!restricts) {
            grants.clear();
            grants.add(new Grant(new Everywhere(), PortSet.ALL));
        }
        if (!denied.isEmpty()) {
            List<Grant> allowed = List.copyOf(grants);
            grants.clear();
            allowed.forEach(grant ->
                    withoutDenied(grant.peer()).forEach(peer -> grants.add(new Grant(peer, grant.ports()))));
        }
    }

    private List<Peer> withoutDenied(Peer peer) {
        if (peer instanceof Everywhere) {
            return Stream.of(EgressEntity.CLUSTER, EgressEntity.WORLD)
                    .flatMap(entity -> EffectiveEgress.peers(entity).stream())
                    .flatMap(part -> withoutDenied(part).stream())
                    .toList();
        }
        return peer instanceof Range range ? range.without(denied) : List.of(peer);
    }

    /** Understands items that deny ranges on every port, which is what the library writes. */
    private void readDenied(JsonNode items, String path) {
        for (int i = 0; i < items.size(); i++) {
            JsonNode item = items.get(i);
            if (item.size() == 1 && item.path("toCIDR").isArray()) {
                for (JsonNode cidr : item.get("toCIDR")) {
                    range(cidr, List.of(), path + "[" + i + "]").forEach(peer -> denied.add(((Range) peer).cidr()));
                }
            } else {
                unknown.add(path + " denies, rather than allows");
                return;
            }
        }
    }

    private void readCiliumItem(JsonNode item, String path) {
        List<Peer> peers = new ArrayList<>();
        boolean named = false;
        boolean nowhere = false;
        boolean anyPort = true;
        PortSet ports = PortSet.of(List.of());
        for (var field : item.properties()) {
            String key = field.getKey();
            JsonNode values = field.getValue();
            String at = path + "." + key;
            switch (key) {
                case "toPorts" -> {
                    anyPort = values.isEmpty();
                    ports = ciliumPorts(values, at);
                }
                case "toEndpoints", "toCIDR", "toCIDRSet", "toEntities" -> {
                    named = true;
                    nowhere |= values.isEmpty();
                    for (int i = 0; i < values.size(); i++) {
                        peers.addAll(ciliumPeers(key, values.get(i), at + "[" + i + "]"));
                    }
                }
                case "toFQDNs" ->
                    values.forEach(name -> peers.add(new Domain(new DomainPattern(name.path("matchName")
                            .asText(name.path("matchPattern").asText())))));
                case "toServices", "toGroups", "toRequires", "icmps" -> {
                    if (!values.isEmpty()) {
                        unknown.add(at);
                    }
                }
                default -> unknown.add(at);
            }
        }
        if (nowhere) {
            return;
        }
        if (peers.isEmpty() && !named && !anyPort) {
            peers.add(new Everywhere());
        }
        PortSet open = anyPort ? PortSet.ALL : ports;
        peers.forEach(peer -> grants.add(new Grant(peer, open)));
    }

    private List<Peer> ciliumPeers(String key, JsonNode value, String path) {
        switch (key) {
            case "toEndpoints" -> {
                Map<String, String> ofNamespace = new TreeMap<>();
                Map<String, String> ofPod = new TreeMap<>();
                String inNamespace = null;
                for (var entry : labels(value, path).entrySet()) {
                    String label = bareKey(entry.getKey(), path);
                    if (label.equals(PolicyLabels.POD_NAMESPACE)) {
                        if (inNamespace != null && !inNamespace.equals(entry.getValue())) {
                            unknown.add(path + ": two namespaces at once");
                        }
                        inNamespace = entry.getValue();
                    } else if (label.startsWith(PolicyLabels.OF_NAMESPACE)) {
                        ofNamespace.put(label.substring(PolicyLabels.OF_NAMESPACE.length()), entry.getValue());
                    } else {
                        onlyLabelOfPods(label, path);
                        ofPod.put(label, entry.getValue());
                    }
                }
                if (inNamespace == null && ofNamespace.isEmpty()) {
                    return ownPods(ofPod, path);
                }
                return List.of(Pods.of(inNamespace, ofNamespace, ofPod));
            }
            case "toCIDR" -> {
                return range(value, List.of(), path);
            }
            case "toCIDRSet" -> {
                if (!value.has("cidr")) {
                    unknown.add(path);
                    return List.of();
                }
                return range(value.get("cidr"), elements(value.path("except")), path);
            }
            default -> {
                return entity(value.asText(), path);
            }
        }
    }

    private List<Peer> entity(String name, String path) {
        return switch (name) {
            case "all" -> List.of(new Everywhere());
            case "none" -> List.of();
            case "world" -> EffectiveEgress.peers(EgressEntity.WORLD);
            case "cluster" -> EffectiveEgress.peers(EgressEntity.CLUSTER);
            case "host" -> EffectiveEgress.peers(EgressEntity.HOST);
            case "remote-node" -> EffectiveEgress.peers(EgressEntity.REMOTE_NODE);
            case "kube-apiserver" -> EffectiveEgress.peers(EgressEntity.KUBE_APISERVER);
            default -> {
                unknown.add(path + ": the entity " + name);
                yield List.of();
            }
        };
    }

    private PortSet ciliumPorts(JsonNode toPorts, String path) {
        List<PortRange> ranges = new ArrayList<>();
        for (int i = 0; i < toPorts.size(); i++) {
            for (var fields = toPorts.get(i).fieldNames(); fields.hasNext(); ) {
                String field = fields.next();
                if (!Set.of("ports", "rules").contains(field)) {
                    unknown.add(path + "[" + i + "]." + field);
                }
            }
            for (var rules = toPorts.get(i).path("rules").fieldNames(); rules.hasNext(); ) {
                String rule = rules.next();
                if (!rule.equals("dns")) {
                    unknown.add(path + "[" + i + "].rules." + rule);
                }
            }
            JsonNode ports = toPorts.get(i).path("ports");
            for (int j = 0; j < ports.size(); j++) {
                String at = path + "[" + i + "].ports[" + j + "]";
                JsonNode port = ports.get(j);
                Integer first = CiliumPort.parse(port.path("port").asText()).number();
                TransportProtocol protocol = protocol(port.path("protocol").asText("ANY"), at);
                if (first == null) {
                    unknown.add(at + ": the named port " + port.path("port").asText());
                } else if (protocol != null) {
                    int last = first == 0
                            ? MAX_PORT
                            : Math.max(first, port.path("endPort").asInt(first));
                    ranges.add(new PortRange(Math.max(first, 1), last, protocol));
                }
            }
        }
        return PortSet.of(ranges);
    }

    private void readKubernetes(JsonNode spec) {
        subjects.add(new PolicySubject(requirements(spec.path("podSelector"))));
        JsonNode egress = spec.path("egress");
        JsonNode types = spec.path("policyTypes");
        boolean restricts =
                types.isEmpty() ? !egress.isEmpty() : elements(types).anyMatch(type -> type.equals("Egress"));
        if (!restricts) {
            if (!egress.isEmpty()) {
                unknown.add("spec.policyTypes lacks Egress, so that it depends on the plugin whether egress counts");
            }
            grants.add(new Grant(new Everywhere(), PortSet.ALL));
            return;
        }
        for (int i = 0; i < egress.size(); i++) {
            String path = "spec.egress[" + i + "]";
            PortSet ports = kubernetesPorts(egress.get(i).path("ports"), path + ".ports");
            JsonNode to = egress.get(i).path("to");
            if (to.isEmpty()) {
                grants.add(new Grant(new Everywhere(), ports));
            }
            for (int j = 0; j < to.size(); j++) {
                kubernetesPeers(to.get(j), path + ".to[" + j + "]").forEach(peer -> grants.add(new Grant(peer, ports)));
            }
        }
    }

    private List<Peer> kubernetesPeers(JsonNode peer, String path) {
        if (peer.has("ipBlock")) {
            JsonNode block = peer.get("ipBlock");
            return range(block.path("cidr"), elements(block.path("except")), path + ".ipBlock");
        }
        Map<String, String> ofPod = labels(peer.path("podSelector"), path + ".podSelector");
        return peer.has("namespaceSelector")
                ? List.of(Pods.of(null, labels(peer.get("namespaceSelector"), path + ".namespaceSelector"), ofPod))
                : ownPods(ofPod, path);
    }

    private PortSet kubernetesPorts(JsonNode ports, String path) {
        if (ports.isEmpty()) {
            return PortSet.ALL;
        }
        List<PortRange> ranges = new ArrayList<>();
        for (int i = 0; i < ports.size(); i++) {
            JsonNode port = ports.get(i);
            TransportProtocol protocol = protocol(port.path("protocol").asText("TCP"), path + "[" + i + "]");
            if (port.path("port").isTextual()) {
                unknown.add(
                        path + "[" + i + "]: the named port " + port.get("port").asText());
            } else if (protocol != null) {
                int first = port.path("port").asInt(1);
                int last = port.has("port") ? port.path("endPort").asInt(first) : MAX_PORT;
                ranges.add(new PortRange(first, last, protocol));
            }
        }
        return PortSet.of(ranges);
    }

    private List<Peer> ownPods(Map<String, String> labels, String path) {
        if (namespace == null) {
            unknown.add(path + ": pods of the policy's own namespace, which it does not name");
            return List.of();
        }
        return List.of(Pods.of(namespace, Map.of(), labels));
    }

    /** Reads a selector of pods, which may also name their namespace: the policy's own, for every pod of a subject. */
    private PolicySubject ciliumSubject(JsonNode selector, String path) {
        List<Requirement> requirements = new ArrayList<>();
        for (Requirement requirement : requirements(selector)) {
            String key = bareKey(requirement.key(), path);
            if (key.equals(PolicyLabels.POD_NAMESPACE)) {
                if (namespace == null
                        || !requirement.equals(new Requirement(requirement.key(), Operator.IN, List.of(namespace)))) {
                    unknown.add(path + ": " + requirement);
                }
            } else {
                onlyLabelOfPods(key, path);
                requirements.add(new Requirement(key, requirement.operator(), requirement.values()));
            }
        }
        return new PolicySubject(requirements);
    }

    /** Returns the key of a label from Kubernetes, without its source. */
    private String bareKey(String key, String path) {
        String bare = key.startsWith(PolicyLabels.KUBERNETES) || key.startsWith(PolicyLabels.ANY)
                ? key.substring(key.indexOf(':') + 1)
                : key;
        if (bare.indexOf(':') >= 0) {
            unknown.add(path + ": the label " + key);
        }
        return bare;
    }

    private void onlyLabelOfPods(String key, String path) {
        if (PolicyLabels.isOfCilium(key)) {
            unknown.add(path + ": the label " + key);
        }
    }

    private static List<Requirement> requirements(JsonNode selector) {
        List<Requirement> requirements = new ArrayList<>();
        selector.path("matchLabels")
                .properties()
                .forEach(label -> requirements.add(new Requirement(
                        label.getKey(), Operator.IN, List.of(label.getValue().asText()))));
        selector.path("matchExpressions")
                .forEach(expression -> requirements.add(new Requirement(
                        expression.path("key").asText(),
                        switch (expression.path("operator").asText()) {
                            case "In" -> Operator.IN;
                            case "NotIn" -> Operator.NOT_IN;
                            case "Exists" -> Operator.EXISTS;
                            default -> Operator.DOES_NOT_EXIST;
                        },
                        elements(expression.path("values")).toList())));
        return requirements;
    }

    private Map<String, String> labels(JsonNode selector, String path) {
        if (!selector.path("matchExpressions").isEmpty()) {
            unknown.add(path + ".matchExpressions");
        }
        Map<String, String> labels = new TreeMap<>();
        selector.path("matchLabels")
                .properties()
                .forEach(label -> labels.put(label.getKey(), label.getValue().asText()));
        return labels;
    }

    private List<Peer> range(JsonNode cidr, Stream<String> except, String path) {
        return range(cidr, except.toList(), path);
    }

    private List<Peer> range(JsonNode cidr, List<String> except, String path) {
        try {
            Cidr range = Cidr.masking(cidr.asText());
            List<Cidr> exceptions = except.stream().map(Cidr::masking).toList();
            return List.of(Range.of(range, exceptions));
        } catch (InvalidTextException e) {
            unknown.add(path + ": " + e.reason());
            return List.of();
        }
    }

    private @Nullable TransportProtocol protocol(String name, String path) {
        try {
            return TransportProtocol.valueOf(name);
        } catch (IllegalArgumentException e) {
            unknown.add(path + ": the protocol " + name);
            return null;
        }
    }

    private static Stream<String> elements(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false).map(JsonNode::asText);
    }
}
