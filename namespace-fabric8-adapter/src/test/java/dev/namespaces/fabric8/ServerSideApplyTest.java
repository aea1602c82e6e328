package dev.namespaces.fabric8;

import static dev.namespaces.fabric8.RealCluster.ID;
import static dev.namespaces.fabric8.RealCluster.MANAGER;
import static dev.namespaces.fabric8.RealCluster.ciliumPolicy;
import static dev.namespaces.fabric8.RealCluster.denyAll;
import static dev.namespaces.fabric8.RealCluster.labels;
import static dev.namespaces.fabric8.RealCluster.name;
import static dev.namespaces.fabric8.RealCluster.namespace;
import static dev.namespaces.fabric8.RealCluster.toEntities;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.namespaces.error.ApplyConflictException;
import dev.namespaces.error.ManifestRejectedException;
import dev.namespaces.error.PreconditionFailedException;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.spi.ApplyOptions;
import dev.namespaces.spi.ApplyOptions.Conflicts;
import dev.namespaces.spi.ApplyOptions.Extent;
import dev.namespaces.spi.ApplyResult;
import dev.namespaces.spi.ApplyResult.Effect;
import dev.namespaces.spi.CreateResult;
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
    private static final ApplyOptions WHOLE = OURS.with(Extent.WHOLE_OBJECT);

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
        gateway.create(ID, namespace(name, Map.of("changed", "1", "gone", "1", "same", "1")), MANAGER, false);

        ApplyResult applied = gateway.apply(ID, namespace(name, Map.of("changed", "2", "same", "1")), OURS);

        assertThat(applied.effect()).isEqualTo(Effect.CONFIGURED);
        assertThat(labels(applied.live()))
                .isEqualTo(Map.of("changed", "2", "same", "1", "kubernetes.io/metadata.name", name));
        assertThat(applied.live().getMetadata().getManagedFields())
                .extracting(entry -> entry.getManager() + "/" + entry.getOperation())
                .containsExactly(MANAGER + "/Apply");
    }

    @Test
    void a_key_that_a_create_has_set_is_dropped_though_nothing_else_changes() {
        String name = name("post");
        gateway.create(ID, namespace(name, Map.of("gone", "1", "same", "1")), MANAGER, false);

        ApplyResult applied = gateway.apply(ID, namespace(name, Map.of("same", "1")), OURS);

        assertThat(labels(applied.live())).doesNotContainKey("gone").containsEntry("same", "1");
    }

    @Test
    void a_dry_run_after_a_create_answers_what_the_apply_then_does() {
        String name = name("post");
        gateway.create(ID, namespace(name, Map.of("changed", "1", "gone", "1")), MANAGER, false);
        HasMetadata before = gateway.find(ID, ResourceRef.namespace(name)).orElseThrow();

        ApplyResult planned = gateway.apply(ID, namespace(name, Map.of("changed", "2")), OURS.withDryRun(true));

        assertThat(gateway.find(ID, ResourceRef.namespace(name))).contains(before);
        ApplyResult applied = gateway.apply(ID, namespace(name, Map.of("changed", "2")), OURS);
        assertThat(labels(planned.live())).isEqualTo(labels(applied.live()));
    }

    @Test
    void a_create_and_a_conflicting_label_of_somebody_else_name_only_somebody_else() {
        String name = name("post");
        gateway.create(ID, namespace(name, Map.of("ours", "1")), MANAGER, false);
        server.kubectl().run("label", "namespace", name, "theirs=1", "--field-manager=somebody");

        for (boolean dryRun : List.of(true, false)) {
            assertThatExceptionOfType(ApplyConflictException.class)
                    .isThrownBy(() -> gateway.apply(
                            ID, namespace(name, Map.of("ours", "2", "theirs", "2")), OURS.withDryRun(dryRun)))
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
        gateway.apply(ID, namespace(namespace, Map.of()), OURS);
        GenericKubernetesResource policy = ciliumPolicy(namespace, "egress", toEntities("cluster"));
        gateway.apply(ID, policy, WHOLE);
        server.kubectl()
                .run("patch", "cnp", "egress", "-n", namespace, "--type=merge", "--field-manager=somebody", "-p", """
                        {"metadata":{"labels":{"theirs":"1"}},
                         "spec":{"description":"opened","egress":[{"toEntities":["all"]}]},
                         "specs":[{"endpointSelector":{},"egress":[{"toEntities":["world"]}]}]}""");

        ApplyResult planned = gateway.apply(ID, policy, WHOLE.withDryRun(true));
        ApplyResult applied = gateway.apply(ID, policy, WHOLE);

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
        gateway.apply(ID, namespace(namespace, Map.of()), OURS);
        GenericKubernetesResource cilium = ciliumPolicy(namespace, "egress", toEntities("cluster"));
        NetworkPolicy kubernetes = denyAll(namespace, "egress");
        for (HasMetadata policy : List.of(cilium, kubernetes)) {
            gateway.apply(ID, policy, WHOLE);
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
                    gateway.apply(ID, cilium, WHOLE.withDryRun(dryRun)).live();
            NetworkPolicy other = (NetworkPolicy)
                    gateway.apply(ID, kubernetes, WHOLE.withDryRun(dryRun)).live();

            assertThat(live.getAdditionalProperties()).isEqualTo(cilium.getAdditionalProperties());
            assertThat(other.getSpec()).isEqualTo(kubernetes.getSpec());
        }
    }

    @Test
    void a_whole_object_is_not_a_licence_to_take_labels_over() {
        server.installCilium();
        String namespace = name("whole");
        gateway.apply(ID, namespace(namespace, Map.of()), OURS);
        GenericKubernetesResource policy = ciliumPolicy(namespace, "egress", toEntities("cluster"));
        gateway.apply(ID, policy, WHOLE);
        server.kubectl().run("label", "cnp", "egress", "-n", namespace, "owner=them", "--field-manager=somebody");
        policy.getMetadata().setLabels(Map.of("owner", "us"));

        assertThatExceptionOfType(ApplyConflictException.class)
                .isThrownBy(() -> gateway.apply(ID, policy, WHOLE))
                .satisfies(e -> assertThat(e.conflicts())
                        .containsExactly(
                                new ApplyConflictException.FieldConflict("somebody", ".metadata.labels.owner")));
        assertThat(labels(gateway.apply(ID, policy, WHOLE.with(Conflicts.TAKE_OVER))
                        .live()))
                .containsEntry("owner", "us");
    }

    @Test
    void a_version_that_does_not_hold_any_more_changes_nothing() {
        String name = name("version");
        Namespace first = (Namespace)
                gateway.apply(ID, namespace(name, Map.of("a", "1")), OURS).live();
        gateway.apply(ID, namespace(name, Map.of("a", "2")), OURS);
        Namespace stale = namespace(name, Map.of("a", "3"));
        stale.getMetadata().setResourceVersion(first.getMetadata().getResourceVersion());

        assertThatExceptionOfType(PreconditionFailedException.class).isThrownBy(() -> gateway.apply(ID, stale, OURS));
        assertThat(labels(gateway.find(ID, ResourceRef.namespace(name)).orElseThrow()))
                .containsEntry("a", "2");
    }

    @Test
    void a_version_or_uid_of_an_absent_object_creates_nothing() {
        String name = name("absent");
        Namespace versioned = namespace(name, Map.of());
        versioned.getMetadata().setResourceVersion("7");
        Namespace identified = namespace(name, Map.of());
        identified.getMetadata().setUid("2f26968e-7346-4c71-818f-20deca596798");

        for (Namespace manifest : List.of(versioned, identified)) {
            assertThatExceptionOfType(PreconditionFailedException.class)
                    .isThrownBy(() -> gateway.apply(ID, manifest, OURS));
        }
        assertThat(gateway.find(ID, ResourceRef.namespace(name))).isEmpty();
    }

    @Test
    void a_version_holds_through_the_passing_of_ownership_from_create_to_apply() {
        String name = name("version");
        CreateResult.Created created =
                (CreateResult.Created) gateway.create(ID, namespace(name, Map.of("a", "1", "b", "1")), MANAGER, false);
        Namespace manifest = namespace(name, Map.of("a", "2"));
        manifest.getMetadata().setResourceVersion(created.live().getMetadata().getResourceVersion());

        assertThat(labels(gateway.apply(ID, manifest, OURS).live()))
                .containsEntry("a", "2")
                .doesNotContainKey("b");
        assertThatExceptionOfType(PreconditionFailedException.class)
                .isThrownBy(() -> gateway.apply(ID, manifest, OURS));
    }

    @Test
    void a_plan_for_a_namespace_that_is_only_planned_is_checked_for_its_fields_and_not_for_its_values() {
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
        gateway.apply(ID, namespace(namespace, Map.of()), OURS);
        HasMetadata unknown = denyAll(namespace, "unknown");
        ((NetworkPolicy) unknown).getSpec().setAdditionalProperty("egres", List.of());
        HasMetadata wrong = ciliumPolicy(namespace, "wrong", Map.of("endpointSelector", Map.of(), "egress", 5));

        assertThatExceptionOfType(ManifestRejectedException.class)
                .isThrownBy(() -> gateway.apply(ID, unknown, OURS))
                .withMessageContaining("spec.egres");
        assertThatExceptionOfType(ManifestRejectedException.class)
                .isThrownBy(() -> gateway.apply(ID, wrong, OURS))
                .satisfies(e -> assertThat(e.causes())
                        .extracting(ManifestRejectedException.FieldCause::field)
                        .contains("spec.egress"));
    }
}
