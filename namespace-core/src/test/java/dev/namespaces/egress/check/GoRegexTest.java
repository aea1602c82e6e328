package dev.namespaces.egress.check;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.namespaces.egress.check.PolicyVerdict.Outcome;
import dev.namespaces.testservers.CiliumOracle;
import dev.namespaces.testservers.OnCiliumOracle;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GoRegexTest {

    private static final long SEED = 6_1126;
    private static final int EXPRESSIONS = 3_000;
    private static final List<String> PARTS = List.of(
            "a",
            "Z",
            "0",
            "7",
            "-",
            "]",
            "[",
            "[^",
            "[]a]",
            "[a-z]",
            "(",
            "(?:",
            "(?i)",
            "(?i:",
            "(?P<n>",
            "(?<m>",
            ")",
            "|",
            "*",
            "+",
            "?",
            "{",
            "}",
            "{2}",
            "{2,}",
            "{2,3}",
            "{3,2}",
            "{02}",
            "{,2}",
            ".",
            "^",
            "$",
            "\\d",
            "\\b",
            "\\1",
            "\\12",
            "\\x41",
            "\\x{41}",
            "\\x4",
            "\\Q",
            "\\E",
            "\\z",
            "\\Z",
            "\\-",
            "\\_",
            "\\",
            "\\pL",
            "\\p{Greek}",
            "[[:alpha:]]",
            "[[:nope:]]",
            "[[:alpha:]-z]",
            "[z-a]",
            "[a-\\d]",
            "\u00e9",
            "/",
            ",");
    private static final ObjectMapper MAPPER = new ObjectMapper();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/api/.*",
                "GET|POST",
                "a||b",
                "()",
                "()*",
                "^*",
                "a{2}",
                "a{2,}?",
                "a{1000}",
                "{",
                "a{,2}",
                "a{02}",
                "[]a]",
                "[^]]",
                "[a-]",
                "[-a]",
                "[[:alpha:][:^digit:]]",
                "[\\d\\-]",
                "\\Q[\\E",
                "\\Qa",
                "(?i)a",
                "(?i-s:a)",
                "(?P<year>\\d+)",
                "\\x{10FFFF}",
                "\\x41",
                "\\012",
                "\\12",
                "\\pL",
                "\\p{Greek}",
                "\\/",
                "a*?"
            })
    void an_expression_that_go_compiles_is_valid(String regex) {
        assertThat(GoRegex.parse(regex).outcome()).isEqualTo(Outcome.VALID);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[",
                "[]",
                "[a",
                "(",
                ")",
                "(a",
                "a)",
                "*",
                "+a",
                "?",
                "a**",
                "a*+",
                "a{2}{3}",
                "a{1001}",
                "a{3,2}",
                "|*",
                "(?!a)",
                "(?=a)",
                "(?<=a)b",
                "(?<!a)b",
                "(?P<n>a)(?P<n>b)",
                "(?P<n",
                "(?z)a",
                "(?-)a",
                "\\",
                "\\1",
                "\\8",
                "\\Z",
                "\\y",
                "\\x4",
                "\\x{}",
                "\\x{110000}",
                "[z-a]",
                "[a-\\d]",
                "[\\b]",
                "[[:nope:]]",
                "\\\u00e9"
            })
    void an_expression_that_go_does_not_compile_is_invalid(String regex) {
        GoRegex.Result result = GoRegex.parse(regex);

        assertThat(result.outcome()).isEqualTo(Outcome.INVALID);
        assertThat(result.reason()).isNotBlank();
    }

    @ParameterizedTest
    @ValueSource(strings = {"\\p{Cyrillic}", "[\\p{Lo}]", "(a{100}){100}"})
    void an_expression_with_an_unknown_part_is_not_checked(String regex) {
        assertThat(GoRegex.parse(regex).outcome()).isEqualTo(Outcome.NOT_CHECKED);
        assertThat(GoRegex.parse("a".repeat(1001)).outcome()).isEqualTo(Outcome.NOT_CHECKED);
    }

    @OnCiliumOracle
    @Test
    void the_agent_takes_what_is_valid_and_rejects_what_is_not() throws Exception {
        Random random = new Random(SEED);
        List<String> regexes = new ArrayList<>();
        for (int i = 0; i < EXPRESSIONS; i++) {
            regexes.add(String.join(
                    "",
                    IntStream.range(0, 1 + random.nextInt(6))
                            .mapToObj(part -> PARTS.get(random.nextInt(PARTS.size())))
                            .toList()));
        }
        List<String> documents = new ArrayList<>();
        for (String regex : regexes) {
            documents.add(MAPPER.writeValueAsString(policy(regex)));
        }

        List<CiliumOracle.Verification> verifications = CiliumOracle.orSkip().verify(documents);

        Map<Outcome, Integer> counts = new EnumMap<>(Outcome.class);
        List<String> differences = new ArrayList<>();
        for (int i = 0; i < EXPRESSIONS; i++) {
            GoRegex.Result result = GoRegex.parse(regexes.get(i));
            counts.merge(result.outcome(), 1, Integer::sum);
            boolean accepted = verifications.get(i).agentAccepts();
            if (result.outcome() != Outcome.NOT_CHECKED && accepted != (result.outcome() == Outcome.VALID)) {
                differences.add(regexes.get(i) + ": " + result + ", but the agent says "
                        + verifications.get(i).agent());
            }
        }
        assertThat(differences).as("seed %s", SEED).isEmpty();
        assertThat(counts.get(Outcome.VALID)).isGreaterThan(300);
        assertThat(counts.get(Outcome.INVALID)).isGreaterThan(1_000);
    }

    private static Map<String, Object> policy(String regex) {
        Map<String, Object> entry = Map.of(
                "ports", List.of(Map.of("port", "80", "protocol", "TCP")),
                "rules", Map.of("http", List.of(Map.of("path", regex))));
        return Map.of(
                "apiVersion",
                "cilium.io/v2",
                "kind",
                "CiliumNetworkPolicy",
                "metadata",
                Map.of("name", "regex", "namespace", "team-a"),
                "spec",
                Map.of(
                        "endpointSelector", Map.of(),
                        "ingress", List.of(Map.of("toPorts", List.of(entry)))));
    }
}
