package dev.namespaces.testkit;

import static dev.namespaces.testkit.Kubernetes.configMap;
import static dev.namespaces.testkit.Kubernetes.namespace;
import static dev.namespaces.testkit.Kubernetes.put;
import static org.assertj.core.api.Assertions.assertThat;

import dev.namespaces.model.ClusterId;
import dev.namespaces.model.DeletionCondition;
import dev.namespaces.model.ResourceRef;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class SnapshotTest {

    private static final ClusterId EU = new ClusterId("eu-1");
    private static final ResourceRef SHOP = ResourceRef.namespace("shop");

    private final MovableClock clock = MovableClock.at(Instant.parse("2026-01-02T03:04:05Z"));
    private final FakeClusters clusters = FakeClusters.any(clock);
    private final FakeCluster eu = clusters.cluster("eu-1");

    @Test
    void a_document_has_what_users_set_and_nothing_that_the_server_adds() {
        put(clusters, EU, namespace("shop", Map.of("team", "shop", "app", "no")));
        put(clusters, EU, configMap("shop", "settings"));

        assertThat(eu.toYaml()).isEqualTo("""
                apiVersion: "v1"
                kind: "ConfigMap"
                metadata:
                  name: "settings"
                  namespace: "shop"
                data:
                  key: "value"
                ---
                apiVersion: "v1"
                kind: "Namespace"
                metadata:
                  name: "shop"
                  labels:
                    app: "no"
                    team: "shop"
                """);
    }

    @Test
    void the_text_depends_on_no_order_no_time_and_no_random_value() {
        put(clusters, EU, namespace("shop", labels("b", "1", "a", "2")));
        put(clusters, EU, configMap("shop", "settings"));
        eu.as("kubectl")
                .annotate(SHOP, "namespaces.dev/attempt", UUID.randomUUID().toString());
        clock.advance(Duration.ofDays(1));
        FakeCluster other = clusters.cluster("us-1");
        put(clusters, other.id(), namespace("shop", labels("a", "2", "b", "0")));
        other.as("helm").label(SHOP, "b", "1");
        put(clusters, other.id(), configMap("shop", "settings"));
        other.as("argo")
                .annotate(SHOP, "namespaces.dev/attempt", UUID.randomUUID().toString());

        assertThat(other.toYaml()).isEqualTo(eu.toYaml()).contains("namespaces.dev/attempt: \"(uuid)\"");
    }

    @Test
    void a_deletion_is_shown_without_its_time() {
        put(clusters, EU, namespace("shop"));
        eu.as("kubectl").delete(SHOP);
        eu.reportDeletion("shop", new DeletionCondition("ContentRemaining", "Some", "one pod"));

        assertThat(eu.toYaml()).isEqualTo("""
                apiVersion: "v1"
                kind: "Namespace"
                metadata:
                  name: "shop"
                  deletionTimestamp: "(time)"
                status:
                  conditions:
                    - message: "one pod"
                      reason: "Some"
                      status: "True"
                      type: "ContentRemaining"
                  phase: "Terminating"
                """);
    }

    @Test
    void an_empty_cluster_is_an_empty_text() {
        assertThat(eu.toYaml()).isEmpty();
    }

    @Test
    void a_snapshot_changes_no_object() {
        HasMetadata live = put(clusters, EU, namespace("shop", Map.of("team", "shop")));

        assertThat(eu.toYaml()).isNotEmpty();

        assertThat(eu.objects()).isEqualTo(List.of(live));
    }

    private static Map<String, String> labels(String key, String value, String otherKey, String otherValue) {
        Map<String, String> labels = new LinkedHashMap<>();
        labels.put(key, value);
        labels.put(otherKey, otherValue);
        return labels;
    }
}
