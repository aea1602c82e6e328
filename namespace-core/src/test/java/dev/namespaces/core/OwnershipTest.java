package dev.namespaces.core;

import static dev.namespaces.core.Platform.EU;
import static dev.namespaces.core.Platform.US;
import static dev.namespaces.testkit.TestData.anEgressPolicy;
import static dev.namespaces.testkit.TestData.anEnvironment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.namespaces.core.adopt.AdoptionPlan;
import dev.namespaces.core.adopt.ReleaseIncompleteException;
import dev.namespaces.core.adopt.ReleaseReport;
import dev.namespaces.core.adopt.ReleaseReport.Outcome;
import dev.namespaces.core.delete.DeletionIncompleteException;
import dev.namespaces.core.delete.DeletionPlan;
import dev.namespaces.core.delete.DeletionPlan.Deletion;
import dev.namespaces.core.delete.DeletionPlanUnusableException;
import dev.namespaces.core.delete.Orphan;
import dev.namespaces.core.delete.PlanOptions;
import dev.namespaces.core.deploy.AdoptionPolicy;
import dev.namespaces.core.deploy.DeployOptions;
import dev.namespaces.core.deploy.DeploymentFailedException;
import dev.namespaces.core.deploy.DeploymentReport;
import dev.namespaces.core.deploy.LeftBehind;
import dev.namespaces.core.ensure.EnsureOptions;
import dev.namespaces.core.render.LabelScheme;
import dev.namespaces.core.request.NamespaceRequest;
import dev.namespaces.error.DeploymentInProgressException;
import dev.namespaces.error.NamespaceNotOursException;
import dev.namespaces.error.NamespaceOwnedByOtherException;
import dev.namespaces.model.Environment;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.Origin;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.model.Target;
import dev.namespaces.model.TargetObject;
import dev.namespaces.spi.DeploymentLock.Lease;
import dev.namespaces.testkit.Failure;
import dev.namespaces.testkit.FakeCluster;
import dev.namespaces.testkit.Faults.Fault;
import dev.namespaces.testkit.GatewayCall;
import dev.namespaces.testkit.RecordedCall;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.assertj.core.groups.Tuple;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Adoption, release, take-over, orphans and the label domain. */
@Timeout(90)
class OwnershipTest {

    private static final Duration LONG = Duration.ofSeconds(20);
    private static final DeployOptions NEVER = DeployOptions.defaults().withAdoption(AdoptionPolicy.NEVER);
    private static final DeployOptions CLAIMED = DeployOptions.defaults().withAdoption(AdoptionPolicy.CLAIMED);
    private static final ResourceRef WEB = ResourceRef.namespace("shop-web");

    private final Platform platform = new Platform();
    private final NamespaceLifecycle lifecycle = platform.lifecycle;
    private final Environment dev =
            platform.environment(anEnvironment().id("shop-dev").clusters("eu-1").build());
    private final Namespace web = platform.namespace(dev, "shop-web");

    @AfterEach
    void close() {
        platform.clusters.faults().clear();
        platform.close();
    }

    // Adoption

    @Test
    void a_namespace_that_others_created_is_refused_before_any_write() {
        kubectl().createNamespace("shop-web", Map.of("app.kubernetes.io/managed-by", "Helm"));

        assertThat(cause(() -> lifecycle.deploy(dev.id(), NEVER))).isInstanceOf(NamespaceNotOursException.class);

        assertThat(platform.gateway.calls(GatewayCall.Apply.class)).isEmpty();
        assertThat(platform.labels(EU, "shop-web")).doesNotContainKey("namespaces.dev/environment");
        assertThat(platform.clusters.cluster(EU).find(platform.policy("shop-web")))
                .isEmpty();
    }

    @Test
    void the_initializer_does_not_fence_what_others_created() {
        kubectl().createNamespace("shop-web");
        try (NamespaceLifecycle careful =
                platform.builder().adoption(AdoptionPolicy.NEVER).build()) {
            assertThatThrownBy(() -> careful.initializer().beforeApply(EU, "shop-web"))
                    .isInstanceOf(DeploymentFailedException.class);
        }
        assertThat(platform.clusters.cluster(EU).find(platform.policy("shop-web")))
                .isEmpty();
    }

