package dev.namespaces.egress.check;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.namespaces.egress.EgressPolicyRenderer;
import dev.namespaces.egress.EgressSettings;
import dev.namespaces.egress.RandomPolicies;
import dev.namespaces.model.PolicyDialect;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Generates CiliumNetworkPolicies that are valid, and ones with a few things wrong. */
final class MutatedPolicies {

    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private static final List<String> CIDRS = List.of(
            "0.0.0.0/0",
            "10.0.0.0/8",
            "10.0.0.0/9",
            "10.1.0.0/16",
            "10.1.2.3/16",
            "10.1.2.3/32",
            "10.0.0.01/8",
            "10.0.0.0/08",
            "11.0.0.0/8",
            "::/0",
            "fd00::/8",
            "FD00:1::/32",
            "fd00::1/8",
            "::ffff:10.0.0.0/104",
            "::ffff:10.1.0.0/112",
            "::10.1.0.0/112",
            "1:2:3:4:5:6:7:8/128",
            "1:2:3:4:5:6:7::/112",
            "1::/0");
    private static final List<String> PORTS = List.of(
            "0",
            "00",
            "1",
            "53",
            "053",
            "089",
            "0443",
            "443",
            "8080",
            "65535",
            "65536",
            "99999",
            "177777",
            "0177777",
            "0200000",
            "1_000",
            "1__0",
            "1_",
            "0_7",
            "0x50",
            "0b1",
            "0o7",
            "80 ",
            "80/tcp",
            "http",
            "HTTP",
            "dns-tcp",
            "a--b",
            "-a",
            "a_b",
            "abcdefghijklmno",
            "abcdefghijklmnop",
            "000000000000000000443",
            "99999999999999999999");
    private static final List<String> PROTOCOLS =
            List.of("TCP", "UDP", "SCTP", "ANY", "VRRP", "IGMP", "GRE", "IPIP", "IPV6", "ESP", "AH");
    private static final List<String> ENTITIES = List.of(
            "all",
            "world",
            "cluster",
            "cluster-mesh",
            "host",
            "init",
            "ingress",
            "unmanaged",
            "remote-node",
            "health",
            "none",
            "kube-apiserver");
    private static final List<String> NAMES = List.of(
            "example.com", "WWW.Example.com.", "a", "a_b.example.com", "-.-", "a".repeat(255), "a".repeat(253) + ".");
    private static final List<String> PATTERNS =
            List.of("*", "**", "*.example.com", "**.example.com.", "a*b.c*", "*".repeat(255), "www.example.com");
    private static final List<String> KEYS = List.of(
            "app",
            "k8s:app",
            "any:app",
            "foo:app",
            "f-o:app",
            ":app",
            "app:",
            "a:b:c",
            "reserved:host",
            "example.com/app",
            "Example.com/app",
            "/app",
            "app/",
            "a/b/c",
            "a b",
            "",
            "a".repeat(63),
            "a".repeat(64),
            "k8s:io.kubernetes.pod.namespace",
            "io.kubernetes.pod.namespace",
            "kubernetes.io/metadata.name",
            "k8s:io.cilium.k8s.namespace.labels." + "a".repeat(32),
            "k8s:io.cilium.k8s.namespace.labels." + "a".repeat(33),
            "k8s:io.cilium.k8s.namespace.labels.example.com/" + "a".repeat(63));
    private static final List<String> VALUES =
            List.of("", "x", "X_1.y", "x y", "-x", "x".repeat(63), "x".repeat(64), "team-b");
    private static final List<String> REGEXES = List.of(
            "/api/v[12]/.*", "GET|POST", "", "[", "/(?!admin)", "a**", "/\\d{2,3}", "(a", "/x{1001}", "[[:alpha:]]+");
    private static final List<String> OUT_OF_SCOPE = List.of(
            "{\"toServices\":[{\"k8sService\":{\"serviceName\":\"x\",\"namespace\":\"b\"}}]}",
            "{\"toNodes\":[{\"matchLabels\":{\"a\":\"b\"}}]}",
            "{\"toEntities\":[\"world\"],\"toPorts\":[{\"ports\":[{\"port\":\"80\",\"protocol\":\"TCP\"}],"
                    + "\"rules\":{\"http\":[{\"path\":\"/\\\\p{Cyrillic}\"}]}}]}");

