package dev.namespaces.egress.check;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.namespaces.egress.check.PolicyVerdict.Outcome;
import dev.namespaces.testservers.CiliumOracle;
import dev.namespaces.testservers.OnCiliumOracle;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

/** The validator says of a manifest what Cilium's agent says of it. */
@OnCiliumOracle
class PolicyManifestValidatorOracleTest {

    private static final long SEED = 6_1120;
    private static final int BATCHES = 27;
    private static final int BATCH = 500;
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final Set<String> OUT_OF_SCOPE = Set.of("toServices", "toNodes", "fromNodes");
    private static final String UNKNOWN_CLASS = "\\p{Cyrillic}";

    @Test
    void its_verdict_is_the_agents_for_every_manifest_that_the_schema_accepts() {
        CiliumOracle oracle = CiliumOracle.orSkip();

        Tally sum = IntStream.range(0, BATCHES)
                .parallel()
                .mapToObj(batch -> compare(oracle, SEED + batch))
                .reduce(new Tally(Map.of(), List.of()), Tally::plus);

        assertThat(sum.differences).as("seeds from %s on", SEED).isEmpty();
        assertThat(sum.accepted()).isGreaterThanOrEqualTo(10_000);
        assertThat(sum.outcomes.get(Outcome.VALID)).isGreaterThan(3_000);
        assertThat(sum.outcomes.get(Outcome.INVALID)).isGreaterThan(3_000);
        assertThat(sum.outcomes.get(Outcome.NOT_CHECKED)).isBetween(100, 1_000);
    }

    private record Tally(Map<Outcome, Integer> outcomes, List<String> differences) {
        Tally plus(Tally other) {
            Map<Outcome, Integer> both = new EnumMap<>(Outcome.class);
            both.putAll(outcomes);
            other.outcomes.forEach((outcome, count) -> both.merge(outcome, count, Integer::sum));
            return new Tally(
                    both,
                    Stream.concat(differences.stream(), other.differences.stream())
                            .toList());
        }

        int accepted() {
            return outcomes.values().stream().mapToInt(Integer::intValue).sum();
        }
    }

    private static Tally compare(CiliumOracle oracle, long seed) {
        MutatedPolicies policies = new MutatedPolicies(seed);
        List<ObjectNode> manifests = Stream.generate(policies::next)
                .filter(manifest -> !deniesWithFieldsThatOnlyAllow(manifest) && !hasIcmpFieldWithoutType(manifest))
                .limit(BATCH)
                .toList();
        List<CiliumOracle.Verification> verifications =
                oracle.verify(manifests.stream().map(JsonNode::toString).toList());
        Map<Outcome, Integer> outcomes = new EnumMap<>(Outcome.class);
        List<String> differences = new ArrayList<>();
        for (int i = 0; i < BATCH; i++) {
            CiliumOracle.Verification verification = verifications.get(i);
            if (!verification.schemaAccepts()) {
                continue;
            }
            PolicyVerdict verdict = PolicyManifestValidator.validate(
                    MAPPER.convertValue(manifests.get(i), GenericKubernetesResource.class));
            outcomes.merge(verdict.outcome(), 1, Integer::sum);
            boolean same = switch (verdict.outcome()) {
                case VALID -> verification.agentAccepts();
                case INVALID -> !verification.agentAccepts();
                case NOT_CHECKED -> isOutOfScope(manifests.get(i));
            };
            if (!same) {
                differences.add("seed " + seed + ": " + verdict.outcome() + " " + verdict.findings()
                        + " but the agent says " + verification.agent() + " of " + manifests.get(i));
            }
        }
        return new Tally(outcomes, differences);
    }

    /**
     * Exception: the oracle's schema overlooks an unknown field without a value inside, which the API server does not.
     */
    private static boolean deniesWithFieldsThatOnlyAllow(JsonNode manifest) {
        return Stream.of("egressDeny", "ingressDeny")
                .flatMap(denied -> manifest.findValues(denied).stream())
                .anyMatch(items -> Stream.of("authentication", "rules", "serverNames")
                        .anyMatch(field -> !items.findValues(field).isEmpty()));
    }

    /** Exception: the schema refuses it, and the oracle crashes. */
    private static boolean hasIcmpFieldWithoutType(JsonNode manifest) {
        return manifest.findValues("fields").stream()
                .flatMap(fields -> StreamSupport.stream(fields.spliterator(), false))
                .anyMatch(field -> !field.has("type"));
    }

    private static boolean isOutOfScope(JsonNode manifest) {
        return OUT_OF_SCOPE.stream()
                        .anyMatch(field -> !manifest.findValues(field).isEmpty())
                || manifest.findValuesAsText("path").stream().anyMatch(path -> path.contains(UNKNOWN_CLASS));
    }
}