    @Test
    void a_namespace_is_adopted_if_its_owner_names_the_environment() {
        kubectl().createNamespace("shop-web");
        kubectl().annotate(WEB, "namespaces.dev/adopt-for", "shop-prod");
        assertThat(cause(() -> lifecycle.deploy(dev.id(), CLAIMED))).isInstanceOf(NamespaceNotOursException.class);

        kubectl().annotate(WEB, "namespaces.dev/adopt-for", "shop-dev");
        lifecycle.deploy(dev.id(), CLAIMED);

        assertThat(origin(dev, "shop-web")).isEqualTo(Origin.ADOPTED);
    }

    @Test
    void a_namespace_that_our_ensure_created_is_adopted_always_and_never_deleted() {
        lifecycle.ensureNamespaceExists(EU, "shop-web", EnsureOptions.defaults());

        lifecycle.deploy(dev.id(), NEVER);

        assertThat(origin(dev, "shop-web")).isEqualTo(Origin.ADOPTED);
        assertThat(lifecycle.planDeletion(dev.id()).deletions()).isEmpty();
    }

    @Test
    void the_managed_by_label_alone_does_not_make_a_namespace_ensured() {
        kubectl().createNamespace("shop-web", Map.of("app.kubernetes.io/managed-by", "namespaces.dev"));

        assertThat(cause(() -> lifecycle.deploy(dev.id(), NEVER))).isInstanceOf(NamespaceNotOursException.class);
    }

    @Test
    void an_ensured_namespace_that_others_created_again_is_not_adopted() {
        lifecycle.ensureNamespaceExists(EU, "shop-web", EnsureOptions.defaults());
        platform.clusters.finishingDeletionsAtOnce();
        kubectl().delete(WEB);
        kubectl().createNamespace("shop-web", Map.of("app.kubernetes.io/managed-by", "namespaces.dev"));

        assertThat(cause(() -> lifecycle.deploy(dev.id(), NEVER))).isInstanceOf(NamespaceNotOursException.class);
    }

    @Test
    void an_adopted_namespace_with_a_copied_nonce_never_becomes_created() {
        kubectl().createNamespace("shop-web");
        lifecycle.deploy(dev.id());
        kubectl().annotate(WEB, "namespaces.dev/created", row(dev, "shop-web").createNonce());

        lifecycle.deploy(dev.id(), DeployOptions.defaults().withRewriteAll(true));

        assertThat(origin(dev, "shop-web")).isEqualTo(Origin.ADOPTED);
        assertThat(lifecycle.planDeletion(dev.id()).deletions()).isEmpty();
    }

    @Test
    void a_create_that_died_twice_before_its_record_is_recognized_by_its_nonce() {
        for (int i = 0; i < 2; i++) {
            Fault crash = platform.clusters
                    .faults()
                    .on(call -> call instanceof GatewayCall.Create || call instanceof GatewayCall.Apply)
                    .once()
                    .loseAnswer(Failure.crash());
            assertThat(catchThrowable(() -> lifecycle.deploy(dev.id(), NEVER))).isNotNull();
            crash.remove();
        }
        platform.namespace(dev, "shop-api");
        kubectl().createNamespace("shop-api");
        kubectl()
                .annotate(
                        ResourceRef.namespace("shop-api"),
                        "namespaces.dev/created",
                        platform.live(EU, "shop-web")
                                .getMetadata()
                                .getAnnotations()
                                .get("namespaces.dev/created"));

        assertThat(cause(() -> lifecycle.deploy(dev.id(), NEVER))).isInstanceOf(NamespaceNotOursException.class);

        assertThat(origin(dev, "shop-web")).isEqualTo(Origin.CREATED);
        assertThat(row(dev, "shop-api").identity()).isNull();
        assertThat(lifecycle.planDeletion(dev.id()).deletions())
                .extracting(deletion -> deletion.namespace().name())
                .containsExactly("shop-web");
    }