    private final Random random;
    private final RandomPolicies rendered;

    MutatedPolicies(long seed) {
        this.random = new Random(seed);
        this.rendered = new RandomPolicies(seed);
    }

    /** A manifest in the namespace {@code team-a}. */
    ObjectNode next() {
        ObjectNode manifest = random.nextInt(3) == 0 ? rendered() : written();
        for (int i = random.nextInt(5); i > 0; i--) {
            mutate(manifest);
        }
        if (random.nextInt(20) == 0) {
            list(spec(manifest), "egress").add(parse(pick(OUT_OF_SCOPE)));
        }
        mirror(spec(manifest), "egress", "ingress");
        mirror(spec(manifest), "egressDeny", "ingressDeny");
        return manifest;
    }

    private ObjectNode rendered() {
        EgressSettings settings = rendered.settings();
        return MAPPER.valueToTree(EgressPolicyRenderer.render(
                        PolicyDialect.CILIUM, "team-a", "egress.example.com", Map.of(), rendered.mode(), settings)
                .manifest());
    }

    private ObjectNode written() {
        ObjectNode manifest = JSON.objectNode();
        manifest.put("apiVersion", "cilium.io/v2").put("kind", "CiliumNetworkPolicy");
        manifest.putObject("metadata").put("name", "written").put("namespace", "team-a");
        ObjectNode spec = manifest.putObject("spec");
        spec.set("endpointSelector", random.nextInt(4) == 0 ? selector() : JSON.objectNode());
        for (int i = 1 + random.nextInt(3); i > 0; i--) {
            list(spec, random.nextInt(4) == 0 ? "egressDeny" : "egress").add(JSON.objectNode());
        }
        for (JsonNode item : spec.path("egress")) {
            fill((ObjectNode) item, true);
        }
        for (JsonNode item : spec.path("egressDeny")) {
            fill((ObjectNode) item, false);
        }
        if (random.nextInt(10) == 0) {
            ObjectNode ingress = list(spec, "ingress").addObject();
            if (random.nextBoolean()) {
                list(ingress, "fromEndpoints").add(selector());
            }
        }
        return manifest;
    }

    private void fill(ObjectNode item, boolean allows) {
        peer(item, allows);
        if (random.nextInt(2) == 0) {
            ports(item, allows);
        } else if (random.nextInt(10) == 0) {
            ObjectNode field = list(list(item, "icmps").addObject(), "fields").addObject();
            if (random.nextBoolean()) {
                field.put("type", random.nextInt(256));
            } else {
                field.put("type", pick(List.of("8", "256", "EchoRequest", "PacketTooBig", "Nope")));
            }
            if (random.nextBoolean()) {
                field.put("family", pick(List.of("IPv4", "IPv6")));
            }
        }
        if (allows && random.nextInt(20) == 0) {
            item.putObject("authentication").put("mode", pick(List.of("required", "disabled")));
        }
    }

    /** Copies some items of egress to ingress. */
    private void mirror(ObjectNode spec, String from, String to) {
        for (JsonNode item : List.copyOf(items(spec.path(from)))) {
            if (item.isObject() && random.nextInt(4) == 0) {
                ObjectNode mirrored = list(spec, to).addObject();
                item.properties().forEach(field -> {
                    String name = field.getKey();
                    if (name.equals("toPorts") || !name.startsWith("to")) {
                        mirrored.set(name, field.getValue().deepCopy());
                    } else if (!name.equals("toFQDNs") && !name.equals("toServices")) {
                        mirrored.set(
                                "from" + name.substring(2), field.getValue().deepCopy());
                    }
                });
                for (JsonNode rules : mirrored.path("toPorts").findValues("rules")) {
                    if (random.nextInt(4) > 0 && rules.has("dns")) {
                        ((ObjectNode) rules).removeAll();
                        ((ObjectNode) rules).putArray("http");
                    }
                }
            }
        }
    }

