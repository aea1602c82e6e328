package dev.namespaces.core.render;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.yaml.snakeyaml.Yaml;

class ManifestWriterTest {

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