    @Test
    void an_adoption_is_planned_without_a_write() {
        kubectl().createNamespace("shop-web", Map.of("team", "storefront"));
        kubectl().annotate(WEB, "namespaces.dev/adopt-for", "shop-dev");
        platform.policies.save(
                anEgressPolicy().ofProject(dev.projectId().value()).denyingAll().build());
        Map<String, Object> before = platform.standing();

        AdoptionPlan plan = lifecycle.planAdoption(dev.id());

        assertThat(plan.candidates()).singleElement().satisfies(candidate -> {
            assertThat(candidate.namespace()).isEqualTo(web);
            assertThat(candidate.labels()).containsEntry("team", "storefront");
            assertThat(candidate.fieldManagers()).contains("kubectl");
            assertThat(candidate.consentsTo()).isEqualTo("shop-dev");
            assertThat(candidate.isEnsured()).isFalse();
            assertThat(candidate.policies()).isEmpty();
            assertThat(candidate.egressChanges()).isNotEmpty().allMatch(sentence -> sentence.startsWith("loses "));
        });
        assertThat(platform.standing()).isEqualTo(before);
        assertThat(platform.gateway.calls()).extracting(RecordedCall::call).noneMatch(GatewayCall::writes);
        assertThat(row(dev, "shop-web")).isNull();
    }

    @Test
    void pods_that_another_policy_restricts_already_lose_nothing() {
        kubectl().createNamespace("shop-web");
        kubectl().create(parsed("""
                        apiVersion: networking.k8s.io/v1
                        kind: NetworkPolicy
                        metadata: {name: theirs, namespace: shop-web}
                        spec: {podSelector: {}, policyTypes: [Egress], egress: []}
                        """));

        assertThat(lifecycle.planAdoption(dev.id()).candidates())
                .singleElement()
                .satisfies(candidate -> {
                    assertThat(candidate.policies())
                            .extracting(ResourceRef::name)
                            .containsExactly("theirs");
                    assertThat(candidate.egressChanges()).isEmpty();
                });
    }

    @Test
    void our_own_namespaces_and_silent_clusters_are_no_candidates() {
        lifecycle.deploy(dev.id());
        assertThat(lifecycle.planAdoption(dev.id()).candidates()).isEmpty();

        platform.clusters.faults().on(call -> true).fail(Failure.unreachable());
        assertThat(lifecycle.planAdoption(dev.id()).unreachable())
                .extracting(DeletionPlan.Unreachable::cluster)
                .containsExactly(EU);
    }

    // Release

    @Test
    void an_adopted_namespace_is_released_as_it_was_before() {
        kubectl().createNamespace("shop-web", Map.of("team", "storefront", "app.kubernetes.io/managed-by", "Helm"));
        kubectl().annotate(WEB, "example.com/owner", "alice");
        HasMetadata before = platform.live(EU, "shop-web");
        lifecycle.update(web.id(), 1, NamespaceRequest.of(dev.id(), "shop-web").withMetadata("team", "platform"));
        lifecycle.deploy(dev.id(), DeployOptions.defaults().withTakeOverFields(true));
        assertThat(platform.labels(EU, "shop-web"))
                .containsEntry("team", "platform")
                .containsEntry("app.kubernetes.io/managed-by", "namespaces.dev");

        ReleaseReport report = lifecycle.release(List.of(web.id()));

        assertThat(withoutBookkeeping(platform.live(EU, "shop-web"))).isEqualTo(withoutBookkeeping(before));
        assertThat(platform.clusters.cluster(EU).objects("CiliumNetworkPolicy")).isEmpty();
        assertThat(report.results())
                .singleElement()
                .satisfies(result -> assertThat(result.outcome())
                        .isInstanceOfSatisfying(Outcome.Released.class, released -> {
                            assertThat(released.deleted()).containsExactly(platform.policy("shop-web"));
                            assertThat(released.restored())
                                    .containsExactlyInAnyOrder("label team", "label app.kubernetes.io/managed-by");
                            assertThat(released.remaining()).isEmpty();
                        }));
        assertThat(rows(dev)).isEmpty();
    }

    @Test
    void a_namespace_adopted_next_to_others_is_released_as_it_was_before() {
        platform.namespace(dev, "shop-api");
        kubectl().createNamespace("shop-web", Map.of("team", "storefront", "app.kubernetes.io/managed-by", "Helm"));
        HasMetadata before = platform.live(EU, "shop-web");
        lifecycle.update(web.id(), 1, NamespaceRequest.of(dev.id(), "shop-web").withMetadata("team", "platform"));
        lifecycle.deploy(dev.id(), DeployOptions.defaults().withTakeOverFields(true));

        lifecycle.release(List.of(web.id()));

        assertThat(withoutBookkeeping(platform.live(EU, "shop-web"))).isEqualTo(withoutBookkeeping(before));
    }

