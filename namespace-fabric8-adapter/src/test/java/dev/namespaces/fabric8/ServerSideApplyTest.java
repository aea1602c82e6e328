package dev.namespaces.fabric8;

import static dev.namespaces.fabric8.RealCluster.ID;
import static dev.namespaces.fabric8.RealCluster.MANAGER;
import static dev.namespaces.fabric8.RealCluster.NO_UID;
import static dev.namespaces.fabric8.RealCluster.apply;
import static dev.namespaces.fabric8.RealCluster.bound;
import static dev.namespaces.fabric8.RealCluster.ciliumPolicy;
import static dev.namespaces.fabric8.RealCluster.createAndApply;
import static dev.namespaces.fabric8.RealCluster.createObject;
import static dev.namespaces.fabric8.RealCluster.denyAll;
import static dev.namespaces.fabric8.RealCluster.labels;
import static dev.namespaces.fabric8.RealCluster.name;
import static dev.namespaces.fabric8.RealCluster.namespace;
import static dev.namespaces.fabric8.RealCluster.toEntities;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.namespaces.error.ApplyConflictException;
import dev.namespaces.error.Arrival;
import dev.namespaces.error.ManifestRejectedException;
import dev.namespaces.error.PreconditionFailedException;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.spi.ApplyOptions;
import dev.namespaces.spi.ApplyOptions.Conflicts;
import dev.namespaces.spi.ApplyOptions.Extent;
import dev.namespaces.spi.ApplyResult;
import dev.namespaces.spi.ApplyResult.Effect;
import dev.namespaces.testservers.KubeApiServer;
import dev.namespaces.testservers.OnRealCluster;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

@OnRealCluster
class ServerSideApplyTest {

    private static final ApplyOptions OURS = ApplyOptions.as(MANAGER);
    private static final ApplyOptions WHOLE = OURS.withExtent(Extent.WHOLE_OBJECT);

    private static Fabric8ClusterGateway gateway;
    private static KubeApiServer server;

    @BeforeAll
    static void open(KubeApiServer cluster) {
        server = cluster;
        gateway = Fabric8ClusterGateway.builder().client(ID, server.client()).build();
    }

    @Test
    void keys_that_a_create_has_set_are_changed_and_dropped_by_a_later_apply() {
        String name = name("post");
        createObject(gateway, namespace(name, Map.of("changed", "1", "gone", "1", "same", "1")));

        ApplyResult applied = apply(gateway, namespace(name, Map.of("changed", "2", "same", "1")), OURS);

        assertThat(applied.effect()).isEqualTo(Effect.CHANGED);
        assertThat(labels(applied.live()))
                .isEqualTo(Map.of("changed", "2", "same", "1", "kubernetes.io/metadata.name", name));
        assertThat(applied.live().getMetadata().getManagedFields())
                .extracting(entry -> entry.getManager() + "/" + entry.getOperation())
                .containsExactly(MANAGER + "/Apply");
    }

    @Test
    void a_key_that_a_create_has_set_is_dropped_though_nothing_else_changes() {
        String name = name("post");
        createObject(gateway, namespace(name, Map.of("gone", "1", "same", "1")));

        ApplyResult applied = apply(gateway, namespace(name, Map.of("same", "1")), OURS);

        assertThat(labels(applied.live())).doesNotContainKey("gone").containsEntry("same", "1");
    }

    @Test
    void a_dry_run_after_a_create_answers_what_the_apply_then_does() {
        String name = name("post");
        createObject(gateway, namespace(name, Map.of("changed", "1", "gone", "1")));
        HasMetadata before = gateway.find(ID, ResourceRef.namespace(name)).orElseThrow();

        ApplyResult planned = apply(gateway, namespace(name, Map.of("changed", "2")), OURS.withDryRun(true));

        assertThat(gateway.find(ID, ResourceRef.namespace(name))).contains(before);
        ApplyResult applied = apply(gateway, namespace(name, Map.of("changed", "2")), OURS);
        assertThat(labels(planned.live())).isEqualTo(labels(applied.live()));
    }

