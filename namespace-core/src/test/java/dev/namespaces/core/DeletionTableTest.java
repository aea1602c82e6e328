package dev.namespaces.core;

import static dev.namespaces.core.Platform.EU;
import static dev.namespaces.core.Platform.US;
import static dev.namespaces.testkit.TestData.anEgressPolicy;
import static dev.namespaces.testkit.TestData.anEnvironment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.namespaces.core.delete.DeletionIncompleteException;
import dev.namespaces.core.delete.DeletionNotConfirmedException;
import dev.namespaces.core.delete.DeletionOptions;
import dev.namespaces.core.delete.DeletionPlan;
import dev.namespaces.core.delete.DeletionPlan.Deletion;
import dev.namespaces.core.delete.DeletionPlan.Kept;
import dev.namespaces.core.delete.DeletionPlan.PlannedNamespace;
import dev.namespaces.core.delete.DeletionPlan.Reason;
import dev.namespaces.core.delete.DeletionPlanUnusableException;
import dev.namespaces.core.delete.DeletionReport;
import dev.namespaces.core.delete.DeletionReport.Outcome;
import dev.namespaces.core.delete.DeletionReport.Result;
import dev.namespaces.core.delete.PlanOptions;
import dev.namespaces.core.deploy.DeployOptions;
import dev.namespaces.core.deploy.DeploymentFailedException;
import dev.namespaces.core.ensure.EnsureOptions;
import dev.namespaces.core.request.NamespaceRequest;
import dev.namespaces.error.ClusterTimeoutException;
import dev.namespaces.error.ErrorCategory;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.HostTransactionException;
import dev.namespaces.error.InvalidTextException;
import dev.namespaces.error.Operation;
import dev.namespaces.error.OperationInterruptedException;
import dev.namespaces.error.Retry;
import dev.namespaces.error.StaleVersionException;
import dev.namespaces.error.StoreException;
import dev.namespaces.error.UnknownClusterException;
import dev.namespaces.error.UnknownEnvironmentException;
import dev.namespaces.model.DeletionCondition;
import dev.namespaces.model.EgressPolicyId;
import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.model.Target;
import dev.namespaces.spi.DeploymentStore;
import dev.namespaces.spi.NamespaceStore;
import dev.namespaces.spi.Stores;
import dev.namespaces.testkit.Failure;
import dev.namespaces.testkit.FakeCluster;
import dev.namespaces.testkit.Faults.Fault;
import dev.namespaces.testkit.GatewayCall;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.assertj.core.groups.Tuple;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Each situation of a deletion, with its outcome. A namespace that the plan does not have is never deleted. */
@Timeout(90)
class DeletionTableTest {

    private static final Duration NO_WAIT = Duration.ZERO;
    private static final Duration LONG = Duration.ofSeconds(20);

    private final Platform platform = new Platform();
    private final NamespaceLifecycle lifecycle = platform.lifecycle;
    private final Environment dev = platform.environment(
            anEnvironment().id("shop-dev").clusters("eu-1", "us-1").build(), "shop-api", "shop-web");

    @AfterEach
    void close() {
        platform.clusters.faults().clear();
        platform.close();
    }

    @Test
    void a_namespace_that_two_environments_share_is_kept() {
        lifecycle.deploy(dev.id());
        platform.sharing(anEnvironment().id("other").clusters("eu-1").build(), "shop-web");

        assertThat(reasons(lifecycle.planDeletion(dev.id()))).containsExactly("shop-web eu-1 SHARED");
    }

    @Test
    void a_namespace_with_a_foreign_label_is_kept_although_it_is_recorded() {
        lifecycle.deploy(dev.id());
        kubectl().label(ResourceRef.namespace("shop-web"), "namespaces.dev/environment", "elsewhere");

        assertThat(reasons(lifecycle.planDeletion(dev.id()))).containsExactly("shop-web eu-1 CLAIMED");
    }

    @Test
    void a_namespace_without_labels_is_deleted_since_the_record_is_the_proof() {
        lifecycle.deploy(dev.id());
        platform.clusters.finishingDeletionsAtOnce();
        for (String key : List.of("environment", "namespace-id", "origin")) {
            kubectl().removeLabel(ResourceRef.namespace("shop-web"), "namespaces.dev/" + key);
        }
        kubectl().removeLabel(ResourceRef.namespace("shop-web"), "app.kubernetes.io/managed-by");

        DeletionPlan plan = lifecycle.planDeletion(dev.id());
        lifecycle.delete(plan, LONG);

        assertThat(plan.deletions()).hasSize(4);
        assertThat(platform.clusters.cluster(EU).objects()).isEmpty();
        assertOnlyPlannedWereDeleted(plan);
    }

    @Test
    void right_labels_without_a_record_prove_nothing() {
        kubectl()
                .createNamespace(
                        "shop-web",
                        Map.of(
                                "app.kubernetes.io/managed-by", "namespaces.dev",
                                "namespaces.dev/environment", "shop-dev",
                                "namespaces.dev/origin", "created"));

        DeletionPlan plan = lifecycle.planDeletion(dev.id());

        assertThat(plan.deletions()).isEmpty();
        assertThat(reasons(plan)).contains("shop-web eu-1 FOREIGN");
    }

