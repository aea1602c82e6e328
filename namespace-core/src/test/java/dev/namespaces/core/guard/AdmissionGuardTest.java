package dev.namespaces.core.guard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.core.deploy.AdoptionPolicy;
import dev.namespaces.core.render.LabelScheme;
import dev.namespaces.core.request.ProtectedNames;
import dev.namespaces.egress.DialectChoice;
import dev.namespaces.egress.EgressSettings;
import dev.namespaces.egress.IngressMode;
import dev.namespaces.error.ClusterUnreachableException;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.Operation;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.PolicyDialect;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.spi.ClusterGateway;
import dev.namespaces.testkit.FakeClusters;
import dev.namespaces.testkit.InMemoryStores;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Run with {@code -Dgolden.write=true} to write the files again, then review the changes. */
class AdmissionGuardTest {

    private static final String USER = AdmissionGuard.serviceAccount("platform", "platform");
    private static final ClusterId EU = new ClusterId("eu-1");

    // Rendering

    @Test
    void a_guard_without_optional_operations_is_rendered_as_the_reviewed_file() throws IOException {
        assertGolden("strict.yaml", AdmissionGuard.builder(USER).keys(List.of("team", "stage.example.com/")));
    }

    @Test
    void a_guard_with_each_operation_is_rendered_as_the_reviewed_file() throws IOException {
        assertGolden(
                "everything-allowed.yaml",
                AdmissionGuard.builder("o'brien\\platform")
                        .labels(LabelScheme.ofDomain("platform.example.com"))
                        .protectedNames(ProtectedNames.defaults().and("istio-*"))
                        .adoption(AdoptionPolicy.ALWAYS)
                        .allowRelease()
                        .allowTakeOver()
                        .dialect(PolicyDialect.KUBERNETES)
                        .ingress(IngressMode.SAME_NAMESPACE)
                        .administrators(List.of("oncall", "system:masters")));
    }

