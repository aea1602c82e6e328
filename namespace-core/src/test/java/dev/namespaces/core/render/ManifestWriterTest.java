package dev.namespaces.core.render;

import static org.assertj.core.api.Assertions.assertThat;

import dev.namespaces.model.ClusterId;
import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.NamespaceId;
import dev.namespaces.model.OrganizationId;
import dev.namespaces.model.ProjectId;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.yaml.snakeyaml.Yaml;

class ManifestWriterTest {

    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");

    private static final Environment DEV = new Environment(
            new EnvironmentId("shop-dev"),
            new OrganizationId("acme"),
            new ProjectId("shop"),
            "dev",
            List.of(new ClusterId("eu-1")),
            Map.of("stage", "dev", "tier", "from-environment"),
            1);

    private static Namespace namespace(Map<String, String> metadata, Map<String, String> annotations) {
        return new Namespace(new NamespaceId("n-1"), DEV.id(), "shop-web", metadata, annotations, 1, NOW, NOW, null);
    }

    @Test
    void a_namespace_is_written_with_the_environments_labels_then_its_metadata_then_ours() {
        String yaml = ManifestWriter.toYaml(NamespaceManifests.namespace(
                DEV,
                namespace(Map.of("tier", "from-namespace"), Map.of("example.com/note", "1e3")),
                Origin.CREATED,
                LabelScheme.defaults()));

        assertThat(yaml).isEqualTo("""
                        apiVersion: "v1"
                        kind: "Namespace"
                        metadata:
                          annotations:
                            "example.com/note": "1e3"
                          labels:
                            "app.kubernetes.io/managed-by": "namespaces.dev"
                            "namespaces.dev/environment": "shop-dev"
                            "namespaces.dev/namespace-id": "n-1"
                            "namespaces.dev/organization": "acme"
                            "namespaces.dev/origin": "created"
                            "namespaces.dev/project": "shop"
                            stage: "dev"
                            tier: "from-namespace"
                          name: "shop-web"
                        """);
    }

    @Test
    void our_own_labels_win_over_everything() {
        var manifest = NamespaceManifests.namespace(
                DEV,
                namespace(Map.of("namespaces.dev/environment", "forged"), Map.of()),
                Origin.ADOPTED,
                LabelScheme.defaults());

        assertThat(manifest.getMetadata().getLabels())
                .containsEntry("namespaces.dev/environment", "shop-dev")
                .containsEntry("namespaces.dev/origin", "adopted");
    }

    @Test
    void only_fields_that_we_own_are_sent() {
        assertThat(ManifestWriter.toJson(NamespaceManifests.namespace(
                        DEV, namespace(Map.of(), Map.of()), Origin.CREATED, LabelScheme.ofDomain("acme.example"))))
                .isEqualTo("{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"labels\":{"
                        + "\"acme.example/environment\":\"shop-dev\",\"acme.example/namespace-id\":\"n-1\","
                        + "\"acme.example/organization\":\"acme\",\"acme.example/origin\":\"created\","
                        + "\"acme.example/project\":\"shop\",\"app.kubernetes.io/managed-by\":\"acme.example\","
                        + "\"stage\":\"dev\",\"tier\":\"from-environment\"},\"name\":\"shop-web\"}}");
    }

    @Test
    void the_order_in_which_maps_were_filled_does_not_show() {
        Map<String, String> forward = new LinkedHashMap<>();
        Map<String, String> backward = new LinkedHashMap<>();
        for (int i = 0; i < 20; i++) {
            forward.put("k" + i, "v");
            backward.put("k" + (19 - i), "v");
        }
        var one = new ConfigMapBuilder()
                .withNewMetadata()
                .withName("c")
                .withLabels(forward)
                .endMetadata()
                .build();
        var other = new ConfigMapBuilder()
                .withNewMetadata()
                .withName("c")
                .withLabels(backward)
                .endMetadata()
                .build();

        assertThat(ManifestWriter.toYaml(one)).isEqualTo(ManifestWriter.toYaml(other));
        assertThat(ManifestWriter.toJson(one)).isEqualTo(ManifestWriter.toJson(other));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "y",
                "Y",
                "n",
                "no",
                "on",
                "OFF",
                "yes",
                "true",
                "null",
                "~",
                "1e3",
                "0x1F",
                "017",
                "0b1",
                "1_000",
                "12:30:45",
                "2026-01-02",
                ".inf",
                ".nan",
                "=",
                "<<",
                "",
                " a ",
                "a: b",
                "a #b",
                "- a",
                "\t",
                "a\nb\n",
                "😀",
                "\u0085",
                "\u2028",
                "\ufeff",
                "'",
                "\"",
                "\\n",
                "null"
            })
    void every_string_survives_a_yaml_1_1_parser_as_key_and_as_value(String text) {
        var manifest = new ConfigMapBuilder()
                .withNewMetadata()
                .withName("c")
                .endMetadata()
                .withData(Map.of(text, text))
                .build();

        String yaml = ManifestWriter.toYaml(manifest);

        assertThat(new Yaml().<Map<String, Object>>load(yaml).get("data")).isEqualTo(Map.of(text, text));
        // SnakeYAML does not read a bare y or n as a boolean, other YAML 1.1 parsers do; quotes keep all of them away.
        assertThat(yaml.substring(yaml.indexOf("\ndata:") + 7).strip())
                .matches("(?s)(\\? )?\".*")
                .endsWith("\"");
    }

    @Test
    void several_manifests_are_documents_of_one_stream() {
        var one = new ConfigMapBuilder()
                .withNewMetadata()
                .withName("a")
                .endMetadata()
                .build();
        var other = new ConfigMapBuilder()
                .withNewMetadata()
                .withName("b")
                .endMetadata()
                .build();

        assertThat(new Yaml().loadAll(ManifestWriter.toYaml(List.of(one, other))))
                .hasSize(2);
    }
}