    @Test
    void a_namespace_of_another_installation_with_equal_ids_is_kept() {
        try (Platform other = new Platform();
                NamespaceLifecycle theirs =
                        other.builder(platform.gateway, other.stores.stores()).build()) {
            other.environments.save(dev);
            theirs.create(NamespaceRequest.of(dev.id(), "shop-web"));
            theirs.deploy(dev.id());
        }

        DeletionPlan plan = lifecycle.planDeletion(dev.id());

        assertThat(plan.deletions()).isEmpty();
        assertThat(reasons(plan)).contains("shop-web eu-1 FOREIGN", "shop-web us-1 FOREIGN");
    }

    @Test
    void a_copied_create_nonce_on_another_namespace_proves_nothing() {
        Fault lost = platform.clusters
                .faults()
                .on(call -> call instanceof GatewayCall.Create create
                        && create.kind().equals("Namespace"))
                .loseAnswer(Failure.timeout());
        assertThatThrownBy(() -> lifecycle.deploy(dev.id())).isInstanceOf(DeploymentFailedException.class);
        lost.remove();
        String nonce =
                platform.live(EU, "shop-web").getMetadata().getAnnotations().get("namespaces.dev/created");
        platform.environment(anEnvironment().id("victim").clusters("eu-1").build(), "theirs");
        kubectl().createNamespace("theirs");
        kubectl().annotate(ResourceRef.namespace("theirs"), "namespaces.dev/created", nonce);

        assertThat(lifecycle.planDeletion(new EnvironmentId("victim")).deletions())
                .isEmpty();
        assertThat(lifecycle.planDeletion(dev.id()).deletions()).hasSize(4);
    }

    @Test
    void a_namespace_that_only_an_ensure_created_is_kept() {
        lifecycle.ensureNamespaceExists(EU, "shop-web", EnsureOptions.defaults());

        assertThat(reasons(lifecycle.planDeletion(dev.id()))).contains("shop-web eu-1 ENSURED");
    }

    @Test
    void a_namespace_that_was_recreated_with_another_uid_is_refused() {
        lifecycle.deploy(dev.id());
        DeletionPlan plan = lifecycle.planDeletion(dev.id());
        platform.clusters.finishingDeletionsAtOnce();
        kubectl().delete(ResourceRef.namespace("shop-web"));
        kubectl().createNamespace("shop-web");

        DeletionIncompleteException incomplete = incomplete(plan, LONG);

        assertThat(outcomes(incomplete.report()))
                .containsExactly(
                        "shop-api eu-1 Gone", "shop-api us-1 Gone", "shop-web eu-1 Failed", "shop-web us-1 Gone");
        assertThat(platform.live(EU, "shop-web")).isNotNull();
        assertOnlyPlannedWereDeleted(plan);
    }

    @Test
    void a_row_that_was_created_again_under_a_new_id_keeps_its_namespace_by_uid() {
        lifecycle.deploy(dev.id());
        Namespace web = platform.namespaces.findByNames(List.of("shop-web")).get(0);
        platform.namespaces.update(List.of(web.deleted(Platform.NOW)));
        Namespace again = platform.namespace(dev, "shop-web");

        assertThat(reasons(lifecycle.planDeletion(List.of(web.id()))))
                .containsExactly("shop-web eu-1 WANTED", "shop-web us-1 WANTED");
        assertThat(lifecycle.planDeletion(List.of(again.id())).deletions()).hasSize(2);
    }

    @Test
    void a_namespace_that_is_relabelled_at_the_last_moment_stays() throws Exception {
        lifecycle.deploy(dev.id());
        DeletionPlan plan = lifecycle.planDeletion(dev.id());
        Fault gate = platform.clusters
                .faults()
                .on(call -> call instanceof GatewayCall.Delete delete
                        && delete.resource().name().equals("shop-web")
                        && delete.cluster().equals(EU))
                .once()
                .block();
        CompletableFuture<DeletionIncompleteException> deleting =
                CompletableFuture.supplyAsync(() -> incomplete(plan, NO_WAIT));
        gate.awaitHits(1);

        kubectl().label(ResourceRef.namespace("shop-web"), "namespaces.dev/environment", "elsewhere");
        gate.remove();

        assertThat(outcomes(deleting.get(30, TimeUnit.SECONDS).report())).contains("shop-web eu-1 Failed");
        assertThat(platform.live(EU, "shop-web").getMetadata().getDeletionTimestamp())
                .isNull();
    }

    @Test
    void a_status_writer_does_not_stop_a_deletion() throws Exception {
        lifecycle.deploy(dev.id());
        platform.clusters.finishingDeletionsAtOnce();
        DeletionPlan plan = lifecycle.planDeletion(dev.id());
        Fault gate = platform.clusters
                .faults()
                .on(call -> call instanceof GatewayCall.Delete delete
                        && delete.cluster().equals(EU))
                .times(2)
                .block();
        CompletableFuture<?> deleting = CompletableFuture.runAsync(() -> lifecycle.delete(plan, LONG));
        gate.awaitHits(2);

        kubectl().annotate(ResourceRef.namespace("shop-web"), "example.com/seen", "1");
        kubectl().annotate(ResourceRef.namespace("shop-api"), "example.com/seen", "1");
        gate.remove();

        deleting.get(30, TimeUnit.SECONDS);
        assertThat(platform.clusters.cluster(EU).objects()).isEmpty();
    }

