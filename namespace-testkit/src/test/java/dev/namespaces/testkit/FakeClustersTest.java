package dev.namespaces.testkit;

import static dev.namespaces.testkit.Kubernetes.bound;
import static dev.namespaces.testkit.Kubernetes.configMap;
import static dev.namespaces.testkit.Kubernetes.namespace;
import static dev.namespaces.testkit.Kubernetes.put;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.tuple;

import dev.namespaces.error.ApplyConflictException;
import dev.namespaces.error.KindNotServedException;
import dev.namespaces.error.ListExpiredException;
import dev.namespaces.error.ManifestRejectedException;
import dev.namespaces.error.NamespaceTerminatingException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.DeletionCondition;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.spi.ApplyOptions;
import dev.namespaces.spi.ApplyOptions.Conflicts;
import dev.namespaces.spi.ApplyResult;
import dev.namespaces.spi.CreateOptions;
import dev.namespaces.spi.CreateResult;
import dev.namespaces.spi.DeleteResult;
import dev.namespaces.spi.ListQuery;
import dev.namespaces.spi.ObjectPage;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ManagedFieldsEntry;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FakeClustersTest {

    private static final ClusterId EU = new ClusterId("eu-1");
    private static final ClusterId US = new ClusterId("us-1");
    private static final ApplyOptions OURS = ApplyOptions.as("ours");
    private static final ResourceRef SHOP = ResourceRef.namespace("shop");
    private static final ResourceRef SETTINGS = new ResourceRef("v1", "ConfigMap", "shop", "settings");

    private final FakeClusters clusters = FakeClusters.of("eu-1", "us-1");
    private final FakeCluster eu = clusters.cluster("eu-1");

    @Test
    void clusters_share_nothing() {
        put(clusters, EU, namespace("shop"));

        assertThat(eu.find(SHOP)).isPresent();
        assertThat(clusters.cluster(US).find(SHOP)).isEmpty();
    }

    @Test
    void a_cluster_that_was_not_named_is_unknown_unless_any_is_known() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> clusters.cluster("mars"))
                .withMessageContainingAll("mars", "eu-1", "us-1");
        assertThat(FakeClusters.any().cluster("mars").id()).isEqualTo(new ClusterId("mars"));
    }

    @Test
    void objects_are_returned_by_kind_namespace_and_name() {
        put(clusters, EU, namespace("shop"));
        put(clusters, EU, namespace("app"));
        put(clusters, EU, configMap("shop", "b"));
        put(clusters, EU, configMap("shop", "a"));

        assertThat(eu.objects())
                .extracting(object -> ResourceRef.of(object).toString())
                .containsExactly("ConfigMap shop/a", "ConfigMap shop/b", "Namespace app", "Namespace shop");
        assertThat(eu.objects("Namespace")).hasSize(2);
    }

    @Test
    void fields_of_a_create_belong_to_an_update_until_the_first_apply() {
        HasMetadata created = Kubernetes.created(clusters, EU, namespace("shop", Map.of("team", "shop")));
        assertThat(created.getMetadata().getManagedFields())
                .extracting(ManagedFieldsEntry::getOperation)
                .containsExactly("Update");

        HasMetadata applied = put(clusters, EU, namespace("shop", Map.of("team", "shop")));
        assertThat(applied.getMetadata().getManagedFields())
                .extracting(ManagedFieldsEntry::getOperation)
                .containsExactly("Apply");
    }

    @Test
    void a_dry_run_in_an_absent_namespace_returns_the_manifest_only() {
        CreateResult result = clusters.create(
                EU, configMap("shop", "settings"), CreateOptions.as("ours").withDryRun(true));

        assertThat(((CreateResult.Created) result).live().getMetadata().getUid())
                .isNull();
    }

    @Test
    void unchanged_is_a_dry_run_that_would_only_add_an_owner() {
        HasMetadata live = put(clusters, EU, namespace("shop", Map.of("team", "shop")));

        ApplyResult result = clusters.apply(
                EU,
                bound(namespace("shop", Map.of("team", "shop")), live),
                ApplyOptions.as("other").withDryRun(true));

        assertThat(result.effect()).isEqualTo(ApplyResult.Effect.UNCHANGED);
    }

    @Test
    void invalid_values_are_listed_together_with_another_uid() {
        HasMetadata live = put(clusters, EU, namespace("shop"));
        HasMetadata manifest = bound(namespace("shop", Map.of("team", "not valid")), live);
        manifest.getMetadata().setUid("00000000-0000-4000-8000-000000000000");

        assertThatExceptionOfType(ManifestRejectedException.class)
                .isThrownBy(() -> clusters.apply(EU, manifest, OURS))
                .satisfies(rejected -> assertThat(rejected.causes())
                        .extracting(ManifestRejectedException.FieldCause::field)
                        .containsExactlyInAnyOrder("metadata.labels", "metadata.uid"));
    }

    @Test
    void every_returned_object_is_a_copy() {
        HasMetadata live = put(clusters, EU, namespace("shop"));

        live.getMetadata().setUid("changed");
        eu.find(SHOP).orElseThrow().getMetadata().setUid("changed");

        assertThat(eu.find(SHOP).orElseThrow().getMetadata().getUid()).isNotEqualTo("changed");
    }

    @Test
    void objects_are_of_their_model_class_where_there_is_one() {
        put(clusters, EU, namespace("shop"));
        GenericKubernetesResource policy = policy(Map.of("endpointSelector", Map.of(), "egress", List.of()));
        put(clusters, EU, policy);

        assertThat(clusters.find(EU, SHOP)).containsInstanceOf(Namespace.class);
        assertThat(clusters.find(EU, ResourceRef.of(policy))).containsInstanceOf(GenericKubernetesResource.class);
    }

    @Test
    void the_times_of_objects_are_those_of_the_clock() {
        Instant now = Instant.parse("2026-03-01T10:00:00Z");
        FakeClusters clusters = FakeClusters.of(Clock.fixed(now, ZoneOffset.UTC), "eu-1");

        HasMetadata live = put(clusters, EU, namespace("shop"));
        Kubernetes.delete(clusters, EU, SHOP);

        assertThat(live.getMetadata().getCreationTimestamp()).isEqualTo("2026-03-01T10:00:00Z");
        assertThat(clusters.find(EU, SHOP).orElseThrow().getMetadata().getDeletionTimestamp())
                .isEqualTo("2026-03-01T10:00:00Z");
    }

    @Test
    void an_edited_field_belongs_to_the_user_who_edited_it() {
        put(clusters, EU, namespace("shop", Map.of("team", "a")));

        eu.as("kubectl").label(SHOP, "team", "b");

        assertThatExceptionOfType(ApplyConflictException.class)
                .isThrownBy(() -> put(clusters, EU, namespace("shop", Map.of("team", "a"))))
                .withMessageContaining("kubectl");
        put(clusters, EU, namespace("shop"));
        assertThat(eu.find(SHOP).orElseThrow().getMetadata().getLabels()).containsEntry("team", "b");
    }

    @Test
    void a_field_that_a_user_removed_belongs_to_the_next_apply() {
        put(clusters, EU, namespace("shop", Map.of("team", "a")));

        eu.as("kubectl").removeLabel(SHOP, "team");
        assertThat(eu.find(SHOP).orElseThrow().getMetadata().getLabels()).doesNotContainKey("team");

        put(clusters, EU, namespace("shop", Map.of("team", "a")));
        assertThat(eu.find(SHOP).orElseThrow().getMetadata().getLabels()).containsEntry("team", "a");
    }

    @Test
    void a_policy_can_be_edited_in_place() {
        put(clusters, EU, namespace("shop"));
        GenericKubernetesResource policy = policy(Map.of("endpointSelector", Map.of(), "egress", List.of(Map.of())));
        put(clusters, EU, policy);

        eu.as("kubectl")
                .edit(
                        ResourceRef.of(policy),
                        object -> Manifests.child(object, "spec")
                                .put("egress", List.of(Map.of("toEntities", List.of("all")))));

        assertThat(Manifests.tree(eu.find(ResourceRef.of(policy)).orElseThrow()).get("spec"))
                .isEqualTo(
                        Map.of("endpointSelector", Map.of(), "egress", List.of(Map.of("toEntities", List.of("all")))));
        assertThatExceptionOfType(ApplyConflictException.class)
                .isThrownBy(() -> put(clusters, EU, policy))
                .withMessageContaining(".spec.egress");
    }

    @Test
    void an_edit_is_validated_and_needs_an_object() {
        eu.as("kubectl").createNamespace("shop");

        assertThatExceptionOfType(ManifestRejectedException.class)
                .isThrownBy(() -> eu.as("kubectl").label(SHOP, "team", "not a value"));
        assertThat(eu.find(SHOP).orElseThrow().getMetadata().getLabels()).doesNotContainKey("team");
        assertThatIllegalStateException()
                .isThrownBy(() -> eu.as("kubectl").label(SETTINGS, "team", "a"))
                .withMessageContainingAll("ConfigMap shop/settings", "eu-1");
        assertThatIllegalStateException()
                .isThrownBy(() -> eu.as("kubectl").createNamespace("shop"))
                .withMessageContaining("Namespace shop");
    }

    @Test
    void the_owner_of_each_field_is_in_the_managed_fields() {
        eu.as("kubectl").createNamespace("shop", Map.of("cost-center", "42"));

        HasMetadata live = put(clusters, EU, namespace("shop", Map.of("team", "a")));

        assertThat(live.getMetadata().getManagedFields())
                .extracting(
                        ManagedFieldsEntry::getManager,
                        ManagedFieldsEntry::getOperation,
                        entry -> entry.getFieldsV1().getAdditionalProperties())
                .containsExactly(
                        tuple(
                                "kubectl",
                                "Update",
                                Map.of(
                                        "f:metadata",
                                        Map.of(
                                                "f:labels",
                                                Map.of(
                                                        ".",
                                                        Map.of(),
                                                        "f:cost-center",
                                                        Map.of(),
                                                        "f:kubernetes.io/metadata.name",
                                                        Map.of())))),
                        tuple("ours", "Apply", Map.of("f:metadata", Map.of("f:labels", Map.of("f:team", Map.of())))));
    }

    @Test
    void an_update_still_owns_a_map_whose_fields_were_taken_over() {
        put(clusters, EU, namespace("shop"));
        GenericKubernetesResource policy = policy(Map.of("egress", List.of(Map.of())));
        clusters.create(EU, policy, CreateOptions.as("other"));
        HasMetadata live = eu.find(ResourceRef.of(policy)).orElseThrow();
        policy.setAdditionalProperty("spec", Map.of("egress", List.of()));

        HasMetadata taken = clusters.apply(EU, bound(policy, live), OURS.withConflicts(Conflicts.TAKE_OVER))
                .live();

        assertThat(taken.getMetadata().getManagedFields())
                .filteredOn(entry -> entry.getManager().equals("other"))
                .extracting(entry -> entry.getFieldsV1().getAdditionalProperties())
                .containsExactly(Map.of("f:spec", Map.of()));
    }

    @Test
    void fields_of_a_create_move_to_the_apply_although_it_is_rejected() {
        HasMetadata created = Kubernetes.created(clusters, EU, namespace("shop", Map.of("team", "a")));
        HasMetadata rejected = bound(namespace("shop", Map.of("team", "not valid")), created);

        assertThatExceptionOfType(ManifestRejectedException.class).isThrownBy(() -> clusters.apply(EU, rejected, OURS));

        HasMetadata live = eu.find(SHOP).orElseThrow();
        assertThat(live.getMetadata().getLabels()).containsEntry("team", "a");
        assertThat(live.getMetadata().getResourceVersion())
                .isNotEqualTo(created.getMetadata().getResourceVersion());
        assertThat(live.getMetadata().getManagedFields())
                .extracting(ManagedFieldsEntry::getOperation)
                .containsExactly("Apply");
    }

    @Test
    void finalizers_are_a_set_in_which_each_has_its_owner() {
        eu.as("kubectl").createNamespace("shop");
        HasMetadata ours = configMap("shop", "settings");
        ours.getMetadata().setFinalizers(List.of("example.com/ours"));
        put(clusters, EU, ours);

        eu.as("kubectl").addFinalizer(SETTINGS, "example.com/theirs");
        put(clusters, EU, ours);
        assertThat(eu.find(SETTINGS).orElseThrow().getFinalizers())
                .containsExactlyInAnyOrder("example.com/ours", "example.com/theirs");

        put(clusters, EU, configMap("shop", "settings"));
        assertThat(eu.find(SETTINGS).orElseThrow().getFinalizers()).containsExactly("example.com/theirs");
    }

    @Test
    void a_deleted_object_is_gone_with_its_last_finalizer() {
        eu.as("kubectl").createNamespace("shop");
        put(clusters, EU, configMap("shop", "settings"));
        eu.as("operator").addFinalizer(SETTINGS, "example.com/hold");
        assertThat(eu.as("kubectl").delete(SETTINGS)).isEqualTo(DeleteResult.ACCEPTED);
        assertThat(eu.find(SETTINGS)).isPresent();

        eu.as("operator").removeFinalizer(SETTINGS, "example.com/hold");

        assertThat(eu.find(SETTINGS)).isEmpty();
        assertThat(eu.as("kubectl").delete(SETTINGS)).isEqualTo(DeleteResult.GONE);
    }

    @Test
    void a_deleted_namespace_stays_terminating_until_the_test_says_so() {
        put(clusters, EU, namespace("shop"));
        put(clusters, EU, configMap("shop", "settings"));

        delete(SHOP);
        assertThat(eu.find(SHOP).orElseThrow().isMarkedForDeletion()).isTrue();
        assertThat(eu.find(SETTINGS)).isPresent();

        assertThat(eu.finishDeletion("shop")).isEmpty();
        assertThat(eu.objects()).isEmpty();
        assertThatIllegalStateException()
                .isThrownBy(() -> eu.finishDeletion("shop"))
                .withMessageContaining("shop");
    }

    @Test
    void a_finalizer_of_an_object_holds_its_namespace_which_says_so() {
        put(clusters, EU, namespace("shop"));
        put(clusters, EU, configMap("shop", "settings"));
        eu.as("operator").addFinalizer(SETTINGS, "example.com/hold");
        delete(SHOP);

        List<DeletionCondition> conditions = eu.finishDeletion("shop");

        assertThat(conditions)
                .extracting(DeletionCondition::toString)
                .containsExactly(
                        "NamespaceContentRemaining: Some resources are remaining: configmaps. has 1 resource instances",
                        "NamespaceFinalizersRemaining: Some content in the namespace has finalizers remaining: "
                                + "example.com/hold in 1 resource instances");
        assertThatExceptionOfType(NamespaceTerminatingException.class)
                .isThrownBy(() -> put(clusters, EU, configMap("shop", "other")))
                .satisfies(e -> assertThat(e.conditions()).isEqualTo(conditions));

        eu.as("operator").removeFinalizer(SETTINGS, "example.com/hold");
        assertThat(eu.finishDeletion("shop")).isEmpty();
        assertThat(eu.find(SHOP)).isEmpty();
    }

    @Test
    void a_finalizer_of_a_namespace_holds_it_after_its_objects_are_gone() {
        put(clusters, EU, namespace("shop"));
        put(clusters, EU, configMap("shop", "settings"));
        eu.as("operator").addFinalizer(SHOP, "example.com/hold");
        delete(SHOP);

        eu.finishDeletion("shop");
        assertThat(eu.find(SETTINGS)).isEmpty();
        assertThat(eu.find(SHOP)).isPresent();

        eu.as("operator").removeFinalizer(SHOP, "example.com/hold");
        assertThat(eu.find(SHOP)).isEmpty();
    }

    @Test
    void the_conditions_of_a_deletion_can_be_set_by_a_test() {
        put(clusters, EU, namespace("shop"));
        delete(SHOP);
        DeletionCondition condition = new DeletionCondition(
                "NamespaceDeletionDiscoveryFailure", "DiscoveryFailed", "metrics.k8s.io/v1beta1: stale GroupVersion");

        eu.reportDeletion("shop", condition);

        assertThatExceptionOfType(NamespaceTerminatingException.class)
                .isThrownBy(() -> clusters.create(EU, configMap("shop", "settings"), CreateOptions.as("ours")))
                .satisfies(e -> assertThat(e.conditions()).containsExactly(condition));
        assertThatIllegalStateException().isThrownBy(() -> eu.reportDeletion("absent", condition));
    }

    @Test
    void namespaces_can_be_gone_at_once() {
        FakeClusters clusters = FakeClusters.any().finishingDeletionsAtOnce();
        put(clusters, EU, namespace("shop"));
        put(clusters, EU, configMap("shop", "settings"));

        Kubernetes.delete(clusters, EU, SHOP);

        assertThat(clusters.cluster(EU).objects()).isEmpty();
    }

    @Test
    void a_namespace_that_is_deleted_at_once_still_waits_for_finalizers() {
        clusters.finishingDeletionsAtOnce();
        put(clusters, EU, namespace("shop"));
        put(clusters, EU, configMap("shop", "settings"));
        eu.as("operator").addFinalizer(SETTINGS, "example.com/hold");

        delete(SHOP);
        assertThat(eu.find(SHOP).orElseThrow().isMarkedForDeletion()).isTrue();

        eu.as("operator").removeFinalizer(SETTINGS, "example.com/hold");
        assertThat(eu.objects()).isEmpty();
    }

    @Test
    void waiting_deletions_end_once_namespaces_are_deleted_at_once() {
        put(clusters, EU, namespace("shop"));
        delete(SHOP);

        clusters.finishingDeletionsAtOnce();

        assertThat(eu.find(SHOP)).isEmpty();
    }

    @Test
    void the_objects_of_a_kind_that_is_no_longer_served_are_gone() {
        put(clusters, EU, namespace("shop"));
        GenericKubernetesResource policy = policy(Map.of("endpointSelector", Map.of()));
        put(clusters, EU, policy);

        eu.stopServing("cilium.io/v2", "CiliumNetworkPolicy");

        assertThat(clusters.serves(EU, "cilium.io/v2", "CiliumNetworkPolicy")).isFalse();
        assertThat(clusters.serves(US, "cilium.io/v2", "CiliumNetworkPolicy")).isTrue();
        assertThat(clusters.find(EU, ResourceRef.of(policy))).isEmpty();
        assertThatExceptionOfType(KindNotServedException.class).isThrownBy(() -> put(clusters, EU, policy));
    }

    @Test
    void a_custom_kind_can_be_served() {
        GenericKubernetesResource tenant = new GenericKubernetesResource();
        tenant.setApiVersion("example.com/v1");
        tenant.setKind("Tenant");
        tenant.setMetadata(new ObjectMetaBuilder().withName("acme").build());

        eu.serve("example.com/v1", "Tenant", false);

        assertThat(clusters.create(EU, tenant, CreateOptions.as("ours"))).isInstanceOf(CreateResult.Created.class);
    }

    @Test
    void a_manifest_of_the_wrong_scope_is_rejected() {
        HasMetadata namespaced = namespace("shop");
        namespaced.getMetadata().setNamespace("other");

        assertThatExceptionOfType(ManifestRejectedException.class).isThrownBy(() -> put(clusters, EU, namespaced));
        assertThatExceptionOfType(ManifestRejectedException.class)
                .isThrownBy(() -> put(clusters, EU, configMap(null, "settings")));
    }

    @Test
    void a_test_can_have_the_api_server_warn() {
        eu.warnAbout(manifest -> manifest.getMetadata().getName().equals("shop"), "mind the gap");

        assertThat(warnings(namespace("shop"))).containsExactly("mind the gap");
        assertThat(warnings(namespace("other"))).isEmpty();
    }

    @Test
    void a_generation_counts_changes_outside_of_the_metadata() {
        put(clusters, EU, namespace("shop"));
        GenericKubernetesResource policy = policy(Map.of("endpointSelector", Map.of()));
        assertThat(put(clusters, EU, policy).getMetadata().getGeneration()).isEqualTo(1);

        eu.as("kubectl").label(ResourceRef.of(policy), "team", "a");
        assertThat(eu.find(ResourceRef.of(policy)).orElseThrow().getMetadata().getGeneration())
                .isEqualTo(1);

        policy.setAdditionalProperty("spec", Map.of("endpointSelector", Map.of(), "egress", List.of()));
        assertThat(put(clusters, EU, policy).getMetadata().getGeneration()).isEqualTo(2);
    }

    @Test
    void an_empty_list_of_a_network_policy_is_never_stored() {
        put(clusters, EU, namespace("shop"));
        GenericKubernetesResource policy = policy(
                Map.of("podSelector", Map.of(), "egress", List.of(), "ingress", List.of(Map.of("from", List.of()))));
        policy.setApiVersion("networking.k8s.io/v1");
        policy.setKind("NetworkPolicy");
        Map<String, Object> stored = Map.of("podSelector", Map.of(), "ingress", List.of(Map.of()));
        ResourceRef resource = ResourceRef.of(policy);

        put(clusters, EU, policy);
        assertThat(spec(resource)).isEqualTo(stored);

        put(clusters, EU, policy);
        assertThat(spec(resource)).isEqualTo(stored);

        eu.as("kubectl")
                .edit(resource, object -> Manifests.child(object, "spec").put("egress", new ArrayList<>()));
        assertThat(spec(resource)).isEqualTo(stored);
    }

    @Test
    void an_empty_list_that_is_never_stored_conflicts_with_the_list_of_another() {
        put(clusters, EU, namespace("shop"));
        GenericKubernetesResource policy = policy(Map.of("podSelector", Map.of(), "egress", List.of(Map.of())));
        policy.setApiVersion("networking.k8s.io/v1");
        policy.setKind("NetworkPolicy");
        clusters.create(EU, policy, CreateOptions.as("other"));
        HasMetadata live = eu.find(ResourceRef.of(policy)).orElseThrow();
        policy.setAdditionalProperty("spec", Map.of("podSelector", Map.of(), "egress", List.of()));

        assertThatExceptionOfType(ApplyConflictException.class)
                .isThrownBy(() -> clusters.apply(EU, bound(policy, live), OURS))
                .satisfies(conflict -> assertThat(conflict.conflicts())
                        .extracting(ApplyConflictException.FieldConflict::field)
                        .containsExactly(".spec.egress"));
    }

    @Test
    void the_empty_list_of_a_custom_kind_is_stored() {
        put(clusters, EU, namespace("shop"));
        GenericKubernetesResource policy = policy(Map.of("endpointSelector", Map.of(), "egress", List.of()));

        put(clusters, EU, policy);

        assertThat(spec(ResourceRef.of(policy))).isEqualTo(Map.of("endpointSelector", Map.of(), "egress", List.of()));
    }

    @Test
    void a_page_of_a_list_can_be_asked_for_again() {
        for (String name : List.of("a", "b", "c")) {
            put(clusters, EU, namespace(name));
        }
        ListQuery query = ListQuery.of("v1", "Namespace", Map.of()).withLimit(1);
        String token = clusters.list(EU, query).continueToken();

        assertThat(names(clusters.list(EU, query.withContinueToken(token)))).containsExactly("b");
        assertThat(names(clusters.list(EU, query.withContinueToken(token).withLimit(5))))
                .containsExactly("b", "c");
    }

    @Test
    void a_token_is_unknown_to_another_list_and_to_another_cluster() {
        put(clusters, EU, namespace("a"));
        put(clusters, EU, namespace("b"));
        ListQuery query = ListQuery.of("v1", "Namespace", Map.of()).withLimit(1);
        String token = clusters.list(EU, query).continueToken();

        for (String unknown : List.of("", "no token", "99:1")) {
            assertThatExceptionOfType(ListExpiredException.class)
                    .isThrownBy(() -> clusters.list(EU, query.withContinueToken(unknown)));
        }
        assertThatExceptionOfType(ListExpiredException.class)
                .isThrownBy(() -> clusters.list(US, query.withContinueToken(token)));
    }

    @Test
    void a_listed_object_is_a_copy() {
        put(clusters, EU, namespace("a"));
        put(clusters, EU, namespace("b"));
        ListQuery first = ListQuery.of("v1", "Namespace", Map.of()).withLimit(1);
        ListQuery second = first.withContinueToken(clusters.list(EU, first).continueToken());

        clusters.list(EU, second).items().get(0).getMetadata().setName("changed");

        assertThat(names(clusters.list(EU, second))).containsExactly("b");
    }

    @Test
    void an_old_token_expires_after_a_hundred_further_lists() {
        put(clusters, EU, namespace("a"));
        put(clusters, EU, namespace("b"));
        ListQuery query = ListQuery.of("v1", "Namespace", Map.of()).withLimit(1);
        ListQuery next = query.withContinueToken(clusters.list(EU, query).continueToken());
        for (int i = 0; i < 99; i++) {
            clusters.list(EU, query);
        }
        assertThat(names(clusters.list(EU, next))).containsExactly("b");

        clusters.list(EU, query);

        assertThatExceptionOfType(ListExpiredException.class).isThrownBy(() -> clusters.list(EU, next));
    }

    @Test
    void a_dry_run_is_sent_although_nothing_may_be_written() {
        ApplyOptions options = OURS.withDryRun(true).withMaySend(() -> false);

        assertThat(clusters.apply(EU, namespace("shop"), options).effect()).isEqualTo(ApplyResult.Effect.CREATED);
        assertThat(clusters.create(
                        EU,
                        namespace("shop"),
                        CreateOptions.as("ours").withDryRun(true).withMaySend(() -> false)))
                .isInstanceOf(CreateResult.Created.class);
        assertThat(eu.objects()).isEmpty();
    }

    @Test
    void an_unbound_apply_is_refused_with_the_object_that_it_is_for() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> clusters.apply(EU, namespace("shop"), OURS))
                .withMessageContainingAll("Namespace shop", "uid", "resourceVersion");
    }

    private Object spec(ResourceRef resource) {
        return Manifests.tree(eu.find(resource).orElseThrow()).get("spec");
    }

    private static List<String> names(ObjectPage page) {
        return page.items().stream().map(item -> item.getMetadata().getName()).toList();
    }

    private List<String> warnings(HasMetadata manifest) {
        put(clusters, EU, manifest);
        HasMetadata live = clusters.find(EU, ResourceRef.of(manifest)).orElseThrow();
        return clusters.apply(EU, bound(manifest, live), OURS).warnings();
    }

    private void delete(ResourceRef resource) {
        assertThat(Kubernetes.delete(clusters, EU, resource)).isEqualTo(DeleteResult.ACCEPTED);
    }

    private static GenericKubernetesResource policy(Map<String, Object> spec) {
        GenericKubernetesResource policy = new GenericKubernetesResource();
        policy.setApiVersion("cilium.io/v2");
        policy.setKind("CiliumNetworkPolicy");
        policy.setMetadata(
                new ObjectMetaBuilder().withNamespace("shop").withName("egress").build());
        policy.setAdditionalProperty("spec", spec);
        return policy;
    }
}
