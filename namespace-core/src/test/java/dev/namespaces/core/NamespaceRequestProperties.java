package dev.namespaces.core;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.namespaces.core.render.LabelScheme;
import dev.namespaces.core.render.ManifestWriter;
import dev.namespaces.core.request.NamespaceRequest;
import dev.namespaces.core.request.RequestValidator;
import dev.namespaces.core.request.Violation;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.Environment;
import dev.namespaces.model.KubernetesSyntax;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.NamespaceId;
import dev.namespaces.model.OrganizationId;
import dev.namespaces.model.Origin;
import dev.namespaces.model.ProjectId;
import dev.namespaces.model.Shown;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.statistics.Statistics;
import org.yaml.snakeyaml.Yaml;

class NamespaceRequestProperties {

    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");

    private final RequestValidator validator = RequestValidator.defaults();

    @Property(tries = 3000)
    void a_request_gives_all_its_violations_or_a_manifest_that_round_trips(@ForAll("requests") NamespaceRequest request)
            throws Exception {
        List<Violation> violations = validator.validate(request);
        Statistics.label("valid").collect(violations.isEmpty());

        if (violations.isEmpty()) {
            Namespace namespace = validator.toNamespace(request, () -> new NamespaceId("n-1"), NOW);
            roundTrips(namespace);
            return;
        }
        for (Violation violation : violations) {
            assertThat(violation.path()).isNotEmpty();
            assertThat(violation.message()).isNotEmpty();
        }
        assertThat(violations.stream().map(Violation::path)).containsAll(brokenPaths(request));
        // The list is complete if the request is valid once the named parts are corrected.
        assertThat(validator.validate(mended(request, violations))).isEmpty();
    }

    private static void roundTrips(Namespace namespace) throws Exception {
        Environment environment = new Environment(
                namespace.environmentId(),
                new OrganizationId("acme"),
                new ProjectId("shop"),
                "dev",
                List.of(new ClusterId("eu-1")),
                Map.of("stage", "no"),
                1);
        var manifest = NamespaceManifests.namespace(environment, namespace, Origin.CREATED, LabelScheme.defaults());
        Map<String, String> labels = new TreeMap<>(namespace.metadata());
        assertThat(manifest.getMetadata().getLabels())
                .containsAllEntriesOf(labels)
                .containsEntry(
                        "namespaces.dev/environment", namespace.environmentId().value());

        String yaml = ManifestWriter.toYaml(manifest);
        Map<?, ?> metadata = (Map<?, ?>) new Yaml().<Map<?, ?>>load(yaml).get("metadata");
        assertThat(metadata.get("name")).isEqualTo(namespace.name());
        assertThat(metadata.get("labels")).isEqualTo(manifest.getMetadata().getLabels());
        if (!namespace.annotations().isEmpty()) {
            assertThat(metadata.get("annotations")).isEqualTo(namespace.annotations());
        }
        assertThat(new ObjectMapper()
                        .readValue(ManifestWriter.toJson(manifest), io.fabric8.kubernetes.api.model.Namespace.class))
                .isEqualTo(manifest);
    }

    /** Paths that must be reported, found without the validator under test. */
    private static List<String> brokenPaths(NamespaceRequest request) {
        List<String> paths = new java.util.ArrayList<>();
        if (request.name() == null
                || KubernetesSyntax.namespaceNameProblem(request.name()).isPresent()) {
            paths.add("name");
        }
        request.metadata().forEach((key, value) -> {
            if (!(value instanceof String)) {
                paths.add("metadata[" + Shown.of(String.valueOf(key), 317) + "]");
            }
        });
        return paths;
    }

    private static NamespaceRequest mended(NamespaceRequest request, List<Violation> violations) {
        Set<String> paths = violations.stream().map(Violation::path).collect(java.util.stream.Collectors.toSet());
        return new NamespaceRequest(
                paths.contains("environmentId") ? "fine" : request.environmentId(),
                paths.contains("name") ? "fine" : request.name(),
                without(request.metadata(), "metadata", paths),
                paths.contains("annotations") ? Map.of() : without(request.annotations(), "annotations", paths));
    }