    @Test
    void a_used_plan_is_refused_as_object_copy_on_a_replica_and_after_a_restart() {
        lifecycle.deploy(dev.id());
        platform.clusters.finishingDeletionsAtOnce();
        DeletionPlan plan = lifecycle.planDeletion(dev.id());
        DeletionPlan copy = new DeletionPlan(
                plan.format(),
                plan.namespaces(),
                plan.deletions(),
                plan.kept(),
                plan.unreachable(),
                plan.serials(),
                plan.requestedBy(),
                plan.expiresAt());
        lifecycle.delete(plan, LONG);
        int deletes = platform.gateway.calls(GatewayCall.Delete.class).size();

        assertThat(copy).isEqualTo(plan);
        try (NamespaceLifecycle replica = platform.builder().build()) {
            for (DeletionPlan each : List.of(plan, copy)) {
                assertThatThrownBy(() -> lifecycle.delete(each, NO_WAIT))
                        .isInstanceOf(DeletionPlanUnusableException.class);
                assertThatThrownBy(() -> replica.delete(each, NO_WAIT))
                        .isInstanceOf(DeletionPlanUnusableException.class);
            }
        }
        assertThat(platform.gateway.calls(GatewayCall.Delete.class)).hasSize(deletes);
    }

    @Test
    void a_plan_is_used_once_by_replicas_that_race_for_it() {
        lifecycle.deploy(dev.id());
        platform.clusters.finishingDeletionsAtOnce();
        DeletionPlan plan = lifecycle.planDeletion(dev.id());
        try (NamespaceLifecycle replica = platform.builder().build()) {
            List<CompletableFuture<Boolean>> calls = List.of(lifecycle, replica).stream()
                    .map(each -> CompletableFuture.supplyAsync(() ->
                            !(catchThrowable(() -> each.delete(plan, LONG)) instanceof DeletionPlanUnusableException)))
                    .toList();

            assertThat(calls.stream().map(CompletableFuture::join)).containsExactlyInAnyOrder(true, false);
        }
    }

    @Test
    void a_plan_is_good_after_ten_deployments_and_a_failed_one() {
        lifecycle.deploy(dev.id());
        platform.clusters.finishingDeletionsAtOnce();
        DeletionPlan plan = lifecycle.planDeletion(dev.id());
        for (int i = 0; i < 10; i++) {
            platform.policies.save(anEgressPolicy()
                    .id("p" + i)
                    .ofProject(dev.projectId().value())
                    .denyingAll()
                    .build());
            platform.policies.softDelete(new EgressPolicyId("p" + i), Platform.NOW);
            lifecycle.deploy(dev.id(), DeployOptions.defaults().withRewriteAll(true));
        }
        Fault refused = platform.clusters
                .faults()
                .on(call -> call instanceof GatewayCall.Apply)
                .fail(Failure.forbidden());
        assertThatThrownBy(() ->
                        lifecycle.deploy(dev.id(), DeployOptions.defaults().withRewriteAll(true)))
                .isInstanceOf(DeploymentFailedException.class);
        refused.remove();

        assertThat(lifecycle.delete(plan, LONG).isComplete()).isTrue();
        assertThat(platform.clusters.cluster(EU).objects()).isEmpty();
    }

    @Test
    void one_stale_row_refuses_the_plan_before_anything_happens() {
        lifecycle.deploy(dev.id());
        platform.clusters.finishingDeletionsAtOnce();
        DeletionPlan plan = lifecycle.planDeletion(dev.id());
        Namespace web = platform.namespaces.findByNames(List.of("shop-web")).get(0);
        lifecycle.update(web.id(), 1, NamespaceRequest.of(dev.id(), "shop-web").withMetadata("a", "b"));

        assertThatThrownBy(() -> lifecycle.delete(plan, NO_WAIT)).isInstanceOf(StaleVersionException.class);

        assertThat(platform.namespaces.findByEnvironments(List.of(dev.id()))).hasSize(2);
        assertThat(platform.gateway.calls(GatewayCall.Delete.class)).isEmpty();
        assertThat(lifecycle.delete(lifecycle.planDeletion(dev.id()), LONG).isComplete())
                .isTrue();
    }

    @Test
    void a_new_plan_finishes_a_deletion_whose_process_died_halfway() {
        lifecycle.deploy(dev.id());
        platform.clusters.finishingDeletionsAtOnce();
        DeletionPlan plan = lifecycle.planDeletion(dev.id());
        Fault crash = platform.clusters
                .faults()
                .on(call -> call instanceof GatewayCall.Delete delete
                        && delete.cluster().equals(US))
                .fail(Failure.crash());
        assertThatThrownBy(() -> lifecycle.delete(plan, NO_WAIT)).isNotNull();
        crash.remove();
        assertThatThrownBy(() -> lifecycle.delete(plan, NO_WAIT)).isInstanceOf(DeletionPlanUnusableException.class);

        DeletionPlan again = lifecycle.planDeletion(dev.id());

        assertThat(lifecycle.delete(again, LONG).isComplete()).isTrue();
        assertThat(platform.clusters.cluster(US).objects()).isEmpty();
        assertThat(lifecycle.planDeletion(dev.id()).deletions()).isEmpty();
    }

