package dev.namespaces.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.namespaces.error.InvalidTextException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelTest {

    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
    private static final ClusterId EU = new ClusterId("eu-1");

    private static Environment environment(
            String name, List<ClusterId> clusters, Map<String, String> labels, int order) {
        return new Environment(
                new EnvironmentId("id-" + name),
                new OrganizationId("acme"),
                new ProjectId("shop"),
                name,
                clusters,
                labels,
                order);
    }

    private static Namespace namespace(String name, Map<String, String> metadata, Map<String, String> annotations) {
        return new Namespace(
                new NamespaceId("n"), new EnvironmentId("dev"), name, metadata, annotations, 1, NOW, NOW, null);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "a b", "-a", "a-", "a/b", "ä", "a\n"})
    void an_id_is_a_valid_label_value_that_is_not_empty(String value) {
        assertThatThrownBy(() -> new EnvironmentId(value)).isInstanceOf(InvalidTextException.class);
        assertThatThrownBy(() -> new ClusterId(value)).isInstanceOf(InvalidTextException.class);
        assertThatThrownBy(() -> new NamespaceId(value)).isInstanceOf(InvalidTextException.class);
        assertThatThrownBy(() -> new ProjectId(value)).isInstanceOf(InvalidTextException.class);
        assertThatThrownBy(() -> new OrganizationId(value)).isInstanceOf(InvalidTextException.class);
        assertThatThrownBy(() -> new EgressPolicyId(value)).isInstanceOf(InvalidTextException.class);
    }

    @Test
    void an_id_has_at_most_63_characters_and_prints_as_its_value() {
        assertThat(new EnvironmentId("a".repeat(63))).hasToString("a".repeat(63));
        assertThatThrownBy(() -> new EnvironmentId("a".repeat(64))).hasMessageContaining("63");
    }

    @Test
    void an_environment_has_at_least_one_cluster_and_each_once() {
        assertThatThrownBy(() -> environment("dev", List.of(), Map.of(), 1)).hasMessageContaining("no cluster");
        assertThatThrownBy(() -> environment("dev", List.of(EU, EU), Map.of(), 1))
                .hasMessageContaining("twice");
    }

    @Test
    void an_environment_with_a_label_that_no_cluster_takes_cannot_be_made() {
        assertThatThrownBy(() -> environment("dev", List.of(EU), Map.of("stage", "not valid"), 1))
                .hasMessageContaining("labels[stage]");
        assertThatThrownBy(() -> environment("dev", List.of(EU), Map.of("bad key", "x"), 1))
                .hasMessageContaining("labels[bad key]");
    }

    @Test
    void the_promotion_order_is_by_number_then_name_then_id() {
        Environment prod = environment("prod", List.of(EU), Map.of(), 2);
        Environment testB = environment("test-b", List.of(EU), Map.of(), 1);
        Environment testA = environment("test-a", List.of(EU), Map.of(), 1);

        assertThat(Environment.inPromotionOrder(List.of(prod, testB, testA))).containsExactly(testA, testB, prod);
    }

    @Test
    void a_namespace_with_what_no_cluster_takes_cannot_be_made() {
        assertThatThrownBy(() -> namespace("Not-Valid", Map.of(), Map.of())).hasMessageContaining("name");
        assertThatThrownBy(() -> namespace("web", Map.of("k", "not valid"), Map.of()))
                .hasMessageContaining("metadata[k]");
        assertThatThrownBy(() -> namespace("web", Map.of(), Map.of("k", "a\u0000")))
                .hasMessageContaining("annotations[k]");
        assertThatThrownBy(() -> namespace("web", Map.of(), Map.of("k", "x".repeat(256 * 1024))))
                .hasMessageContaining("262144");
    }

    @Test
    void collections_are_copied_sorted_and_cannot_be_changed() {
        Map<String, String> metadata = new HashMap<>(Map.of("b", "2", "a", "1"));
        List<ClusterId> clusters = new ArrayList<>(List.of(EU));
        Namespace namespace = namespace("web", metadata, Map.of());
        Environment environment = environment("dev", clusters, Map.of(), 1);
        metadata.clear();
        clusters.clear();

        assertThat(namespace.metadata().keySet()).containsExactly("a", "b");
        assertThat(environment.clusters()).containsExactly(EU);
        assertThatThrownBy(() -> namespace.metadata().put("c", "3")).isInstanceOf(UnsupportedOperationException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "0", "a-b", "a1"})
    void namespace_names_are_rfc_1123_labels(String name) {
        assertThat(KubernetesSyntax.namespaceNameProblem(name)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "A", "-a", "a-", "a.b", "a_b", "a b", "ａ", "a\n"})
    void other_namespace_names_are_refused_with_a_reason(String name) {
        assertThat(KubernetesSyntax.namespaceNameProblem(name)).isPresent();
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "A.b_c-d", "example.com/a", "a.b.c/D", "1/2"})
    void label_keys_are_qualified_names(String key) {
        assertThat(KubernetesSyntax.labelKeyProblem(key)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/a", "a/", "a/b/c", "Example.com/a", "a b", "-a", "a..b/c", "ex_ample.com/a"})
    void other_label_keys_are_refused(String key) {
        assertThat(KubernetesSyntax.labelKeyProblem(key)).isPresent();
    }

    @Test
    void an_annotation_key_is_looked_at_in_lower_case() {
        assertThat(KubernetesSyntax.annotationKeyProblem("Example.COM/Key")).isEmpty();
        assertThat(KubernetesSyntax.labelKeyProblem("Example.COM/Key")).isPresent();
    }

    @Test
    void values_of_metadata_and_annotations_are_not_repeated() {
        assertThatThrownBy(() -> namespace("web", Map.of("token", "se cret"), Map.of()))
                .isInstanceOf(InvalidTextException.class)
                .hasMessageContaining("the value of metadata[token] of namespace n must")
                .hasMessageNotContaining("se cret");
        assertThatThrownBy(() -> namespace("web", Map.of(), Map.of("k".repeat(100), "")))
                .isInstanceOf(InvalidTextException.class)
                .hasMessageContaining("annotations[" + "k".repeat(80) + "…]");
    }
}
