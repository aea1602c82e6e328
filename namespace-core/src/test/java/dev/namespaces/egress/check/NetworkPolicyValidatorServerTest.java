package dev.namespaces.egress.check;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.namespaces.egress.check.PolicyVerdict.Outcome;
import dev.namespaces.testservers.KubeApiServer;
import dev.namespaces.testservers.Kubectl;
import dev.namespaces.testservers.OnRealCluster;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The validator says of a NetworkPolicy what the API server says of it. */
@OnRealCluster(kubectl = true)
class NetworkPolicyValidatorServerTest {

    private static final long SEED = 6_1124;
    private static final int POLICIES = 600;
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    private static final List<String> CIDRS = List.of(
            "0.0.0.0/0",
            "10.0.0.0/8",
            "10.0.0.0/9",
            "10.1.0.0/16",
            "10.1.2.3/16",
            "10.1.2.3/32",
            "11.0.0.0/8",
            "::/0",
            "fd00::/8",
            "fd00:1::/32",
            "10.0.0.0",
            "10.0.0.0/33",
            "256.0.0.0/8",
            "fd00::/129",
            "");
    private static final List<String> NAMES = List.of(
            "http", "HTTP", "dns-tcp", "a--b", "-a", "a-", "a_b", "80", "abcdefghijklmno", "abcdefghijklmnop", "");
    private static final List<String> KEYS =
            List.of("app", "example.com/app", "Example.com/app", "/app", "app/", "a/b/c", "a b", "", "a".repeat(64));
    private static final List<String> VALUES = List.of("", "x", "X_1.y", "x y", "-x", "x".repeat(63), "x".repeat(64));

    private final Random random = new Random(SEED);

    @Test
    void its_verdict_is_the_api_servers_for_valid_and_mutated_network_policies(@TempDir Path directory)
            throws IOException {
        Kubectl kubectl = KubeApiServer.shared().kubectl();
        List<ObjectNode> manifests = new ArrayList<>();
        for (int i = 0; i < POLICIES; i++) {
            manifests.add(policy("policy-" + i));
        }
        Path file = directory.resolve("policies.json");
        ObjectNode list = JSON.objectNode().put("apiVersion", "v1").put("kind", "List");
        list.putArray("items").addAll(manifests);
        Files.writeString(file, list.toString());

        Kubectl.Result result =
                kubectl.tryRun("create", "--dry-run=server", "--validate=ignore", "-f", file.toString());

        Set<String> accepted = new HashSet<>(Pattern.compile("networkpolicy.networking.k8s.io/(\\S+) created")
                .matcher(result.output())
                .results()
                .map(match -> match.group(1))
                .toList());
        List<String> differences = new ArrayList<>();
        for (ObjectNode manifest : manifests) {
            PolicyVerdict verdict =
                    PolicyManifestValidator.validate(MAPPER.convertValue(manifest, GenericKubernetesResource.class));
            boolean byServer = accepted.contains(manifest.at("/metadata/name").asText());
            if (verdict.outcome() != (byServer ? Outcome.VALID : Outcome.INVALID)) {
                differences.add(verdict.outcome() + " " + verdict.findings() + " but "
                        + (byServer ? "accepted" : "rejected") + ": " + manifest.get("spec"));
            }
        }
        assertThat(accepted).as(result.error()).isNotEmpty();
        assertThat(differences).isEmpty();
        assertThat(accepted).hasSizeBetween(POLICIES / 5, POLICIES * 4 / 5);
    }

    private ObjectNode policy(String name) {
        ObjectNode manifest = JSON.objectNode();
        manifest.put("apiVersion", "networking.k8s.io/v1").put("kind", "NetworkPolicy");
        manifest.putObject("metadata").put("name", name).put("namespace", "default");
        ObjectNode spec = manifest.putObject("spec");
        spec.set("podSelector", random.nextInt(3) == 0 ? selector() : JSON.objectNode());
        if (random.nextInt(3) > 0) {
            ArrayNode types = spec.putArray("policyTypes");
            for (int i = random.nextInt(3); i > 0; i--) {
                types.add(rarely("Outgress", i == 1 ? "Egress" : "Ingress"));
            }
        }
        items(spec, "egress", "to");
        if (random.nextInt(3) == 0) {
            items(spec, "ingress", "from");
        }
        return manifest;
    }