    @Test
    void a_namespace_that_we_created_stays_without_our_labels() {
        lifecycle.deploy(dev.id());

        lifecycle.release(List.of(web.id()));

        ObjectMeta metadata = platform.live(EU, "shop-web").getMetadata();
        assertThat(metadata.getLabels()).containsOnlyKeys("kubernetes.io/metadata.name");
        assertThat(metadata.getAnnotations() == null ? Map.of() : metadata.getAnnotations())
                .isEmpty();
    }

    @Test
    void a_released_namespace_is_in_no_plan_and_its_row_is_soft_deleted() {
        lifecycle.deploy(dev.id());
        lifecycle.release(List.of(web.id()));

        assertThat(lifecycle.planDeletion(dev.id()).deletions()).isEmpty();
        assertThat(lifecycle.planDeletion(List.of(web.id())).deletions()).isEmpty();
        assertThat(platform.namespaces.findByEnvironments(List.of(dev.id()))).isEmpty();
        assertThat(lifecycle.findOrphans(EU)).isEmpty();
    }

    @Test
    void a_release_spoils_a_plan_that_was_made_before() {
        lifecycle.deploy(dev.id());
        DeletionPlan plan = lifecycle.planDeletion(dev.id());
        lifecycle.release(List.of(web.id()));

        assertThatThrownBy(() -> lifecycle.delete(plan, Duration.ZERO))
                .isInstanceOf(DeletionPlanUnusableException.class);
        assertThat(platform.live(EU, "shop-web").getMetadata().getDeletionTimestamp())
                .isNull();
    }

    @Test
    void labels_that_others_changed_or_added_stay_and_are_reported() {
        kubectl().createNamespace("shop-web", Map.of("team", "storefront"));
        lifecycle.update(web.id(), 1, NamespaceRequest.of(dev.id(), "shop-web").withMetadata("team", "platform"));
        lifecycle.deploy(dev.id(), DeployOptions.defaults().withTakeOverFields(true));
        kubectl().label(WEB, "team", "somebody-else");
        kubectl().label(WEB, "example.com/mine", "1");

        ReleaseReport report = lifecycle.release(List.of(web.id()));

        assertThat(platform.labels(EU, "shop-web"))
                .containsOnlyKeys("kubernetes.io/metadata.name", "team", "example.com/mine")
                .containsEntry("team", "somebody-else");
        assertThat(report.toString()).contains("the label team stays");
    }

    @Test
    void a_value_that_another_manager_also_owns_stays_at_a_release() {
        kubectl().createNamespace("shop-web", Map.of("team", "storefront"));
        lifecycle.update(web.id(), 1, NamespaceRequest.of(dev.id(), "shop-web").withMetadata("team", "platform"));
        lifecycle.deploy(dev.id(), DeployOptions.defaults().withTakeOverFields(true));
        platform.clusters
                .cluster(EU)
                .as("argocd")
                .apply(new NamespaceBuilder()
                        .withNewMetadata()
                        .withName("shop-web")
                        .addToLabels("team", "platform")
                        .endMetadata()
                        .build());

        ReleaseReport report = lifecycle.release(List.of(web.id()));

        assertThat(platform.labels(EU, "shop-web")).containsEntry("team", "platform");
        assertThat(report.toString()).contains("the label team stays");
    }

    @Test
    void a_namespace_that_we_created_gets_no_value_of_an_adopted_predecessor() {
        kubectl().createNamespace("shop-web", Map.of("team", "storefront"));
        lifecycle.update(web.id(), 1, NamespaceRequest.of(dev.id(), "shop-web").withMetadata("team", "platform"));
        lifecycle.deploy(dev.id(), DeployOptions.defaults().withTakeOverFields(true));
        kubectl().delete(WEB);
        platform.clusters.cluster(EU).finishDeletion("shop-web");
        lifecycle.deploy(dev.id());

        lifecycle.release(List.of(web.id()));

        assertThat(platform.labels(EU, "shop-web")).containsOnlyKeys("kubernetes.io/metadata.name");
    }