    @Test
    void a_namespace_that_is_gone_already_is_a_success() {
        lifecycle.deploy(dev.id());
        DeletionPlan plan = lifecycle.planDeletion(dev.id());
        platform.clusters.finishingDeletionsAtOnce();
        kubectl().delete(ResourceRef.namespace("shop-web"));

        assertThat(lifecycle.delete(plan, LONG).isComplete()).isTrue();
    }

    @Test
    void a_finalizer_of_content_is_named_and_planning_again_waits_for_the_end() {
        lifecycle.deploy(dev.id());
        kubectl().addFinalizer(platform.policy("shop-web"), "example.com/hold");
        platform.clusters.finishingDeletionsAtOnce();
        assertThat(incomplete(lifecycle.planDeletion(dev.id()), Duration.ofMillis(1)))
                .hasMessageContaining("example.com/hold");

        DeletionPlan again = lifecycle.planDeletion(dev.id());

        assertThat(again.deletions()).hasSize(1);
        DeletionIncompleteException still = incomplete(again, Duration.ofMillis(1));
        assertThat(still.isRetryable()).isTrue();
        assertThat(outcomes(still.report())).containsExactly("shop-web eu-1 Terminating");
        kubectl().removeFinalizer(platform.policy("shop-web"), "example.com/hold");
        assertThat(lifecycle.delete(lifecycle.planDeletion(dev.id()), LONG).isComplete())
                .isTrue();
    }

    @Test
    void a_finalizer_of_the_namespace_itself_is_named() {
        lifecycle.deploy(dev.id());
        kubectl().addFinalizer(ResourceRef.namespace("shop-web"), "example.com/own");
        platform.clusters.finishingDeletionsAtOnce();

        DeletionIncompleteException incomplete = incomplete(lifecycle.planDeletion(dev.id()), NO_WAIT);

        assertThat(incomplete.report().results())
                .extracting(Result::outcome)
                .filteredOn(Outcome.Terminating.class::isInstance)
                .singleElement()
                .satisfies(outcome -> assertThat(((Outcome.Terminating) outcome).conditions())
                        .extracting(DeletionCondition::type, DeletionCondition::message)
                        .containsExactly(Tuple.tuple(
                                "metadata.finalizers", "the namespace itself has the finalizer example.com/own")));
    }

    @Test
    void a_cluster_that_does_not_answer_the_plan_is_listed_and_stops_nothing() {
        lifecycle.deploy(dev.id());
        platform.clusters.finishingDeletionsAtOnce();
        Fault down =
                platform.clusters.faults().on(call -> call.cluster().equals(US)).fail(Failure.unreachable());

        DeletionPlan plan = lifecycle.planDeletion(dev.id());
        DeletionIncompleteException incomplete = incomplete(plan, LONG);

        assertThat(plan.unreachable())
                .singleElement()
                .satisfies(each -> assertThat(each.cluster()).isEqualTo(US));
        assertThat(outcomes(incomplete.report())).containsExactly("shop-api eu-1 Gone", "shop-web eu-1 Gone");
        assertThat(incomplete.isRetryable()).isTrue();
        down.remove();
        assertThat(lifecycle.delete(lifecycle.planDeletion(dev.id()), LONG).isComplete())
                .isTrue();
        assertThat(platform.clusters.cluster(US).objects()).isEmpty();
    }

    @Test
    void a_cluster_that_is_gone_for_good_is_listed_and_does_not_look_retryable() {
        lifecycle.deploy(dev.id());
        platform.clusters.finishingDeletionsAtOnce();
        platform.clusters
                .faults()
                .on(call -> call.cluster().equals(US))
                .fail(call -> new UnknownClusterException(call.context(), List.of(EU)));

        DeletionPlan plan = lifecycle.planDeletion(dev.id());

        assertThat(plan.deletions()).hasSize(2);
        assertThat(incomplete(plan, LONG).isRetryable()).isFalse();
        assertThat(platform.clusters.cluster(EU).objects()).isEmpty();
    }

    @Test
    void a_deletion_is_complete_if_the_plan_names_the_dead_cluster_as_lost() {
        lifecycle.deploy(dev.id());
        platform.clusters.finishingDeletionsAtOnce();
        AtomicInteger calls = new AtomicInteger();
        platform.clusters.faults().on(call -> call.cluster().equals(US)).fail(call -> {
            calls.incrementAndGet();
            return new UnknownClusterException(call.context(), List.of(EU));
        });

        DeletionPlan plan =
                lifecycle.planDeletion(dev.id(), PlanOptions.defaults().withLostClusters(Set.of(US)));
        DeletionReport report = lifecycle.delete(plan, LONG);

        assertThat(plan.kept()).extracting(Kept::reason).containsOnly(Reason.CLUSTER_LOST);
        assertThat(report.isComplete()).isTrue();
        assertThat(calls).hasValue(0);
        assertThat(platform.clusters.cluster(EU).objects()).isEmpty();
        assertThat(platform.stores.stores().targetObjects().findPage(new Target(dev.id(), US), null, 10))
                .isEmpty();
    }