    private static List<JsonNode> items(JsonNode array) {
        List<JsonNode> items = new ArrayList<>();
        array.forEach(items::add);
        return items;
    }

    private void peer(ObjectNode item, boolean allows) {
        switch (random.nextInt(allows ? 6 : 5)) {
            case 0 -> list(item, "toEndpoints").add(selector());
            case 1 -> list(item, "toCIDR").add(pick(CIDRS));
            case 2 -> {
                ObjectNode set = list(item, "toCIDRSet").addObject();
                set.put("cidr", pick(CIDRS));
                for (int i = random.nextInt(3); i > 0; i--) {
                    list(set, "except").add(pick(CIDRS));
                }
            }
            case 3 -> list(item, "toEntities").add(pick(ENTITIES));
            case 4 -> {}
            default -> list(item, "toFQDNs").add(domain());
        }
    }

    private void ports(ObjectNode item, boolean allows) {
        ObjectNode entry = list(item, "toPorts").addObject();
        for (int i = random.nextInt(40) == 0 ? 40 : random.nextInt(4); i > 0; i--) {
            list(entry, "ports").add(port());
        }
        if (allows && random.nextInt(3) == 0) {
            ArrayNode dns = entry.putObject("rules").putArray("dns");
            for (int i = random.nextInt(3); i > 0; i--) {
                dns.add(domain());
            }
        } else if (allows && random.nextInt(4) == 0) {
            http(entry);
        }
        if (allows && random.nextInt(20) == 0) {
            list(entry, "serverNames").add(pick(NAMES.subList(0, 4)));
        }
    }

    private void http(ObjectNode entry) {
        ArrayNode http = entry.putObject("rules").putArray("http");
        for (int i = random.nextInt(3); i > 0; i--) {
            ObjectNode rule = http.addObject();
            boolean plain = random.nextInt(3) > 0;
            rule.put(pick(List.of("path", "method")), plain ? "/api/.*" : pick(REGEXES));
            if (random.nextInt(4) == 0) {
                ObjectNode match = list(rule, "headerMatches").addObject();
                match.put("name", pick(List.of("X-Team", "x")));
                if (random.nextBoolean()) {
                    match.putObject("secret").put("name", "team");
                }
            }
        }
        for (JsonNode port : entry.path("ports")) {
            if (random.nextInt(5) > 0) {
                ((ObjectNode) port).put("protocol", "TCP");
            }
        }
    }

    private ObjectNode port() {
        ObjectNode port = JSON.objectNode();
        boolean plain = random.nextInt(3) > 0;
        if (random.nextInt(30) > 0) {
            port.put("port", plain ? String.valueOf(1 + random.nextInt(65535)) : pick(PORTS));
        }
        if (random.nextInt(4) == 0) {
            port.put("endPort", pick(List.of(0, 1, 53, 54, 443, 65535)));
        }
        if (random.nextInt(5) > 0) {
            port.put("protocol", plain ? pick(PROTOCOLS.subList(0, 4)) : pick(PROTOCOLS));
        }
        return port;
    }

    private ObjectNode domain() {
        ObjectNode domain = JSON.objectNode();
        return random.nextBoolean() ? domain.put("matchName", pick(NAMES)) : domain.put("matchPattern", pick(PATTERNS));
    }

    private ObjectNode selector() {
        ObjectNode selector = JSON.objectNode();
        boolean plain = random.nextInt(3) > 0;
        for (int i = random.nextInt(3); i > 0; i--) {
            object(selector, "matchLabels")
                    .put(plain ? pick(KEYS.subList(0, 4)) : pick(KEYS), plain ? "x" : pick(VALUES));
        }
        if (random.nextInt(4) == 0) {
            ObjectNode expression = list(selector, "matchExpressions").addObject();
            String operator = pick(List.of("In", "NotIn", "Exists", "DoesNotExist"));
            expression.put("key", plain ? "app" : pick(KEYS)).put("operator", operator);
            int values = plain == operator.endsWith("In") ? 1 + random.nextInt(2) : random.nextInt(2);
            for (int i = plain && !operator.endsWith("In") ? 0 : values; i > 0; i--) {
                list(expression, "values").add(plain ? "x" : pick(VALUES));
            }
        }
        return selector;
    }