    @Test
    void a_namespace_without_a_record_is_not_written_to() {
        kubectl()
                .createNamespace(
                        "shop-web",
                        Map.of(
                                "app.kubernetes.io/managed-by", "namespaces.dev",
                                "namespaces.dev/environment", "shop-dev"));
        Map<String, Object> before = platform.standing();

        ReleaseReport report = lifecycle.release(List.of(web.id()));

        assertThat(report.results()).extracting(ReleaseReport.Result::outcome).containsExactly(new Outcome.NotOurs());
        assertThat(platform.standing()).isEqualTo(before);
    }

    @Test
    void a_cluster_that_does_not_answer_keeps_its_record_for_another_release() {
        lifecycle.deploy(dev.id());
        Fault down = platform.clusters.faults().on(call -> true).fail(Failure.unreachable());
        ReleaseIncompleteException incomplete =
                catchThrowableOfType(ReleaseIncompleteException.class, () -> lifecycle.release(List.of(web.id())));
        assertThat(incomplete.isRetryable()).isTrue();
        down.remove();

        lifecycle.release(List.of(web.id()));

        assertThat(platform.labels(EU, "shop-web")).containsOnlyKeys("kubernetes.io/metadata.name");
    }

    @Test
    void a_conflict_with_a_status_writer_does_not_stop_a_release() {
        lifecycle.deploy(dev.id());
        Fault gate = platform.clusters
                .faults()
                .on(call -> call instanceof GatewayCall.Apply)
                .once()
                .block();
        CompletableFuture<ReleaseReport> releasing =
                CompletableFuture.supplyAsync(() -> lifecycle.release(List.of(web.id())));
        gate.awaitHits(1);
        kubectl().annotate(WEB, "example.com/seen", "1");
        gate.remove();

        assertThat(releasing.join().isComplete()).isTrue();
        assertThat(platform.live(EU, "shop-web").getMetadata().getAnnotations()).containsOnlyKeys("example.com/seen");
    }

    @Test
    void a_late_create_after_a_release_is_found_as_an_orphan() {
        Fault late = platform.clusters
                .faults()
                .on(call -> call instanceof GatewayCall.Create)
                .arriveLater(Failure.timeout());
        assertThatThrownBy(() -> lifecycle.deploy(dev.id())).isInstanceOf(DeploymentFailedException.class);
        late.remove();
        lifecycle.release(List.of(web.id()));

        late.deliver();

        assertThat(lifecycle.findOrphans(EU)).singleElement().satisfies(orphan -> {
            assertThat(orphan.reason()).isEqualTo(Orphan.Reason.UNRECORDED);
            assertThat(orphan.canBePlanned()).isFalse();
        });
    }

    // Take-over

    @Test
    void a_namespace_of_our_own_installation_keeps_its_origin_when_it_is_taken_over() {
        lifecycle.deploy(dev.id());
        Environment two =
                platform.sharing(anEnvironment().id("two").clusters("eu-1").build(), "shop-web");

        lifecycle.deploy(two.id(), NEVER.withTakeOverNamespaces(List.of("shop-web")));

        assertThat(origin(two, "shop-web")).isEqualTo(Origin.CREATED);
        assertThat(platform.labels(EU, "shop-web")).containsEntry("namespaces.dev/environment", "two");
        assertThat(rows(dev)).isEmpty();
        assertThat(cause(() -> lifecycle.deploy(dev.id()))).isInstanceOf(NamespaceOwnedByOtherException.class);
    }

    @Test
    void a_take_over_needs_the_name_of_the_namespace() {
        lifecycle.deploy(dev.id());
        Environment two =
                platform.sharing(anEnvironment().id("two").clusters("eu-1").build(), "shop-web");

        assertThat(cause(() -> lifecycle.deploy(two.id()))).isInstanceOf(NamespaceOwnedByOtherException.class);
        assertThat(cause(() -> lifecycle.deploy(
                        two.id(), DeployOptions.defaults().withTakeOverNamespaces(List.of("shop-api")))))
                .isInstanceOf(NamespaceOwnedByOtherException.class);
        assertThat(origin(dev, "shop-web")).isEqualTo(Origin.CREATED);
    }

    @Test
    void a_namespace_from_elsewhere_becomes_adopted_when_it_is_taken_over() {
        kubectl().createNamespace("shop-web", Map.of("namespaces.dev/environment", "theirs"));

        lifecycle.deploy(
                dev.id(), NEVER.withTakeOverNamespaces(List.of("shop-web")).withTakeOverFields(true));

        assertThat(origin(dev, "shop-web")).isEqualTo(Origin.ADOPTED);
    }