    private static Map<String, Object> without(Map<String, Object> map, String property, Set<String> paths) {
        Map<String, Object> kept = new LinkedHashMap<>(map);
        kept.keySet().removeIf(key -> paths.contains(property + "[" + Shown.of(String.valueOf(key), 317) + "]"));
        return kept;
    }

    @Provide
    Arbitrary<NamespaceRequest> requests() {
        Arbitrary<String> wild = Arbitraries.strings().ofMaxLength(70);
        Arbitrary<String> tricky = Arbitraries.of(
                "y",
                "n",
                "no",
                "on",
                "off",
                "true",
                "null",
                "~",
                "1e3",
                "0x1F",
                "0o7",
                "1_000",
                "12:30:45",
                "0.0",
                ".5",
                "2026-01-02",
                "=",
                "<<",
                "",
                " ",
                "-",
                "a b",
                "ünïcode",
                "😀",
                "a\nb",
                "a: b",
                "# no",
                "{}",
                "[]",
                "'",
                "\"",
                "\\",
                "\u0085",
                "\u2028",
                "%",
                "@",
                "`",
                "!!int 3",
                "&a",
                "*a",
                "|",
                ">");
        Arbitrary<String> label = Arbitraries.strings()
                .withCharRange('a', 'z')
                .withCharRange('0', '9')
                .ofMinLength(1)
                .ofMaxLength(63);
        Arbitrary<String> key = Arbitraries.oneOf(List.of(
                        label,
                        label.map(l -> "example.com/" + l),
                        tricky,
                        wild,
                        Arbitraries.of("namespaces.dev/x", "kubernetes.io/x", "x/y/z", "/x", "x/", "EXAMPLE.com/x")))
                .injectNull(0.02);
        Arbitrary<Object> value = Arbitraries.<Object>oneOf(List.of(
                        label.map(v -> (Object) v),
                        tricky.map(v -> (Object) v),
                        wild.map(v -> (Object) v),
                        Arbitraries.integers().map(v -> (Object) v),
                        Arbitraries.doubles().map(v -> (Object) v),
                        Arbitraries.of(true, false).map(v -> (Object) v),
                        Arbitraries.create(UUID::randomUUID),
                        Arbitraries.<Object>of(List.of(), List.of(1), Map.of(), Map.of("a", 1))))
                .injectNull(0.05);
        Arbitrary<Object> good = Arbitraries.<Object>oneOf(List.of(
                label.map(v -> (Object) v),
                Arbitraries.of("y", "no", "1e3", "0x1F", "").map(v -> (Object) v),
                Arbitraries.integers().greaterOrEqual(0).map(v -> (Object) v)));
        Arbitrary<Map<String, Object>> wildMap = Arbitraries.maps(key, value).ofMaxSize(4);
        Arbitrary<Map<String, Object>> goodMap = Arbitraries.maps(
                        Arbitraries.oneOf(List.of(
                                label, label.map(l -> "example.com/" + l), Arbitraries.of("y", "no", "1e3", "0x1F"))),
                        good)
                .ofMaxSize(4);
        Arbitrary<NamespaceRequest> wildRequest = Combinators.combine(
                        Arbitraries.oneOf(List.of(label, wild, tricky)).injectNull(0.1),
                        Arbitraries.oneOf(List.of(label, wild, tricky)).injectNull(0.1),
                        wildMap,
                        wildMap)
                .as(NamespaceRequest::new);
        Arbitrary<NamespaceRequest> goodRequest =
                Combinators.combine(label, label, goodMap, goodMap).as(NamespaceRequest::new);
        return Arbitraries.oneOf(List.of(wildRequest, goodRequest));
    }
}