    @Test
    void a_silent_cluster_is_reported_though_nothing_is_deleted_there() {
        DeletionPlan plan = lifecycle.planDeletion(dev.id());
        platform.clusters.faults().on(call -> call.cluster().equals(US)).fail(Failure.unreachable());

        DeletionIncompleteException incomplete = incomplete(plan, LONG);

        assertThat(plan.deletions()).isEmpty();
        assertThat(incomplete.report().notAsked())
                .extracting(DeletionPlan.Unreachable::cluster)
                .containsExactly(US);
        assertThat(incomplete.isRetryable()).isTrue();
    }

    @Test
    void a_plan_about_a_lost_cluster_can_be_used_once() {
        lifecycle.deploy(dev.id());
        platform.clusters.finishingDeletionsAtOnce();
        DeletionPlan plan =
                lifecycle.planDeletion(dev.id(), PlanOptions.defaults().withLostClusters(Set.of(EU, US)));
        lifecycle.delete(plan, LONG);

        assertThatThrownBy(() -> lifecycle.delete(plan, LONG)).isInstanceOf(DeletionPlanUnusableException.class);
    }

    @Test
    void one_timeout_for_all_namespaces_if_a_cluster_hangs_at_the_deletion() {
        String[] names = IntStream.range(0, 20).mapToObj(i -> "ns-" + i).toArray(String[]::new);
        platform.environment(dev, names);
        lifecycle.deploy(dev.id());
        platform.clusters.finishingDeletionsAtOnce();
        DeletionPlan plan = lifecycle.planDeletion(dev.id());
        AtomicInteger timeouts = new AtomicInteger();
        platform.clusters.faults().on(call -> call.cluster().equals(EU)).fail(call -> {
            timeouts.incrementAndGet();
            return new ClusterTimeoutException(call.context(), Duration.ofSeconds(30), null);
        });

        DeletionReport report = incomplete(plan, LONG).report();

        assertThat(timeouts).hasValue(1);
        assertThat(outcomes(report))
                .filteredOn(outcome -> outcome.endsWith("us-1 Gone"))
                .hasSize(22);
        assertThat(platform.clusters.cluster(US).objects()).isEmpty();
    }

    @Test
    void a_gateway_that_fails_unexpectedly_does_not_stop_the_other_clusters() {
        lifecycle.deploy(dev.id());
        platform.clusters.finishingDeletionsAtOnce();
        DeletionPlan plan = lifecycle.planDeletion(dev.id());
        platform.clusters
                .faults()
                .on(call -> call.cluster().equals(EU))
                .fail(call -> new IllegalStateException("bug in a gateway"));

        assertThat(outcomes(incomplete(plan, LONG).report()))
                .containsExactly(
                        "shop-api eu-1 Failed", "shop-api us-1 Gone", "shop-web eu-1 Failed", "shop-web us-1 Gone");
    }

    @Test
    void the_namespaces_of_an_environment_that_was_removed_are_deleted() {
        lifecycle.deploy(dev.id());
        platform.clusters.finishingDeletionsAtOnce();
        platform.environments.softDelete(dev.id());

        assertThat(lifecycle.delete(lifecycle.planDeletion(dev.id()), LONG).results())
                .hasSize(4);
        assertThat(platform.clusters.cluster(EU).objects()).isEmpty();
        assertThat(platform.clusters.cluster(US).objects()).isEmpty();
    }

    @Test
    void namespaces_on_a_cluster_that_the_environment_left_are_deleted() {
        lifecycle.deploy(dev.id());
        platform.clusters.finishingDeletionsAtOnce();
        platform.environments.save(
                anEnvironment().id("shop-dev").clusters("eu-1").build());
        lifecycle.deploy(dev.id());

        lifecycle.delete(lifecycle.planDeletion(dev.id()), LONG);

        assertThat(platform.clusters.cluster(US).objects()).isEmpty();
    }

    @Test
    void a_namespace_whose_stored_row_was_purged_is_deleted_from_the_record() {
        lifecycle.deploy(dev.id());
        platform.clusters.finishingDeletionsAtOnce();
        Stores purged = platform.stores.stores().toBuilder()
                .namespaces(new Platform().namespaces)
                .build();
        try (NamespaceLifecycle later =
                platform.builder(platform.gateway, purged).build()) {
            DeletionPlan plan = later.planDeletion(dev.id());

            assertThat(plan.namespaces())
                    .extracting(DeletionPlan.PlannedNamespace::row)
                    .containsOnly(DeletionPlan.Row.MISSING);
            assertThat(later.delete(plan, LONG).results()).hasSize(4);
        }
        assertThat(platform.clusters.cluster(EU).objects()).isEmpty();
    }

    @Test
    void more_deletions_than_the_cap_need_a_confirmation_of_their_number() {
        lifecycle.deploy(dev.id());
        platform.clusters.finishingDeletionsAtOnce();
        try (NamespaceLifecycle careful = platform.builder().deletionCap(3).build()) {
            DeletionPlan plan = careful.planDeletion(dev.id());

            assertThatThrownBy(() -> careful.delete(plan, LONG))
                    .isInstanceOfSatisfying(
                            DeletionNotConfirmedException.class,
                            refused -> assertThat(refused.deletions()).isEqualTo(4));
            assertThatThrownBy(() ->
                            careful.delete(plan, DeletionOptions.waiting(LONG).withConfirmedDeletions(5)))
                    .isInstanceOf(DeletionNotConfirmedException.class);
            assertThat(careful.delete(plan, DeletionOptions.waiting(LONG).withConfirmedDeletions(4))
                            .isComplete())
                    .isTrue();
        }
    }