    @Test
    void a_record_of_another_environment_protects_a_namespace_without_labels() {
        lifecycle.deploy(dev.id());
        kubectl().removeLabel(WEB, "namespaces.dev/environment");
        Environment two =
                platform.sharing(anEnvironment().id("two").clusters("eu-1").build(), "shop-web");

        assertThat(cause(() -> lifecycle.deploy(two.id()))).isInstanceOf(NamespaceOwnedByOtherException.class);
        assertThat(platform.labels(EU, "shop-web")).doesNotContainKey("namespaces.dev/environment");
    }

    @Test
    void a_late_write_of_the_former_owner_is_refused_after_a_take_over() {
        lifecycle.deploy(dev.id());
        Fault late = platform.clusters
                .faults()
                .on(call -> call instanceof GatewayCall.Apply)
                .arriveLater(Failure.timeout());
        assertThatThrownBy(() ->
                        lifecycle.deploy(dev.id(), DeployOptions.defaults().withRewriteAll(true)))
                .isInstanceOf(DeploymentFailedException.class);
        late.remove();
        Environment two =
                platform.sharing(anEnvironment().id("two").clusters("eu-1").build(), "shop-web");
        lifecycle.deploy(two.id(), DeployOptions.defaults().withTakeOverNamespaces(List.of("shop-web")));
        Map<String, Object> after = platform.standing();

        List<RecordedCall> delivered = late.deliver();

        assertThat(delivered)
                .isNotEmpty()
                .allSatisfy(call -> assertThat(call.outcome()).isInstanceOf(RecordedCall.Outcome.Failed.class));
        assertThat(platform.standing()).isEqualTo(after);
    }

    @Test
    void every_version_moves_at_a_take_over_with_equal_content() {
        lifecycle.deploy(dev.id());
        String version = platform.live(EU, "shop-web").getMetadata().getResourceVersion();
        String policyVersion = policyVersion();
        Environment two =
                platform.sharing(anEnvironment().id("two").clusters("eu-1").build(), "shop-web");

        lifecycle.deploy(two.id(), DeployOptions.defaults().withTakeOverNamespaces(List.of("shop-web")));

        assertThat(platform.live(EU, "shop-web").getMetadata().getResourceVersion())
                .isNotEqualTo(version);
        assertThat(policyVersion()).isNotEqualTo(policyVersion);
    }

    @Test
    void a_take_over_waits_for_the_lock_of_the_former_owner() {
        lifecycle.deploy(dev.id());
        Environment two =
                platform.sharing(anEnvironment().id("two").clusters("eu-1").build(), "shop-web");
        try (NamespaceLifecycle hasty =
                        platform.builder().lockWait(Duration.ZERO).build();
                Lease held = platform.lock.tryAcquire(new Target(dev.id(), EU)).orElseThrow()) {
            assertThat(held.isHeld()).isTrue();

            assertThatThrownBy(() -> hasty.deploy(
                            two.id(), DeployOptions.defaults().withTakeOverNamespaces(List.of("shop-web"))))
                    .isInstanceOf(DeploymentInProgressException.class);
        }
        assertThat(origin(dev, "shop-web")).isEqualTo(Origin.CREATED);
    }

    @Test
    void a_taken_over_namespace_is_not_deleted_by_a_plan_of_the_former_owner() {
        lifecycle.deploy(dev.id());
        DeletionPlan plan = lifecycle.planDeletion(dev.id());
        Environment two =
                platform.sharing(anEnvironment().id("two").clusters("eu-1").build(), "shop-web");
        lifecycle.deploy(two.id(), DeployOptions.defaults().withTakeOverNamespaces(List.of("shop-web")));

        assertThatThrownBy(() -> lifecycle.delete(plan, Duration.ZERO))
                .isInstanceOf(DeletionPlanUnusableException.class);
        assertThat(platform.gateway.calls(GatewayCall.Delete.class)).isEmpty();
    }

    // Orphans