    @Test
    void a_conflict_names_others_and_not_our_own_create() {
        String name = name("post");
        createObject(gateway, namespace(name, Map.of("ours", "1")));
        server.kubectl().run("label", "namespace", name, "theirs=1", "--field-manager=somebody");

        for (boolean dryRun : List.of(true, false)) {
            assertThatExceptionOfType(ApplyConflictException.class)
                    .isThrownBy(() -> apply(
                            gateway, namespace(name, Map.of("ours", "2", "theirs", "2")), OURS.withDryRun(dryRun)))
                    .satisfies(e -> assertThat(e.conflicts())
                            .containsExactly(
                                    new ApplyConflictException.FieldConflict("somebody", ".metadata.labels.theirs")));
        }
        assertThat(labels(gateway.find(ID, ResourceRef.namespace(name)).orElseThrow()))
                .containsEntry("ours", "1")
                .containsEntry("theirs", "1");
    }

    @Test
    void a_policy_is_ours_whole_though_others_have_added_and_changed_fields() {
        server.installCilium();
        String namespace = name("whole");
        createObject(gateway, namespace(namespace, Map.of()));
        GenericKubernetesResource policy = ciliumPolicy(namespace, "egress", toEntities("cluster"));
        createAndApply(gateway, policy, WHOLE);
        server.kubectl()
                .run("patch", "cnp", "egress", "-n", namespace, "--type=merge", "--field-manager=somebody", "-p", """
                        {"metadata":{"labels":{"theirs":"1"}},
                         "spec":{"description":"opened","egress":[{"toEntities":["all"]}]},
                         "specs":[{"endpointSelector":{},"egress":[{"toEntities":["world"]}]}]}""");

        ApplyResult planned = apply(gateway, policy, WHOLE.withDryRun(true));
        ApplyResult applied = apply(gateway, policy, WHOLE);

        for (ApplyResult result : List.of(planned, applied)) {
            GenericKubernetesResource live = (GenericKubernetesResource) result.live();
            assertThat(live.getAdditionalProperties()).isEqualTo(policy.getAdditionalProperties());
            assertThat(labels(live)).containsEntry("theirs", "1");
        }
        assertThat(gateway.find(ID, ResourceRef.of(policy)).orElseThrow()).isEqualTo(applied.live());
    }

    @Test
    void a_policy_is_ours_whole_though_others_have_covered_their_tracks() {
        server.installCilium();
        String namespace = name("whole");
        createObject(gateway, namespace(namespace, Map.of()));
        GenericKubernetesResource cilium = ciliumPolicy(namespace, "egress", toEntities("cluster"));
        NetworkPolicy kubernetes = denyAll(namespace, "egress");
        for (HasMetadata policy : List.of(cilium, kubernetes)) {
            createAndApply(gateway, policy, WHOLE);
        }
        server.kubectl()
                .run("patch", "cnp", "egress", "-n", namespace, "--type=merge", "--field-manager=somebody", "-p", """
                        {"spec":{"description":"opened"},
                         "specs":[{"endpointSelector":{},"egress":[{"toEntities":["world"]}]}]}""");
        server.kubectl()
                .run(
                        "patch",
                        "netpol",
                        "egress",
                        "-n",
                        namespace,
                        "--type=merge",
                        "--field-manager=somebody",
                        "-p",
                        """
                        {"spec":{"egress":[{}]}}""");
        for (String kind : List.of("cnp", "netpol")) {
            server.kubectl().run("patch", kind, "egress", "-n", namespace, "--type=json", "-p", """
                            [{"op":"remove","path":"/metadata/managedFields/1"}]""");
            assertThat(server.kubectl()
                            .run("get", kind, "egress", "-n", namespace, "--show-managed-fields", "-o", "yaml"))
                    .doesNotContain("manager: somebody");
        }

        for (boolean dryRun : List.of(true, false)) {
            GenericKubernetesResource live = (GenericKubernetesResource)
                    apply(gateway, cilium, WHOLE.withDryRun(dryRun)).live();
            NetworkPolicy other = (NetworkPolicy)
                    apply(gateway, kubernetes, WHOLE.withDryRun(dryRun)).live();

            assertThat(live.getAdditionalProperties()).isEqualTo(cilium.getAdditionalProperties());
            assertThat(other.getSpec()).isEqualTo(kubernetes.getSpec());
        }
    }