    private void items(ObjectNode spec, String direction, String peers) {
        ArrayNode items = spec.putArray(direction);
        for (int i = random.nextInt(3); i > 0; i--) {
            ObjectNode item = items.addObject();
            if (random.nextInt(4) > 0) {
                ArrayNode list = item.putArray(peers);
                for (int j = random.nextInt(3); j > 0; j--) {
                    list.add(peer());
                }
            }
            if (random.nextInt(3) > 0) {
                ArrayNode list = item.putArray("ports");
                for (int j = random.nextInt(3); j > 0; j--) {
                    list.add(port());
                }
            }
        }
    }

    private ObjectNode peer() {
        ObjectNode peer = JSON.objectNode();
        if (random.nextInt(12) == 0) {
            return peer;
        }
        int kind = random.nextInt(4);
        if (kind == 0 || random.nextInt(12) == 0) {
            peer.set("podSelector", selector());
        }
        if (kind == 1 || random.nextInt(12) == 0) {
            peer.set("namespaceSelector", selector());
        }
        if (kind > 1) {
            ObjectNode block = peer.putObject("ipBlock");
            if (random.nextInt(20) > 0) {
                block.put("cidr", cidr());
            }
            for (int i = random.nextInt(3); i > 0; i--) {
                array(block, "except").add(random.nextInt(3) > 0 ? "10.1.0.0/16" : cidr());
            }
        }
        return peer;
    }

    private String cidr() {
        return pick(random.nextInt(3) > 0 ? CIDRS.subList(0, 3) : CIDRS);
    }

    private ObjectNode port() {
        ObjectNode port = JSON.objectNode();
        boolean number = random.nextInt(3) > 0;
        if (random.nextInt(8) > 0) {
            if (number) {
                int first = random.nextInt(5) > 0 ? 8000 : pick(List.of(-1, 0, 1, 65535, 65536));
                port.put("port", first);
            } else {
                port.put("port", random.nextInt(2) > 0 ? "http" : pick(NAMES));
            }
        }
        if (random.nextInt(number ? 3 : 10) == 0) {
            int last = random.nextInt(2) > 0 ? 9000 : pick(List.of(0, 1, 7999, 8000, 65535, 65536));
            port.put("endPort", last);
        }
        if (random.nextInt(3) > 0) {
            port.put("protocol", rarely(pick(List.of("QUIC", "tcp", "")), pick(List.of("TCP", "UDP", "SCTP"))));
        }
        return port;
    }

    private ObjectNode selector() {
        ObjectNode selector = JSON.objectNode();
        for (int i = random.nextInt(2); i > 0; i--) {
            selector.putObject("matchLabels").put(rarely(pick(KEYS), "app"), rarely(pick(VALUES), "web"));
        }
        if (random.nextInt(4) == 0) {
            String operator = pick(List.of("In", "NotIn", "Exists", "DoesNotExist"));
            ObjectNode expression = array(selector, "matchExpressions").addObject();
            expression.put("key", rarely(pick(KEYS), "app")).put("operator", rarely("Like", operator));
            boolean values = operator.endsWith("In") == random.nextInt(6) > 0;
            for (int i = values ? 1 + random.nextInt(2) : 0; i > 0; i--) {
                array(expression, "values").add(rarely(pick(VALUES), "web"));
            }
        }
        return selector;
    }

    private String rarely(String odd, String usual) {
        return random.nextInt(10) == 0 ? odd : usual;
    }

    private static ArrayNode array(ObjectNode object, String field) {
        JsonNode array = object.path(field);
        return array.isArray() ? (ArrayNode) array : object.putArray(field);
    }

    private <T> T pick(List<T> options) {
        return options.get(random.nextInt(options.size()));
    }
}