    @Test
    void an_orphan_of_a_soft_deleted_namespace_is_found_and_planned() {
        lifecycle.deploy(dev.id());
        platform.namespaces.update(List.of(web.deleted(Platform.NOW)));
        platform.clusters.finishingDeletionsAtOnce();

        List<Orphan> orphans = lifecycle.findOrphans(EU);

        assertThat(orphans).extracting(Orphan::reason).containsExactly(Orphan.Reason.DELETED);
        lifecycle.delete(lifecycle.planOrphanDeletion(orphans, PlanOptions.defaults()), LONG);
        assertThat(platform.clusters.cluster(EU).objects()).isEmpty();
    }

    @Test
    void an_orphan_on_a_cluster_that_was_left_is_deleted_there_only() {
        Environment both = platform.environment(
                anEnvironment().id("both").clusters("eu-1", "us-1").build(), "wide");
        lifecycle.deploy(both.id());
        platform.environments.save(anEnvironment().id("both").clusters("eu-1").build());
        platform.clusters.finishingDeletionsAtOnce();

        List<Orphan> orphans = lifecycle.findOrphans(US);
        DeletionPlan plan = lifecycle.planOrphanDeletion(orphans, PlanOptions.defaults());

        assertThat(orphans).extracting(Orphan::reason).containsExactly(Orphan.Reason.CLUSTER_LEFT);
        assertThat(plan.namespaces()).isEmpty();
        assertThat(plan.deletions()).extracting(Deletion::cluster).containsExactly(US);
        lifecycle.delete(plan, LONG);
        assertThat(platform.clusters.cluster(US).objects()).isEmpty();
        assertThat(platform.live(EU, "wide")).isNotNull();
        assertThat(platform.namespaces.findByNames(List.of("wide"))).hasSize(1);
    }

    @Test
    void a_deployment_reports_what_is_left_behind_on_a_cluster_that_was_left() {
        Environment both = platform.environment(
                anEnvironment().id("both").clusters("eu-1", "us-1").build(), "wide");
        assertThat(leftBehind(lifecycle.deploy(both.id()))).isEmpty();
        platform.environments.save(anEnvironment().id("both").clusters("eu-1").build());

        DeploymentReport report = lifecycle.deploy(both.id());

        assertThat(leftBehind(report)).containsExactly("wide on us-1");
        assertThat(leftBehind(lifecycle.ensureDeployed(both.id()))).containsExactly("wide on us-1");
        assertThat(report.toString()).contains("wide on us-1 was left behind");
    }

    @Test
    void an_orphan_that_is_wanted_again_when_it_is_deleted_stays() {
        Environment both = platform.environment(
                anEnvironment().id("both").clusters("eu-1", "us-1").build(), "wide");
        lifecycle.deploy(both.id());
        platform.environments.save(anEnvironment().id("both").clusters("eu-1").build());
        DeletionPlan plan = lifecycle.planOrphanDeletion(lifecycle.findOrphans(US), PlanOptions.defaults());
        platform.environments.save(both);

        assertThatThrownBy(() -> lifecycle.delete(plan, Duration.ZERO)).isInstanceOf(DeletionIncompleteException.class);
        assertThat(platform.live(US, "wide").getMetadata().getDeletionTimestamp())
                .isNull();
    }

