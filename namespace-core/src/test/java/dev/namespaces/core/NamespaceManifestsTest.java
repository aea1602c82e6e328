package dev.namespaces.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.namespaces.core.render.LabelScheme;
import dev.namespaces.core.render.ManifestWriter;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.NamespaceId;
import dev.namespaces.model.OrganizationId;
import dev.namespaces.model.Origin;
import dev.namespaces.model.ProjectId;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class NamespaceManifestsTest {

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
}