    private void mutate(ObjectNode manifest) {
        ObjectNode spec = spec(manifest);
        List<ObjectNode> items = new ArrayList<>();
        for (String direction : List.of("egress", "egressDeny")) {
            spec.path(direction).forEach(item -> {
                if (item.isObject()) {
                    items.add((ObjectNode) item);
                }
            });
        }
        ObjectNode item = items.isEmpty() ? JSON.objectNode() : pick(items);
        switch (random.nextInt(17)) {
            case 0 -> dropAny(item);
            case 15 -> {
                if (random.nextInt(8) == 0) {
                    exceed(item);
                } else {
                    move(item, items.isEmpty() ? item : pick(items));
                }
            }
            case 1 -> dropAny(spec);
            case 2 -> empty(item);
            case 3 -> combine(item, items.isEmpty() ? item : pick(items));
            case 4 -> peer(item, true);
            case 5 -> ports(item, true);
            case 6 -> deep(item, 0);
            case 7 -> deep(spec, 0);
            case 8 -> {
                if (!items.isEmpty()) {
                    list(spec, pick(List.of("egress", "egressDeny"))).add(item.deepCopy());
                }
            }
            case 9 -> spec.putArray(pick(List.of("egress", "egressDeny", "ingress")));
            case 10 -> {
                ObjectNode deny = object(spec, "enableDefaultDeny");
                deny.put(pick(List.of("egress", "ingress")), random.nextBoolean());
            }
            case 11 -> list(item, pick(List.of("toServices", "toGroups", "toNodes", "toFQDNs", "toEntities")));
            case 12 -> restructure(manifest);
            case 13 -> {
                if (random.nextInt(4) == 0) {
                    object(manifest, "metadata").remove(pick(List.of("name", "namespace")));
                } else {
                    spec.set("endpointSelector", selector());
                }
            }
            case 14 -> {
                JsonNode first = item.path("toPorts").path(0);
                if (first.isObject()) {
                    ArrayNode ports = ((ObjectNode) first).putArray("ports");
                    for (int i = pick(List.of(0, 1, 2, 3, 4, 39, 40, 41)); i > 0; i--) {
                        ports.add(port());
                    }
                }
            }
            default -> {
                JsonNode first = item.path("toPorts").path(0);
                if (first.isObject()) {
                    list(object((ObjectNode) first, "rules"), "dns").add(domain());
                }
            }
        }
    }

    /** Moves to spec or specs, or doubles. */
    private void restructure(ObjectNode manifest) {
        ObjectNode spec = spec(manifest);
        switch (random.nextInt(6)) {
            case 0 -> {
                manifest.remove("spec");
                list(manifest, "specs").add(spec);
            }
            case 1 -> list(manifest, "specs").add(spec.deepCopy());
            case 2 -> {
                if (random.nextInt(3) == 0) {
                    manifest.remove("spec");
                    manifest.putArray("specs");
                }
            }
            case 3 -> list(spec, "ingress").addObject();
            case 4 -> spec.put("description", "why");
            default -> {}
        }
    }

    private void dropAny(ObjectNode object) {
        List<String> fields = new ArrayList<>();
        object.fieldNames().forEachRemaining(fields::add);
        if (!fields.isEmpty()) {
            object.remove(pick(fields));
        }
    }

    private void empty(ObjectNode object) {
        List<String> fields = new ArrayList<>();
        object.fieldNames().forEachRemaining(fields::add);
        if (!fields.isEmpty()) {
            String field = pick(fields);
            if (object.get(field).isArray()) {
                object.putArray(field);
            } else if (object.get(field).isObject()) {
                object.putObject(field);
            } else if (object.get(field).isTextual()) {
                object.put(field, "");
            }
        }
    }