    @Test
    void unrecorded_ensured_and_adopted_orphans_are_listed_and_cannot_be_planned() {
        kubectl().createNamespace("forged", Map.of("app.kubernetes.io/managed-by", "namespaces.dev"));
        lifecycle.ensureNamespaceExists(EU, "ensured", EnsureOptions.defaults());
        kubectl().createNamespace("shop-web");
        lifecycle.deploy(dev.id());
        platform.environments.softDelete(dev.id());

        List<Orphan> orphans = lifecycle.findOrphans(EU);

        assertThat(orphans)
                .extracting(Orphan::name, Orphan::reason, Orphan::canBePlanned)
                .containsExactly(
                        Tuple.tuple("ensured", Orphan.Reason.ENSURED, false),
                        Tuple.tuple("forged", Orphan.Reason.UNRECORDED, false),
                        Tuple.tuple("shop-web", Orphan.Reason.ADOPTED, false));
        assertThatThrownBy(() -> lifecycle.planOrphanDeletion(orphans, PlanOptions.defaults()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void a_namespace_of_a_missing_environment_is_not_planned_as_an_orphan() {
        lifecycle.deploy(dev.id());
        platform.environments.softDelete(dev.id());

        List<Orphan> orphans = lifecycle.findOrphans(EU);

        assertThat(orphans)
                .extracting(Orphan::name, Orphan::reason, Orphan::canBePlanned)
                .containsExactly(Tuple.tuple("shop-web", Orphan.Reason.ENVIRONMENT_REMOVED, false));
        assertThat(lifecycle.planDeletion(dev.id()).deletions()).hasSize(1);
    }

    @Test
    void a_namespace_of_a_missing_environment_is_kept_for_the_successor_of_its_row() {
        lifecycle.deploy(dev.id());
        List<Orphan> planned = orphansAfterSoftDeletion();
        platform.namespace(dev, "shop-web");
        platform.environments.softDelete(dev.id());

        assertThat(lifecycle.findOrphans(EU))
                .singleElement()
                .satisfies(orphan -> assertThat(orphan.canBePlanned()).isFalse());
        assertThat(lifecycle.planOrphanDeletion(planned, PlanOptions.defaults()).kept())
                .singleElement()
                .satisfies(kept -> assertThat(kept.reason()).isEqualTo(DeletionPlan.Reason.WANTED));
    }

    private List<Orphan> orphansAfterSoftDeletion() {
        platform.namespaces.update(List.of(web.deleted(Platform.NOW)));
        return lifecycle.findOrphans(EU);
    }

    @Test
    void a_namespace_that_a_live_row_wants_is_no_orphan() {
        lifecycle.deploy(dev.id());

        assertThat(lifecycle.findOrphans(EU)).isEmpty();
    }

    // Label domain

    @Test
    void another_label_domain_is_refused_while_objects_of_the_former_one_exist() {
        lifecycle.deploy(dev.id());
        Map<String, Object> before = platform.standing();
        try (NamespaceLifecycle changed = platform.builder()
                .labels(LabelScheme.ofDomain("platform.example.com"))
                .build()) {
            assertThat(cause(() -> changed.deploy(dev.id())))
                    .isInstanceOfSatisfying(LabelDomainChangedException.class, refused -> {
                        assertThat(refused.former()).isEqualTo("namespaces.dev");
                        assertThat(refused.current()).isEqualTo("platform.example.com");
                    });
            assertThatThrownBy(() -> changed.release(List.of(web.id())))
                    .isInstanceOf(LabelDomainChangedException.class);
            assertThat(platform.standing()).isEqualTo(before);

            lifecycle.release(List.of(web.id()));
            changed.create(NamespaceRequest.of(dev.id(), "shop-web"));
            changed.deploy(dev.id());
        }
        assertThat(platform.clusters.cluster(EU).objects("CiliumNetworkPolicy"))
                .extracting(policy -> policy.getMetadata().getName())
                .containsExactly("egress.platform.example.com");
    }

    private static List<String> leftBehind(DeploymentReport report) {
        return report.environments().get(0).leftBehind().stream()
                .map(LeftBehind::toString)
                .toList();
    }

    private FakeCluster.User kubectl() {
        return platform.clusters.cluster(EU).as("kubectl");
    }

    private static HasMetadata parsed(String yaml) {
        try {
            return new YAMLMapper().readValue(yaml, GenericKubernetesResource.class);
        } catch (JsonProcessingException e) {
            throw new AssertionError(e);
        }
    }

    private String policyVersion() {
        return platform.clusters
                .cluster(EU)
                .find(platform.policy("shop-web"))
                .orElseThrow()
                .getMetadata()
                .getResourceVersion();
    }

    private List<TargetObject> rows(Environment environment) {
        return platform.deployments.findPage(new Target(environment.id(), EU), null, 100);
    }

    private @Nullable TargetObject row(Environment environment, String name) {
        return rows(environment).stream()
                .filter(row -> row.resource().equals(ResourceRef.namespace(name)))
                .findFirst()
                .orElse(null);
    }

    private Origin origin(Environment environment, String name) {
        return row(environment, name).identity().origin();
    }

    private static Throwable cause(ThrowingCallable call) {
        return catchThrowableOfType(DeploymentFailedException.class, call).getCause();
    }

    private static HasMetadata withoutBookkeeping(HasMetadata object) {
        object.setMetadata(new ObjectMetaBuilder(object.getMetadata())
                .withManagedFields(List.of())
                .withResourceVersion(null)
                .build());
        if (object.getMetadata().getAnnotations() == null) {
            object.getMetadata().setAnnotations(Map.of());
        }
        return object;
    }
}
