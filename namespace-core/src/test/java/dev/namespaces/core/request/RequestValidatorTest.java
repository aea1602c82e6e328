package dev.namespaces.core.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.NamespaceId;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RequestValidatorTest {

    private static final EnvironmentId DEV = new EnvironmentId("shop-dev");
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");

    private final RequestValidator validator = RequestValidator.defaults();

    @Test
    void a_valid_request_becomes_a_namespace_at_version_1() {
        NamespaceRequest request = NamespaceRequest.of(DEV, "shop-web")
                .withMetadata("team.example.com/owner", "payments")
                .withAnnotation("example.com/contact", "payments@example.com");

        Namespace namespace = validator.toNamespace(request, () -> new NamespaceId("n-1"), NOW);

        assertThat(namespace)
                .isEqualTo(new Namespace(
                        new NamespaceId("n-1"),
                        DEV,
                        "shop-web",
                        Map.of("team.example.com/owner", "payments"),
                        Map.of("example.com/contact", "payments@example.com"),
                        1,
                        NOW,
                        NOW,
                        null));
    }

    @Test
    void every_violation_is_reported_at_once_with_its_path() {
        Map<String, Object> metadata = new HashMap<>();
        metadata.put("team.example.com/owner", "no spaces");
        metadata.put("nothing", null);
        metadata.put("list", List.of("a"));
        metadata.put("map", Map.of("a", "b"));
        metadata.put("bad key!", "x");
        metadata.put(null, "x");
        metadata.put("namespaces.dev/environment", "other");
        metadata.put("pod-security.kubernetes.io/enforce", "privileged");
        Map<String, Object> annotations = new HashMap<>();
        annotations.put("nul", "a\u0000b");
        annotations.put("surrogate", "\ud800");
        annotations.put("deep", List.of());
        NamespaceRequest request = new NamespaceRequest("", "Kube_System", metadata, annotations);

        assertThat(validator.validate(request).stream().map(Violation::toString))
                .containsExactly(
                        "annotations[deep] must be a single value, not a list",
                        "annotations[nul] must not contain U+0000, found at index 1",
                        "annotations[surrogate] must be valid Unicode, found an unpaired surrogate at index 0",
                        "environmentId must not be empty",
                        "metadata[bad key!] has a key that must have a name of letters, digits, '-', '_' and '.', "
                                + "that begins and ends with a letter or digit",
                        "metadata[list] must be a single value, not a list",
                        "metadata[map] must be a single value, not a map",
                        "metadata[namespaces.dev/environment] has a key that this library sets itself",
                        "metadata[nothing] must not be null",
                        "metadata[null] has a key that must not be null",
                        "metadata[pod-security.kubernetes.io/enforce] has a key that belongs to Kubernetes, "
                                + "as for pod security, scheduling or ownership; only the platform can allow it",
                        "metadata[team.example.com/owner] must consist of letters, digits, '-', '_' and '.', "
                                + "and begin and end with a letter or digit",
                        "name must consist of lower-case letters, digits and '-', "
                                + "and begin and end with a letter or digit (RFC 1123 label)");
    }

    @Test
    void a_request_of_nothing_but_nulls_says_so() {
        assertThat(validator.validate(new NamespaceRequest(null, null, null, null)))
                .containsExactly(
                        new Violation("environmentId", "must not be null"), new Violation("name", "must not be null"));
    }

    @Test
    void an_invalid_request_makes_no_namespace_and_no_id() {
        assertThatThrownBy(() -> validator.toNamespace(
                        NamespaceRequest.of(DEV, "-"),
                        () -> {
                            throw new AssertionError("an id was made");
                        },
                        NOW))
                .isInstanceOfSatisfying(InvalidNamespaceRequestException.class, e -> {
                    assertThat(e.violations()).hasSize(1);
                    assertThat(e.isRetryable()).isFalse();
                });
    }

    @Test
    void scalars_become_the_text_that_people_expect() {
        UUID uuid = UUID.fromString("0190a5c0-0000-7000-8000-000000000000");
        NamespaceRequest request = NamespaceRequest.of(DEV, "shop-web")
                .withMetadata("int", 42)
                .withMetadata("long", -7L + 10L)
                .withMetadata("big", new BigInteger("12345678901234567890"))
                .withMetadata("double", 1e3)
                .withMetadata("decimal", new BigDecimal("1.50"))
                .withMetadata("bool", true)
                .withMetadata("enum", TimeUnit.SECONDS)
                .withMetadata("char", 'y')
                .withMetadata("uuid", uuid)
                .withMetadata("text", "1e3");

        assertThat(validator
                        .toNamespace(request, () -> new NamespaceId("n-1"), NOW)
                        .metadata())
                .containsOnly(
                        entry("int", "42"),
                        entry("long", "3"),
                        entry("big", "12345678901234567890"),
                        entry("double", "1000.0"),
                        entry("decimal", "1.50"),
                        entry("bool", "true"),
                        entry("enum", "SECONDS"),
                        entry("char", "y"),
                        entry("uuid", uuid.toString()),
                        entry("text", "1e3"));
    }

    @Test
    void what_is_no_scalar_is_refused_by_its_key() {
        NamespaceRequest request = NamespaceRequest.of(DEV, "shop-web")
                .withMetadata("optional", Optional.of("x"))
                .withMetadata("array", new int[] {1})
                .withMetadata("nan", Double.NaN)
                .withMetadata("huge", new BigDecimal("1e2000000000"))
                .withAnnotation("tiny", new BigDecimal("1e-2000000000"))
                .withAnnotation("infinite", Float.POSITIVE_INFINITY);

        assertThat(validator.validate(request).stream().map(Violation::toString))
                .containsExactly(
                        "annotations[infinite] must be a finite number",
                        "annotations[tiny] must be a number of at most 1000 digits",
                        "metadata[array] must be a single value, not a list",
                        "metadata[huge] must be a number of at most 1000 digits",
                        "metadata[nan] must be a finite number",
                        "metadata[optional] must be a string, number, boolean, enum, character or UUID, not a Optional");
    }

    @ParameterizedTest
    @ValueSource(strings = {"default", "kube-system", "kube-public", "kube-", "kube-anything"})
    void protected_names_are_refused(String name) {
        assertThat(validator.validate(NamespaceRequest.of(DEV, name)))
                .extracting(Violation::path)
                .containsOnly("name");
    }

    @ParameterizedTest
    @ValueSource(strings = {"defaults", "kube", "my-kube-system"})
    void names_that_only_look_protected_are_taken(String name) {
        assertThat(validator.validate(NamespaceRequest.of(DEV, name))).isEmpty();
    }

    @Test
    void the_host_can_protect_more_names() {
        RequestValidator strict = RequestValidator.defaults()
                .withProtectedNames(ProtectedNames.defaults().and("istio-*", "monitoring"));

        assertThat(strict.validate(NamespaceRequest.of(DEV, "istio-system"))).hasSize(1);
        assertThat(strict.validate(NamespaceRequest.of(DEV, "monitoring"))).hasSize(1);
        assertThat(strict.validate(NamespaceRequest.of(DEV, "kube-system"))).hasSize(1);
        assertThat(strict.validate(NamespaceRequest.of(DEV, "monitoring-2"))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "app.kubernetes.io/managed-by",
                "namespaces.dev/origin",
                "sub.namespaces.dev/x",
                "kubernetes.io/x",
                "k8s.io/x",
                "a.b.k8s.io/x"
            })
    void our_keys_and_kubernetes_keys_are_refused_in_metadata_and_annotations(String key) {
        NamespaceRequest request =
                NamespaceRequest.of(DEV, "shop-web").withMetadata(key, "x").withAnnotation(key, "x");

        assertThat(validator.validate(request))
                .extracting(Violation::path)
                .containsExactly("annotations[" + key + "]", "metadata[" + key + "]");
    }

    @Test
    void a_reserved_annotation_key_is_refused_in_any_case() {
        assertThat(validator.validate(
                        NamespaceRequest.of(DEV, "shop-web").withAnnotation("Scheduler.Alpha.Kubernetes.IO/x", "y")))
                .hasSize(1);
    }

    @Test
    void the_host_can_allow_a_key_of_kubernetes_but_not_our_own() {
        RequestValidator open = RequestValidator.defaults()
                .withKeys(KeyPolicy.defaults().allowing("app.kubernetes.io/part-of", "app.kubernetes.io/managed-by"));

        assertThat(open.validate(NamespaceRequest.of(DEV, "shop-web")
                        .withMetadata("app.kubernetes.io/part-of", "shop")
                        .withMetadata("app.kubernetes.io/managed-by", "me")))
                .extracting(Violation::path)
                .containsExactly("metadata[app.kubernetes.io/managed-by]");
    }

    @Test
    void annotations_of_256_kib_are_refused_and_of_255_kib_are_taken() {
        String key = "example.com/notes";
        assertThat(validator.validate(NamespaceRequest.of(DEV, "shop-web").withAnnotation(key, "x".repeat(256 * 1024))))
                .containsExactly(new Violation(
                        "annotations", "must have at most 261120 bytes in all, has " + (256 * 1024 + key.length())));
        assertThat(validator.validate(NamespaceRequest.of(DEV, "shop-web")
                        .withAnnotation(key, "x".repeat(255 * 1024 - key.length()))))
                .isEmpty();
    }

    @Test
    void a_label_value_of_64_characters_is_refused_and_of_63_taken() {
        assertThat(validator.validate(NamespaceRequest.of(DEV, "shop-web").withMetadata("k", "x".repeat(64))))
                .containsExactly(new Violation("metadata[k]", "must have at most 63 characters, has 64"));
        assertThat(validator.validate(NamespaceRequest.of(DEV, "shop-web").withMetadata("k", "x".repeat(63))))
                .isEmpty();
    }

    @Test
    void a_key_cannot_smuggle_line_breaks_or_endless_text_into_a_message() {
        List<Violation> violations = validator.validate(
                NamespaceRequest.of(DEV, "shop-web").withMetadata("a\nb", "x").withMetadata("k".repeat(10_000), "x"));

        assertThat(violations).hasSize(2).allSatisfy(violation -> {
            assertThat(violation.path()).doesNotContain("\n");
            assertThat(violation.toString()).hasSizeLessThan(500);
        });
    }

    @Test
    void what_looks_like_a_message_expression_stays_text() {
        assertThat(validator.validate(
                        NamespaceRequest.of(DEV, "${1+1}").withMetadata("${2*3}", "{validatedValue} ${7*7}")))
                .isNotEmpty()
                .allSatisfy(violation -> assertThat(violation.message()).doesNotContain("49", "validatedValue"));
    }

    @Test
    void a_later_change_of_the_given_map_changes_nothing() {
        Map<String, Object> metadata = new HashMap<>(Map.of("k", "v"));
        NamespaceRequest request = new NamespaceRequest("shop-dev", "shop-web", metadata, null);
        metadata.put("k", Arrays.asList(1, 2));

        assertThat(request.metadata()).containsExactly(entry("k", "v"));
    }
}