    @Test
    void a_plan_names_who_asked_for_it_and_expires_when_it_says() {
        DeletionPlan plan = lifecycle.planDeletion(
                dev.id(), PlanOptions.defaults().withRequestedBy("alice").withValidity(Duration.ofHours(1)));

        assertThat(plan.toString()).contains("requested by alice");
        try (NamespaceLifecycle late = platform.builder()
                .clock(Clock.fixed(Platform.NOW.plus(Duration.ofHours(1)), ZoneOffset.UTC))
                .build()) {
            assertThatThrownBy(() -> late.delete(plan, NO_WAIT)).isInstanceOf(DeletionPlanUnusableException.class);
        }
    }

    @Test
    void a_plan_of_an_unknown_format_is_refused() {
        assertThatThrownBy(() ->
                        new DeletionPlan(2, List.of(), List.of(), List.of(), List.of(), List.of(), null, Platform.NOW))
                .isInstanceOf(InvalidTextException.class);
    }

    @Test
    void a_plan_that_lacks_a_serial_is_refused_since_it_could_be_used_twice() {
        lifecycle.deploy(dev.id());
        DeletionPlan plan = lifecycle.planDeletion(dev.id());
        DeletionPlan forged = new DeletionPlan(
                1, plan.namespaces(), plan.deletions(), List.of(), List.of(), List.of(), null, plan.expiresAt());

        assertThatThrownBy(() -> lifecycle.delete(forged, NO_WAIT)).isInstanceOf(DeletionPlanUnusableException.class);
        assertThat(platform.gateway.calls(GatewayCall.Delete.class)).isEmpty();
    }

    @Test
    void a_plan_with_two_deletions_of_one_namespace_is_refused() {
        lifecycle.deploy(dev.id());
        DeletionPlan plan = lifecycle.planDeletion(dev.id());
        List<Deletion> twice = new ArrayList<>(plan.deletions());
        twice.add(plan.deletions().get(0));
        DeletionPlan forged = new DeletionPlan(
                1, plan.namespaces(), twice, List.of(), List.of(), plan.serials(), null, plan.expiresAt());

        assertThatThrownBy(() -> lifecycle.delete(forged, NO_WAIT)).isInstanceOf(DeletionPlanUnusableException.class);
        assertThat(platform.gateway.calls(GatewayCall.Delete.class)).isEmpty();
    }

    @Test
    void a_plan_that_keeps_an_absent_namespace_without_its_serial_is_refused() {
        DeletionPlan plan = lifecycle.planDeletion(dev.id());
        List<DeletionPlan.Serial> serials = List.of(plan.serials().get(0));
        DeletionPlan forged =
                new DeletionPlan(1, List.of(), List.of(), plan.kept(), List.of(), serials, null, plan.expiresAt());

        assertThatThrownBy(() -> lifecycle.delete(forged, NO_WAIT)).isInstanceOf(DeletionPlanUnusableException.class);
    }

    @Test
    void a_plan_with_a_namespace_under_a_false_environment_is_refused() {
        Environment prod =
                platform.environment(anEnvironment().id("prod").clusters("us-1").build(), "prod-web");
        Namespace web = platform.namespaces.findByNames(Set.of("prod-web")).get(0);
        DeletionPlan plan = lifecycle.planDeletion(dev.id());
        List<PlannedNamespace> namespaces = new ArrayList<>(plan.namespaces());
        namespaces.add(new PlannedNamespace(web.id(), dev.id(), web.name(), web.version(), DeletionPlan.Row.LIVE));
        DeletionPlan forged = new DeletionPlan(
                1, namespaces, List.of(), plan.kept(), List.of(), plan.serials(), null, plan.expiresAt());

        assertThatThrownBy(() -> lifecycle.delete(forged, NO_WAIT))
                .isInstanceOf(DeletionPlanUnusableException.class)
                .hasMessageContaining("prod-web of prod");
        assertThat(platform.namespaces.findByEnvironments(List.of(dev.id(), prod.id())))
                .hasSize(3);
    }

    @Test
    void a_plan_is_refused_if_its_environment_has_come_to_a_cluster_since() {
        Environment small = platform.environment(
                anEnvironment().id("small").clusters("eu-1").build(), "small-web");
        lifecycle.deploy(small.id());
        DeletionPlan plan = lifecycle.planDeletion(small.id());
        platform.environments.save(
                anEnvironment().id("small").clusters("eu-1", "us-1").build());
        lifecycle.deploy(small.id());

        assertThatThrownBy(() -> lifecycle.delete(plan, NO_WAIT))
                .isInstanceOf(DeletionPlanUnusableException.class)
                .hasMessageContaining("small on us-1");
        assertThat(platform.namespaces.findByEnvironments(List.of(small.id()))).hasSize(1);
        assertThat(lifecycle.planDeletion(small.id()).deletions()).hasSize(2);
    }

    @Test
    void an_environment_that_nobody_knows_cannot_be_planned() {
        assertThatThrownBy(() -> lifecycle.planDeletion(new EnvironmentId("nobody")))
                .isInstanceOf(UnknownEnvironmentException.class);
    }