    @Test
    void a_whole_object_is_not_a_licence_to_take_labels_over() {
        server.installCilium();
        String namespace = name("whole");
        createObject(gateway, namespace(namespace, Map.of()));
        GenericKubernetesResource policy = ciliumPolicy(namespace, "egress", toEntities("cluster"));
        createAndApply(gateway, policy, WHOLE);
        server.kubectl().run("label", "cnp", "egress", "-n", namespace, "owner=them", "--field-manager=somebody");
        policy.getMetadata().setLabels(Map.of("owner", "us"));

        assertThatExceptionOfType(ApplyConflictException.class)
                .isThrownBy(() -> apply(gateway, policy, WHOLE))
                .satisfies(e -> assertThat(e.conflicts())
                        .containsExactly(
                                new ApplyConflictException.FieldConflict("somebody", ".metadata.labels.owner")));
        assertThat(labels(apply(gateway, policy, WHOLE.withConflicts(Conflicts.TAKE_OVER))
                        .live()))
                .containsEntry("owner", "us");
    }

    @Test
    void a_stale_version_changes_nothing() {
        String name = name("version");
        HasMetadata first = createAndApply(gateway, namespace(name, Map.of("a", "1")), OURS);
        apply(gateway, namespace(name, Map.of("a", "2")), OURS);
        Namespace stale = bound(namespace(name, Map.of("a", "3")), first);

        for (ApplyOptions options : List.of(OURS, OURS.withConflicts(Conflicts.TAKE_OVER), WHOLE)) {
            assertThatExceptionOfType(PreconditionFailedException.class)
                    .isThrownBy(() -> gateway.apply(ID, stale, options))
                    .satisfies(e -> assertThat(e.arrival()).isEqualTo(Arrival.SETTLED));
        }
        assertThat(labels(gateway.find(ID, ResourceRef.namespace(name)).orElseThrow()))
                .containsEntry("a", "2");
    }

    @Test
    void a_manifest_without_uid_and_version_is_refused_and_never_sent() {
        String name = name("unbound");
        HasMetadata live = createAndApply(gateway, namespace(name, Map.of("a", "1")), OURS);
        String uid = live.getMetadata().getUid();
        String version = live.getMetadata().getResourceVersion();
        Namespace manifest = namespace(name, Map.of("a", "2"));

        for (Namespace unbound :
                List.of(manifest, bound(manifest, uid, ""), bound(manifest, "", version), bound(manifest, uid, " "))) {
            assertThatExceptionOfType(IllegalArgumentException.class)
                    .isThrownBy(() -> gateway.apply(ID, unbound, OURS))
                    .withMessageContainingAll(name, "metadata.uid", "metadata.resourceVersion");
        }
        assertThat(gateway.find(ID, ResourceRef.namespace(name))).contains(live);
    }

    @Test
    void an_absent_object_is_never_created_by_an_apply() {
        String name = name("absent");
        Namespace manifest = bound(namespace(name, Map.of()), NO_UID, "7");
        Namespace versionOnly = namespace(name, Map.of());
        versionOnly.getMetadata().setResourceVersion("7");

        assertThatExceptionOfType(PreconditionFailedException.class)
                .isThrownBy(() -> gateway.apply(ID, manifest, OURS))
                .satisfies(e -> assertThat(e.arrival()).isEqualTo(Arrival.SETTLED));
        for (Namespace planned : List.of(manifest, versionOnly)) {
            assertThatExceptionOfType(PreconditionFailedException.class)
                    .isThrownBy(() -> gateway.apply(ID, planned, OURS.withDryRun(true)));
        }
        assertThat(gateway.find(ID, ResourceRef.namespace(name))).isEmpty();
    }

    @Test
    void a_version_holds_while_ownership_passes_from_create_to_apply() {
        String name = name("version");
        HasMetadata created = createObject(gateway, namespace(name, Map.of("a", "1", "b", "1")));
        Namespace manifest = bound(namespace(name, Map.of("a", "2")), created);

        assertThat(labels(gateway.apply(ID, manifest, OURS).live()))
                .containsEntry("a", "2")
                .doesNotContainKey("b");
        assertThatExceptionOfType(PreconditionFailedException.class)
                .isThrownBy(() -> gateway.apply(ID, manifest, OURS));
    }

