package dev.namespaces.egress.effective;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.namespaces.egress.check.PolicyManifestValidator;
import dev.namespaces.egress.check.PolicyVerdict;
import dev.namespaces.egress.check.PolicyVerdict.Outcome;
import dev.namespaces.testservers.CiliumOracle;
import dev.namespaces.testservers.KubeApiServer;
import dev.namespaces.testservers.Kubectl;
import dev.namespaces.testservers.OnCiliumOracle;
import dev.namespaces.testservers.OnRealCluster;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Policies as other people write them, with explicit nulls and with ingress, are judged as the cluster judges them. */
class PoliciesOfOthersTest {

    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final String NOT_UNDERSTOOD = "not understood";

    private record Row(String name, ObjectNode manifest, Outcome validator, String read) {
        @Override
        public String toString() {
            return name;
        }
    }

    @ParameterizedTest
    @MethodSource("rows")
    void a_policy_of_others_is_judged_and_read(Row row) {
        assertThat(verdict(row.manifest).outcome())
                .as("%s", verdict(row.manifest).findings())
                .isEqualTo(row.validator);
        assertThat(text(row.manifest)).isEqualTo(row.read);
    }

    @OnRealCluster(cilium = true, kubectl = true)
    @OnCiliumOracle
    @Test
    void the_cluster_judges_every_row_alike(@TempDir Path directory) throws IOException {
        assertThat(differences(directory, rows().stream().map(Row::manifest).toList()))
                .isEmpty();
    }

    /** Sets each field and each element to null, one at a time. */
    @OnRealCluster(cilium = true, kubectl = true)
    @OnCiliumOracle
    @Test
    void the_cluster_judges_a_null_in_every_place_alike(@TempDir Path directory) throws IOException {
        List<ObjectNode> manifests = new ArrayList<>();
        for (ObjectNode complete : lines("complete.jsonl")) {
            assertThat(verdict(complete).outcome())
                    .as("%s", verdict(complete).findings())
                    .isEqualTo(Outcome.VALID);
            addWithNulls(complete, complete.get("spec"), manifests);
        }

        assertThat(manifests).hasSizeGreaterThan(150);
        assertThat(differences(directory, manifests)).isEmpty();
    }

    /** What the API server stores reads like what was sent, and is judged like it. */
    private static List<String> differences(Path directory, List<ObjectNode> manifests) throws IOException {
        Map<String, JsonNode> stored = stored(directory, manifests);
        List<CiliumOracle.Verification> verifications = CiliumOracle.orSkip()
                .verify(stored.values().stream().map(JsonNode::toString).toList());
        Map<String, CiliumOracle.Verification> agents = new HashMap<>();
        int next = 0;
        for (String name : stored.keySet()) {
            agents.put(name, verifications.get(next++));
        }
        List<String> differences = new ArrayList<>();
        for (int i = 0; i < manifests.size(); i++) {
            PolicyVerdict verdict = verdict(manifests.get(i));
            JsonNode object = stored.get("p" + i);
            boolean inForce = object != null && agents.get("p" + i).agentAccepts();
            boolean judgedAlike = (verdict.outcome() == Outcome.VALID) == inForce;
            boolean readAlike = object == null || text(object).equals(text(manifests.get(i)));
            if (verdict.outcome() != Outcome.NOT_CHECKED && !(judgedAlike && readAlike)) {
                differences.add(verdict.outcome() + " " + verdict.findings() + ", stored " + object + ", agent "
                        + agents.get("p" + i) + ", read " + text(manifests.get(i)) + ": " + manifests.get(i));
            }
        }
        return differences;
    }

    /** What the API server makes of each manifest that it accepts, by its place in the list. */
    private static Map<String, JsonNode> stored(Path directory, List<ObjectNode> manifests) throws IOException {
        Kubectl kubectl = KubeApiServer.shared().kubectl();
        kubectl.tryRun("create", "namespace", "a");
        ObjectNode list = MAPPER.createObjectNode().put("apiVersion", "v1").put("kind", "List");
        ArrayNode items = list.putArray("items");
        for (int i = 0; i < manifests.size(); i++) {
            ObjectNode item = manifests.get(i).deepCopy();
            ((ObjectNode) item.get("metadata")).put("name", "p" + i);
            items.add(item);
        }
        Path file = directory.resolve("policies.json");
        Files.writeString(file, list.toString());
        Kubectl.Result result =
                kubectl.tryRun("create", "--dry-run=server", "--validate=ignore", "-o", "json", "-f", file.toString());
        Map<String, JsonNode> stored = new LinkedHashMap<>();
        try (MappingIterator<JsonNode> documents =
                MAPPER.readerFor(JsonNode.class).readValues(result.output())) {
            while (documents.hasNext()) {
                JsonNode document = documents.next();
                for (JsonNode object : document.has("items") ? document.get("items") : List.of(document)) {
                    stored.put(object.at("/metadata/name").asText(), object);
                }
            }
        }
        assertThat(stored).as(result.error()).isNotEmpty();
        return stored;
    }

    private static void addWithNulls(ObjectNode complete, JsonNode at, List<ObjectNode> manifests) {
        if (at instanceof ObjectNode object) {
            for (String field :
                    object.properties().stream().map(Map.Entry::getKey).toList()) {
                JsonNode value = object.get(field);
                object.putNull(field);
                manifests.add(complete.deepCopy());
                object.set(field, value);
                addWithNulls(complete, value, manifests);
            }
        } else if (at instanceof ArrayNode array) {
            for (int i = 0; i < array.size(); i++) {
                JsonNode value = array.get(i);
                array.setNull(i);
                manifests.add(complete.deepCopy());
                array.set(i, value);
                addWithNulls(complete, value, manifests);
            }
        }
    }

    private static PolicyVerdict verdict(JsonNode manifest) {
        return PolicyManifestValidator.validate(MAPPER.convertValue(manifest, GenericKubernetesResource.class));
    }

    private static String text(JsonNode manifest) {
        EgressReading reading = EffectiveEgress.read(MAPPER.convertValue(manifest, GenericKubernetesResource.class));
        if (reading instanceof EgressReading.Understood understood) {
            return understood.subject().isEveryPod()
                    ? understood.egress().toString()
                    : understood.egress() + ", for " + understood.subject();
        }
        return NOT_UNDERSTOOD;
    }

    static List<Row> rows() {
        return lines("policies.jsonl").stream()
                .map(line -> new Row(
                        line.get("name").asText(),
                        (ObjectNode) line.get("manifest"),
                        Outcome.valueOf(line.get("validator").asText()),
                        line.get("read").asText()))
                .toList();
    }

    private static List<ObjectNode> lines(String resource) {
        try (InputStream in = PoliciesOfOthersTest.class.getResourceAsStream("/egress/others/" + resource);
                MappingIterator<ObjectNode> lines =
                        MAPPER.readerFor(ObjectNode.class).readValues(in)) {
            return lines.readAll();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