    @Test
    void a_deletion_in_a_transaction_of_the_host_is_refused() {
        lifecycle.deploy(dev.id());
        DeletionPlan plan = lifecycle.planDeletion(dev.id());

        platform.stores.inTransaction(() ->
                assertThatThrownBy(() -> lifecycle.delete(plan, NO_WAIT)).isInstanceOf(HostTransactionException.class));

        assertThat(platform.gateway.calls(GatewayCall.Delete.class)).isEmpty();
    }

    @Test
    void a_store_that_fails_after_the_plan_was_used_leaves_a_report() {
        lifecycle.deploy(dev.id());
        for (String method : List.of("consume", "begin", "settle")) {
            DeletionPlan plan = lifecycle.planDeletion(dev.id());
            Stores failing = platform.stores.stores().toBuilder()
                    .deployments(failing(DeploymentStore.class, platform.deployments, method))
                    .build();
            try (NamespaceLifecycle unlucky =
                    platform.builder(platform.gateway, failing).build()) {
                DeletionIncompleteException incomplete =
                        catchThrowableOfType(DeletionIncompleteException.class, () -> unlucky.delete(plan, NO_WAIT));

                assertThat(incomplete.report().results()).as(method).hasSize(4);
            }
        }
        DeletionPlan plan = lifecycle.planDeletion(dev.id());
        assertThat(plan.deletions()).hasSize(4);
    }

    @Test
    void a_report_shows_the_store_that_failed_after_everything_was_gone() {
        lifecycle.deploy(dev.id());
        platform.clusters.finishingDeletionsAtOnce();
        Stores failing = platform.stores.stores().toBuilder()
                .deployments(failing(DeploymentStore.class, platform.deployments, "settle"))
                .build();
        try (NamespaceLifecycle unlucky =
                platform.builder(platform.gateway, failing).build()) {
            DeletionReport report = unlucky.delete(unlucky.planDeletion(dev.id()), Duration.ofSeconds(20));

            assertThat(report.storeFailures()).isNotEmpty();
            assertThat(report.toString().lines())
                    .contains("store failed: " + report.storeFailures().get(0).getMessage());
            assertThat(new DeletionIncompleteException(ErrorContext.of(Operation.DELETE_NAMESPACES), report)
                            .getSuppressed())
                    .containsAll(report.storeFailures());
        }
    }

    @Test
    void a_store_failure_is_thrown_although_the_plan_deletes_nothing_on_a_cluster() {
        for (String call : List.of("deployments.consume", "namespaces.update")) {
            DeletionPlan plan = lifecycle.planDeletion(dev.id());
            assertThat(plan.deletions()).isEmpty();
            Stores failing = WatchedStores.of(platform.stores.stores(), each -> {
                if (each.equals(call)) {
                    throw storeFailure();
                }
            });
            try (NamespaceLifecycle unlucky =
                    platform.builder(platform.gateway, failing).build()) {
                assertThatThrownBy(() -> unlucky.delete(plan, NO_WAIT)).as(call).isInstanceOf(StoreException.class);
            }
        }
        assertThat(platform.namespaces.findByEnvironments(List.of(dev.id()))).hasSize(2);
    }

    @Test
    void an_unexpected_failure_of_a_store_has_the_report_as_well() {
        lifecycle.deploy(dev.id());
        DeletionPlan plan = lifecycle.planDeletion(dev.id());
        Stores failing = platform.stores.stores().toBuilder()
                .namespaces((NamespaceStore) Proxy.newProxyInstance(
                        NamespaceStore.class.getClassLoader(),
                        new Class<?>[] {NamespaceStore.class},
                        (proxy, method, arguments) -> {
                            if (method.getName().equals("update")) {
                                throw new IllegalStateException("bug in a store");
                            }
                            return method.invoke(platform.namespaces, arguments);
                        }))
                .build();
        try (NamespaceLifecycle unlucky =
                platform.builder(platform.gateway, failing).build()) {
            Throwable thrown = catchThrowable(() -> unlucky.delete(plan, NO_WAIT));

            assertThat(thrown).hasMessage("bug in a store");
            assertThat(thrown.getSuppressed()).hasAtLeastOneElementOfType(DeletionIncompleteException.class);
        }
        assertThat(platform.gateway.calls(GatewayCall.Delete.class)).isEmpty();
    }

    @Test
    void locks_are_given_back_while_a_stuck_finalizer_is_waited_for() throws Exception {
        lifecycle.deploy(dev.id());
        kubectl().addFinalizer(ResourceRef.namespace("shop-web"), "example.com/own");
        platform.clusters.finishingDeletionsAtOnce();
        Namespace web = platform.namespaces.findByNames(List.of("shop-web")).get(0);
        DeletionPlan plan = lifecycle.planDeletion(List.of(web.id()));
        CompletableFuture<?> deleting = CompletableFuture.runAsync(() -> lifecycle.delete(plan, Duration.ofMinutes(1)));
        Awaitility.await()
                .until(() -> platform.gateway.calls(GatewayCall.Delete.class).size() == 2);

        lifecycle.deploy(dev.id());

        assertThat(deleting).isNotDone();
        kubectl().removeFinalizer(ResourceRef.namespace("shop-web"), "example.com/own");
        deleting.get(30, TimeUnit.SECONDS);
    }

