package dev.namespaces.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.namespaces.error.InvalidTextException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
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
    void a_label_that_no_cluster_accepts_is_refused_in_an_environment() {
        assertThatThrownBy(() -> environment("dev", List.of(EU), Map.of("stage", "not valid"), 1))
                .hasMessageContaining("value of labels[stage] of environment id-dev");
        assertThatThrownBy(() -> environment("dev", List.of(EU), Map.of("bad key", "x"), 1))
                .hasMessageContaining("key of labels[bad key] of environment id-dev");
    }

    @Test
    void the_promotion_order_is_by_number_then_name_then_id() {
        Environment prod = environment("prod", List.of(EU), Map.of(), 2);
        Environment testB = environment("test-b", List.of(EU), Map.of(), 1);
        Environment testA = environment("test-a", List.of(EU), Map.of(), 1);

        assertThat(Environment.inPromotionOrder(List.of(prod, testB, testA))).containsExactly(testA, testB, prod);
    }

    @Test
    void content_that_no_cluster_accepts_is_refused_in_a_namespace() {
        assertThatThrownBy(() -> namespace("Not-Valid", Map.of(), Map.of())).hasMessageContaining("name");
        assertThatThrownBy(() -> namespace("web", Map.of("k", "not valid"), Map.of()))
                .hasMessageContaining("value of metadata[k] of namespace n");
        assertThatThrownBy(() -> namespace("web", Map.of(), Map.of("k", "a\u0000")))
                .hasMessageContaining("value of annotations[k] of namespace n");
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

    /**
     * Go maps nothing but A to Z, U+0130 and U+212A to letters of ASCII; what is not ASCII then is no part of a key.
     */
    @Test
    void each_code_point_in_an_annotation_key_is_judged_as_by_the_server() {
        String valid = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789\u0130\u212a";
        List<String> wrong = new ArrayList<>();
        for (int point = 0; point <= Character.MAX_CODE_POINT; point++) {
            String text = Character.toString(point);
            boolean inside = valid.contains(text) || "-_.".contains(text);
            if (KubernetesSyntax.annotationKeyProblem("a" + text + "a").isEmpty() != (inside || point == '/')
                    || KubernetesSyntax.annotationKeyProblem("a/" + text).isEmpty() != valid.contains(text)
                    || KubernetesSyntax.annotationKeyProblem("a" + text + "a/a").isEmpty()
                            != (inside && point != '_')) {
                wrong.add(String.format("U+%04X", point));
            }
        }
        assertThat(wrong).isEmpty();
    }

    @Test
    void a_key_is_mapped_to_lower_case_code_point_by_code_point() {
        assertThat(KubernetesSyntax.lowerCase("\u0130STIO.\u0130O/\u212aey")).isEqualTo("istio.io/key");
        assertThat(KubernetesSyntax.lowerCase("\u03a3\u1e9e\ud801\udc00")).isEqualTo("\u03c3\u00df\ud801\udc28");
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

    @Test
    void the_usual_environment_is_called_by_its_id_and_has_no_labels() {
        EnvironmentId id = new EnvironmentId("shop-dev");
        OrganizationId acme = new OrganizationId("acme");
        ProjectId shop = new ProjectId("shop");

        assertThat(Environment.of(id, acme, shop, EU))
                .isEqualTo(new Environment(id, acme, shop, "shop-dev", List.of(EU), Map.of(), 0));
        assertThat(Environment.of(id, acme, shop, EU)
                        .withLabels(Map.of("stage", "dev"))
                        .withPromotionOrder(3))
                .isEqualTo(new Environment(id, acme, shop, "shop-dev", List.of(EU), Map.of("stage", "dev"), 3));
        assertThatThrownBy(() -> Environment.of(id, acme, shop)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Environment.of(id, acme, shop, EU, EU)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void an_environment_has_one_target_for_each_cluster_in_their_order() {
        ClusterId us = new ClusterId("us-1");
        Environment environment = environment("dev", List.of(us, EU), Map.of(), 1);

        assertThat(environment.targets())
                .containsExactly(new Target(environment.id(), us), new Target(environment.id(), EU));
    }

    @Test
    void targets_are_ordered_by_environment_then_cluster() {
        Target devEu = new Target(new EnvironmentId("dev"), EU);
        Target devUs = new Target(new EnvironmentId("dev"), new ClusterId("us-1"));
        Target prodEu = new Target(new EnvironmentId("prod"), EU);

        assertThat(List.of(prodEu, devUs, devEu).stream().sorted()).containsExactly(devEu, devUs, prodEu);
        assertThat(devEu).hasToString("dev on eu-1");
    }

    @Test
    void the_next_version_of_a_namespace_has_the_new_content() {
        Namespace namespace = namespace("web", Map.of("a", "1"), Map.of("b", "2"));
        Instant later = NOW.plusSeconds(1);

        assertThat(namespace.changed(Map.of("c", "3"), Map.of(), later))
                .isEqualTo(new Namespace(
                        namespace.id(),
                        namespace.environmentId(),
                        "web",
                        Map.of("c", "3"),
                        Map.of(),
                        2,
                        NOW,
                        later,
                        null));
    }

    @Test
    void the_last_version_of_a_namespace_differs_in_its_deletion_only() {
        Namespace namespace = namespace("web", Map.of("a", "1"), Map.of("b", "2"));
        Instant later = NOW.plusSeconds(1);

        Namespace deleted = namespace.deleted(later);

        assertThat(deleted)
                .isEqualTo(new Namespace(
                        namespace.id(),
                        namespace.environmentId(),
                        "web",
                        Map.of("a", "1"),
                        Map.of("b", "2"),
                        2,
                        NOW,
                        NOW,
                        later));
        assertThat(namespace.isLive()).isTrue();
        assertThat(deleted.isLive()).isFalse();
    }

    @Test
    void values_are_left_out_where_a_host_may_log() {
        Namespace namespace = namespace("web", Map.of("key-1", "value-1"), Map.of("key-2", "value-2"));
        Environment environment = environment("dev", List.of(EU), Map.of("key-3", "value-3"), 1);

        assertThat(namespace).hasToString("namespace web of dev (n, version 1)");
        assertThat(namespace.deleted(NOW)).hasToString("namespace web of dev (n, version 2, deleted)");
        assertThat(environment).hasToString("environment id-dev of acme/shop on [eu-1]");
    }

    @Test
    void a_version_below_one_is_refused() {
        assertThatThrownBy(() -> new Namespace(
                        new NamespaceId("n"), new EnvironmentId("dev"), "web", Map.of(), Map.of(), 0, NOW, NOW, null))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new EgressPolicy(
                        new EgressPolicyId("p"), new ProjectId("shop"), new EgressMode.DenyAll(), 0, null))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("p");
    }

    @Test
    void a_policy_is_live_until_it_is_deleted() {
        EgressPolicy live =
                new EgressPolicy(new EgressPolicyId("p"), new ProjectId("shop"), new EgressMode.DenyAll(), 1, null);

        assertThat(live.isLive()).isTrue();
        assertThat(new EgressPolicy(live.id(), live.owner(), live.mode(), 2, NOW).isLive())
                .isFalse();
    }

    @Test
    void a_record_is_complete_once_it_has_a_completion() {
        Target target = new Target(new EnvironmentId("dev"), EU);
        DeploymentRecord.Completion completion =
                new DeploymentRecord.Completion("in", "out", 1, PolicyDialect.KUBERNETES, NOW);

        assertThat(DeploymentRecord.none(target)).isEqualTo(new DeploymentRecord(target, 0, 0, null));
        assertThat(DeploymentRecord.none(target).isComplete()).isFalse();
        assertThat(new DeploymentRecord(target, 1, 0, completion).isComplete()).isTrue();
        assertThatThrownBy(() -> new DeploymentRecord(target, -1, 0, null))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new DeploymentRecord(target, 0, -1, null))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void a_blank_uid_is_refused() {
        assertThatThrownBy(() -> new ObjectIdentity(" ", Origin.CREATED)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void the_origin_label_tells_the_origins_apart() {
        for (Origin origin : Origin.values()) {
            assertThat(Origin.ofLabel(origin.label())).contains(origin);
        }
        assertThat(Origin.ofLabel("CREATED")).isEmpty();
        assertThat(Origin.ofLabel("")).isEmpty();
    }

    @Test
    void written_keys_are_a_copy_that_cannot_be_changed() {
        TreeMap<String, String> labels = new TreeMap<>(Map.of("b", "2", "a", "1"));
        WrittenKeys keys = new WrittenKeys(labels, new TreeMap<>());
        labels.clear();

        assertThat(keys.labels()).containsExactly(Map.entry("a", "1"), Map.entry("b", "2"));
        assertThat(keys.annotations()).isEmpty();
        assertThatThrownBy(() -> keys.labels().put("c", "3")).isInstanceOf(UnsupportedOperationException.class);
        assertThat(WrittenKeys.none()).isEqualTo(WrittenKeys.of(List.of(), List.of()));
    }

    @Test
    void keys_without_overwritten_values_are_null() {
        WrittenKeys keys = WrittenKeys.of(List.of("team"), List.of("note", "note"));

        assertThat(keys.labels()).containsOnlyKeys("team").containsEntry("team", null);
        assertThat(keys.annotations()).containsOnlyKeys("note").containsEntry("note", null);
    }

    @Test
    void the_keys_of_both_are_kept_with_the_older_overwritten_values() {
        TreeMap<String, String> older = new TreeMap<>();
        older.put("team", "theirs");
        older.put("tier", null);
        TreeMap<String, String> newer = new TreeMap<>();
        newer.put("team", "newer");
        newer.put("tier", "newer");
        newer.put("zone", "z");
        TreeMap<String, String> both = new TreeMap<>(older);
        both.put("zone", "z");

        assertThat(new WrittenKeys(older, newer).plus(new WrittenKeys(newer, older)))
                .isEqualTo(new WrittenKeys(both, newer));
    }
}