    /** What mostly the schema refuses already; rare, since the agent is not asked then. */
    private void exceed(ObjectNode item) {
        switch (random.nextInt(6)) {
            case 0 -> list(item, "toEntities").add(pick(List.of("World", "moon", "")));
            case 1 ->
                list(item, "toFQDNs")
                        .addObject()
                        .put("matchName", pick(List.of("a".repeat(256), "a..b", ".", "*", "")));
            case 2 ->
                list(item, "toFQDNs")
                        .addObject()
                        .put("matchPattern", pick(List.of("*".repeat(256), "*..b", "a b", "")));
            case 3 ->
                list(list(item, "toPorts").addObject(), "ports")
                        .addObject()
                        .put("port", "443")
                        .put("protocol", pick(List.of("tcp", "QUIC", "")));
            case 4 ->
                list(list(item, "toPorts").addObject(), "ports")
                        .addObject()
                        .put("port", "443")
                        .put("endPort", pick(List.of(-1, 65536)));
            default ->
                list(item, "toCIDR").add(pick(List.of("", "10.0.0.0", "10.0.0.0/33", "256.0.0.0/8", "fd00::/129")));
        }
    }

    private void move(ObjectNode from, ObjectNode to) {
        List<String> fields = new ArrayList<>();
        from.fieldNames().forEachRemaining(fields::add);
        if (!fields.isEmpty()) {
            String field = pick(fields);
            to.set(field, from.remove(field));
        }
    }

    private void combine(ObjectNode item, ObjectNode other) {
        other.properties().forEach(field -> {
            if (random.nextBoolean()) {
                item.set(field.getKey(), field.getValue().deepCopy());
            }
        });
    }

    /** Drops, empties, doubles or replaces something below. */
    private void deep(JsonNode node, int depth) {
        if (node instanceof ObjectNode object && !object.isEmpty()) {
            List<String> fields = new ArrayList<>();
            object.fieldNames().forEachRemaining(fields::add);
            String field = pick(fields);
            JsonNode value = object.get(field);
            if (value.isContainerNode() && !value.isEmpty() && random.nextInt(4) > 0) {
                deep(value, depth + 1);
            } else if (random.nextInt(3) == 0) {
                object.remove(field);
            } else if (value.isTextual()) {
                object.put(field, replacement(field));
            } else {
                empty(object);
            }
        } else if (node instanceof ArrayNode array && !array.isEmpty()) {
            int index = random.nextInt(array.size());
            JsonNode value = array.get(index);
            switch (random.nextInt(value.isContainerNode() && !value.isEmpty() ? 6 : 3)) {
                case 0 -> array.remove(index);
                case 1 -> array.add(value.deepCopy());
                case 2 -> {
                    if (value.isTextual()) {
                        array.set(index, JSON.textNode(replacement("")));
                    }
                }
                default -> deep(value, depth + 1);
            }
        }
    }

    private String replacement(String field) {
        return switch (field) {
            case "port" -> pick(PORTS);
            case "protocol" -> pick(PROTOCOLS);
            case "matchName" -> pick(NAMES);
            case "matchPattern" -> pick(PATTERNS);
            case "cidr" -> pick(CIDRS);
            case "key" -> pick(KEYS);
            case "operator" -> pick(List.of("In", "NotIn", "Exists", "DoesNotExist"));
            default -> pick(random.nextBoolean() ? CIDRS : pick(List.of(ENTITIES, VALUES)));
        };
    }

    private static ObjectNode spec(ObjectNode manifest) {
        if (manifest.path("spec").isObject()) {
            return (ObjectNode) manifest.get("spec");
        }
        JsonNode first = manifest.path("specs").path(0);
        return first.isObject() ? (ObjectNode) first : JSON.objectNode();
    }

    private static ArrayNode list(ObjectNode object, String field) {
        return object.path(field).isArray() ? (ArrayNode) object.get(field) : object.putArray(field);
    }

    private static ObjectNode object(ObjectNode object, String field) {
        return object.path(field).isObject() ? (ObjectNode) object.get(field) : object.putObject(field);
    }

    private static JsonNode parse(String json) {
        try {
            return MAPPER.readTree(json);
        } catch (JsonProcessingException e) {
            throw new AssertionError(e);
        }
    }

    private <T> T pick(List<T> options) {
        return options.get(random.nextInt(options.size()));
    }
}