    @Test
    void an_interrupted_wait_ends_with_the_report() throws Exception {
        lifecycle.deploy(dev.id());
        DeletionPlan plan = lifecycle.planDeletion(dev.id());
        CompletableFuture<Throwable> result = new CompletableFuture<>();
        Thread thread =
                new Thread(() -> result.complete(catchThrowable(() -> lifecycle.delete(plan, Duration.ofMinutes(1)))));
        thread.start();
        Awaitility.await()
                .until(() -> platform.gateway.calls(GatewayCall.Delete.class).size() == 4);

        thread.interrupt();

        Throwable thrown = result.get(30, TimeUnit.SECONDS);
        assertThat(thrown).isInstanceOf(OperationInterruptedException.class);
        assertThat(thrown.getSuppressed()).singleElement().isInstanceOf(DeletionIncompleteException.class);
    }

    @Test
    void rows_are_removed_once_their_namespace_is_gone() {
        lifecycle.deploy(dev.id());
        platform.clusters.finishingDeletionsAtOnce();

        lifecycle.delete(lifecycle.planDeletion(dev.id()), LONG);

        assertThat(platform.deployments.findPage(new Target(dev.id(), EU), null, 10))
                .isEmpty();
        assertThat(platform.deployments.findPage(new Target(dev.id(), US), null, 10))
                .isEmpty();
        assertThat(lifecycle.planDeletion(dev.id()).namespaces()).isEmpty();
    }

    @Test
    void a_create_that_arrives_after_the_deletion_is_recognized_and_planned() {
        Fault late = platform.clusters
                .faults()
                .on(call -> call instanceof GatewayCall.Create create
                        && create.resource().equals(ResourceRef.namespace("shop-web"))
                        && create.cluster().equals(EU))
                .arriveLater(Failure.timeout());
        assertThatThrownBy(() -> lifecycle.deploy(dev.id())).isInstanceOf(DeploymentFailedException.class);
        late.remove();
        platform.clusters.finishingDeletionsAtOnce();
        lifecycle.delete(lifecycle.planDeletion(dev.id()), LONG);

        late.deliver();
        DeletionPlan plan = lifecycle.planDeletion(dev.id());

        assertThat(plan.deletions()).extracting(Deletion::cluster).containsExactly(EU);
        assertThat(lifecycle.delete(plan, LONG).isComplete()).isTrue();
        assertThat(platform.clusters.cluster(EU).objects()).isEmpty();
    }

    @Test
    void a_given_up_delete_cannot_delete_what_was_deployed_since() {
        lifecycle.deploy(dev.id());
        Namespace web = platform.namespaces.findByNames(List.of("shop-web")).get(0);
        DeletionPlan plan = lifecycle.planDeletion(List.of(web.id()));
        Fault late = platform.clusters
                .faults()
                .on(call -> call instanceof GatewayCall.Delete)
                .arriveLater(Failure.timeout());
        incomplete(plan, NO_WAIT);
        late.remove();
        platform.namespace(dev, "shop-web");
        lifecycle.deploy(dev.id());

        late.deliver();

        assertThat(platform.live(EU, "shop-web").getMetadata().getDeletionTimestamp())
                .isNull();
    }

    private Set<String> reasons(DeletionPlan plan) {
        return plan.kept().stream()
                .map(kept -> kept.namespace().name() + " " + kept.cluster() + " " + kept.reason())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private List<String> outcomes(DeletionReport report) {
        return report.results().stream()
                .map(result -> result.deletion().namespace().name() + " "
                        + result.deletion().cluster() + " "
                        + result.outcome().getClass().getSimpleName())
                .toList();
    }

    private DeletionIncompleteException incomplete(DeletionPlan plan, Duration wait) {
        DeletionIncompleteException incomplete =
                catchThrowableOfType(DeletionIncompleteException.class, () -> lifecycle.delete(plan, wait));
        assertThat(incomplete).isNotNull();
        return incomplete;
    }

    private FakeCluster.User kubectl() {
        return platform.clusters.cluster(EU).as("kubectl");
    }

    private void assertOnlyPlannedWereDeleted(DeletionPlan plan) {
        Set<String> planned = plan.deletions().stream()
                .map(deletion -> deletion.cluster() + " " + deletion.uid())
                .collect(Collectors.toSet());
        assertThat(platform.gateway.calls(GatewayCall.Delete.class))
                .isNotEmpty()
                .allSatisfy(call -> assertThat(planned)
                        .contains(call.cluster() + " " + call.options().uid()));
    }

    private static <T> T failing(Class<T> port, T target, String method) {
        return port.cast(Proxy.newProxyInstance(
                port.getClassLoader(), new Class<?>[] {port}, (proxy, called, arguments) -> {
                    if (called.getName().equals(method)) {
                        throw storeFailure();
                    }
                    try {
                        return called.invoke(target, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                }));
    }

    private static StoreException storeFailure() {
        return new StoreException(
                ErrorContext.of(Operation.BEGIN),
                ErrorCategory.UNAVAILABLE,
                "deployments",
                "key",
                Retry.later(),
                "no connection",
                null);
    }
}