    private static void assertGolden(String name, AdmissionGuard.Builder guard) throws IOException {
        String yaml = guard.build().toYaml();
        if (Boolean.getBoolean("golden.write")) {
            Files.writeString(Path.of("src/test/resources/guard", name), yaml);
        }
        try (InputStream file = AdmissionGuardTest.class.getResourceAsStream("/guard/" + name)) {
            assertThat(yaml).isEqualTo(new String(file.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    @ParameterizedTest
    @EnumSource(GuardPart.class)
    void a_part_that_is_left_out_renders_fewer_rules(GuardPart part) {
        String all = AdmissionGuard.builder(USER).build().toYaml();

        String less = AdmissionGuard.builder(USER).without(part).build().toYaml();

        assertThat(rules(less)).isLessThan(rules(all));
        assertThat(AdmissionGuard.builder(USER)
                        .without(GuardPart.values())
                        .build()
                        .objects())
                .isEmpty();
    }

    private static int rules(String yaml) {
        return yaml.split("message: ", -1).length;
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/", "a b", "Example.com/x", "team*"})
    void a_key_that_no_label_can_have_is_refused(String key) {
        assertThatThrownBy(() -> AdmissionGuard.builder(USER).keys(List.of(key)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void a_blank_user_name_is_refused() {
        assertThatThrownBy(() -> AdmissionGuard.builder(" ")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void control_characters_of_a_user_name_are_escaped_in_expressions() {
        assertThat(GuardRules.quoted("a\nb'c\\d")).isEqualTo("'a\\u000ab\\'c\\\\d'");
    }

    // The settings of a lifecycle

    @Test
    void a_lifecycle_hands_its_settings_to_the_guard() {
        LabelScheme scheme = LabelScheme.ofDomain("platform.example.com");
        ProtectedNames names = ProtectedNames.defaults().and("istio-*");
        EgressSettings egress = EgressSettings.defaults()
                .withDialect(new DialectChoice.Fixed(PolicyDialect.KUBERNETES))
                .withIngress(IngressMode.SAME_NAMESPACE);
        try (NamespaceLifecycle lifecycle = NamespaceLifecycle.builder(
                        FakeClusters.of("eu-1"), new InMemoryStores().stores())
                .labels(scheme)
                .protectedNames(names)
                .adoption(AdoptionPolicy.CLAIMED)
                .egressSettings(cluster -> egress)
                .build()) {

            assertThat(lifecycle.admissionGuard(EU, USER).build().toYaml())
                    .isEqualTo(AdmissionGuard.builder(USER)
                            .labels(scheme)
                            .protectedNames(names)
                            .adoption(AdoptionPolicy.CLAIMED)
                            .dialect(PolicyDialect.KUBERNETES)
                            .ingress(IngressMode.SAME_NAMESPACE)
                            .build()
                            .toYaml());
        }
    }

    @Test
    void no_dialect_is_assumed_if_the_cluster_does_not_answer() {
        ClusterGateway gateway = mock(ClusterGateway.class);
        when(gateway.serves(any(), any(), any()))
                .thenThrow(new ClusterUnreachableException(ErrorContext.of(Operation.DISCOVER, EU), "no route", null));
        try (NamespaceLifecycle lifecycle = NamespaceLifecycle.builder(gateway, new InMemoryStores().stores())
                .build()) {

            assertThatThrownBy(() -> lifecycle.admissionGuard(EU, USER))
                    .isInstanceOf(ClusterUnreachableException.class);
        }
    }

    // The preflight

    @Test
    void everything_is_missing_on_a_cluster_before_kubernetes_1_30() {
        AdmissionGuard guard = AdmissionGuard.builder(USER).build();

        assertThat(guard.missing(mock(ClusterGateway.class), EU))
                .hasSameSizeAs(guard.objects())
                .allSatisfy(gap -> assertThat(gap.toString()).contains("1.30"));
    }

    @Test
    void type_warnings_of_the_api_server_are_reported() {
        AdmissionGuard guard = AdmissionGuard.builder(USER).build();
        Map<String, Object> status = Map.of(
                "observedGeneration",
                1,
                "typeChecking",
                Map.of(
                        "expressionWarnings",
                        List.of(Map.of("fieldRef", "spec.validations[0]", "warning", "no field"))));

        assertThat(guard.missing(cluster(guard, status, 1), EU))
                .filteredOn(gap -> gap.reason() == GuardGap.Reason.TYPE_WARNING)
                .hasSize(policies(guard))
                .allSatisfy(gap -> assertThat(gap.detail()).isEqualTo("spec.validations[0]: no field"));
    }

    @Test
    void a_policy_whose_types_were_not_checked_yet_is_reported() {
        AdmissionGuard guard = AdmissionGuard.builder(USER).build();

        assertThat(guard.missing(cluster(guard, Map.of("observedGeneration", 1), 2), EU))
                .extracting(GuardGap::reason)
                .containsOnly(GuardGap.Reason.UNCHECKED)
                .hasSize(policies(guard));
    }

    @Test
    void an_object_that_is_being_deleted_counts_as_absent() {
        AdmissionGuard guard = AdmissionGuard.builder(USER).build();
        ClusterGateway gateway = cluster(guard, Map.of("observedGeneration", 1), 1);
        HasMetadata first = guard.objects().get(0);
        HasMetadata terminating = gateway.find(EU, ResourceRef.of(first)).orElseThrow();
        terminating.getMetadata().setDeletionTimestamp("2026-01-01T00:00:00Z");
        when(gateway.find(EU, ResourceRef.of(first))).thenReturn(Optional.of(terminating));

        assertThat(guard.missing(gateway, EU)).singleElement().satisfies(gap -> {
            assertThat(gap.reason()).isEqualTo(GuardGap.Reason.ABSENT);
            assertThat(gap.object()).isEqualTo(ResourceRef.of(first));
        });
    }

    private static int policies(AdmissionGuard guard) {
        return guard.objects().size() / 2;
    }

    /** Returns a cluster that has the guard. */
    private static ClusterGateway cluster(AdmissionGuard guard, Map<String, Object> status, long generation) {
        ClusterGateway gateway = mock(ClusterGateway.class);
        when(gateway.serves(any(), any(), any())).thenReturn(true);
        for (HasMetadata object : guard.objects()) {
            Map<String, Object> content = new TreeMap<>(((GenericKubernetesResource) object).getAdditionalProperties());
            content.put("status", status);
            GenericKubernetesResource live = new GenericKubernetesResource();
            live.setApiVersion(object.getApiVersion());
            live.setKind(object.getKind());
            live.setMetadata(new ObjectMetaBuilder(object.getMetadata())
                    .withGeneration(generation)
                    .build());
            live.setAdditionalProperties(content);
            when(gateway.find(EU, ResourceRef.of(object))).thenReturn(Optional.of(live));
        }
        return gateway;
    }
}