    @Test
    void the_effect_is_what_happened_to_the_version() {
        String name = name("effect");
        HasMetadata created = createObject(gateway, namespace(name, Map.of("a", "1")));

        ApplyResult adopted = apply(gateway, namespace(name, Map.of("a", "1")), OURS);
        ApplyResult again = apply(gateway, namespace(name, Map.of("a", "1")), OURS);
        ApplyResult changed = apply(gateway, namespace(name, Map.of("a", "2")), OURS);

        assertThat(adopted.effect()).as("ownership passes").isEqualTo(Effect.CHANGED);
        assertThat(version(adopted.live())).isNotEqualTo(version(created));
        assertThat(again.effect()).isEqualTo(Effect.UNCHANGED);
        assertThat(version(again.live())).isEqualTo(version(adopted.live()));
        assertThat(changed.effect()).isEqualTo(Effect.CHANGED);
        assertThat(version(changed.live())).isNotEqualTo(version(again.live()));
    }

    @Test
    void a_dry_run_predicts_the_effect_bound_or_not() {
        String name = name("effect");
        createObject(gateway, namespace(name, Map.of("a", "1")));
        ApplyOptions dryRun = OURS.withDryRun(true);

        for (Namespace same : List.of(namespace(name, Map.of("a", "1")), boundNow(name, Map.of("a", "1")))) {
            assertThat(gateway.apply(ID, same, dryRun).effect()).isEqualTo(Effect.UNCHANGED);
        }
        for (Namespace other : List.of(namespace(name, Map.of("a", "2")), boundNow(name, Map.of("a", "2")))) {
            assertThat(gateway.apply(ID, other, dryRun).effect()).isEqualTo(Effect.CHANGED);
        }
        for (Namespace shorter : List.of(namespace(name, Map.of()), boundNow(name, Map.of()))) {
            ApplyResult result = gateway.apply(ID, shorter, dryRun);
            assertThat(result.effect()).isEqualTo(Effect.CHANGED);
            assertThat(labels(result.live())).doesNotContainKey("a");
        }
        assertThat(gateway.apply(ID, namespace(name("effect"), Map.of()), dryRun)
                        .effect())
                .isEqualTo(Effect.CREATED);
    }

    private static Namespace boundNow(String name, Map<String, String> labels) {
        return bound(
                namespace(name, labels),
                gateway.find(ID, ResourceRef.namespace(name)).orElseThrow());
    }

    @Test
    void a_plan_in_a_planned_namespace_is_checked_for_fields_not_for_values() {
        HasMetadata unknown = denyAll(name("planned"), "unknown");
        ((NetworkPolicy) unknown).getSpec().setAdditionalProperty("egres", List.of());
        NetworkPolicy wrong = denyAll(name("planned"), "wrong");
        wrong.getSpec().setPolicyTypes(List.of("Sideways"));

        assertThatExceptionOfType(ManifestRejectedException.class)
                .isThrownBy(() -> gateway.apply(ID, unknown, WHOLE.withDryRun(true)))
                .withMessageContaining("spec.egres");
        assertThat(gateway.apply(ID, wrong, WHOLE.withDryRun(true)).effect()).isEqualTo(Effect.CREATED);
    }

    @Test
    void an_unknown_field_and_a_wrong_type_are_the_manifests_fault() {
        server.installCilium();
        String namespace = name("strict");
        createObject(gateway, namespace(namespace, Map.of()));
        HasMetadata policy = createObject(gateway, denyAll(namespace, "egress"));
        HasMetadata other = createObject(gateway, ciliumPolicy(namespace, "egress", toEntities("cluster")));
        NetworkPolicy unknown = bound(denyAll(namespace, "egress"), policy);
        unknown.getSpec().setAdditionalProperty("egres", List.of());
        HasMetadata wrong =
                bound(ciliumPolicy(namespace, "egress", Map.of("endpointSelector", Map.of(), "egress", 5)), other);

        assertThatExceptionOfType(ManifestRejectedException.class)
                .isThrownBy(() -> gateway.apply(ID, unknown, OURS))
                .withMessageContaining("spec.egres");
        assertThatExceptionOfType(ManifestRejectedException.class)
                .isThrownBy(() -> gateway.apply(ID, wrong, OURS))
                .satisfies(e -> assertThat(e.causes())
                        .extracting(ManifestRejectedException.FieldCause::field)
                        .contains("spec.egress"));
    }

    private static String version(HasMetadata object) {
        return object.getMetadata().getResourceVersion();
    }
}
