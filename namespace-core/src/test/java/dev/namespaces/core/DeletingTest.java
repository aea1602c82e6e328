package dev.namespaces.core;

import static dev.namespaces.core.Platform.EU;
import static dev.namespaces.core.Platform.US;
import static dev.namespaces.testkit.TestData.aNamespace;
import static dev.namespaces.testkit.TestData.anEnvironment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.namespaces.core.delete.DeletionIncompleteException;
import dev.namespaces.core.delete.DeletionPlan;
import dev.namespaces.core.delete.DeletionPlan.Kept;
import dev.namespaces.core.delete.DeletionPlan.PlannedNamespace;
import dev.namespaces.core.delete.DeletionPlan.Reason;
import dev.namespaces.core.delete.DeletionPlan.Row;
import dev.namespaces.core.delete.DeletionPlanUnusableException;
import dev.namespaces.core.delete.DeletionReport.Outcome;
import dev.namespaces.core.deploy.DeployOptions;
import dev.namespaces.core.request.NamespaceRequest;
import dev.namespaces.error.DeploymentInProgressException;
import dev.namespaces.error.ForbiddenException;
import dev.namespaces.error.PreconditionFailedException;
import dev.namespaces.error.StaleVersionException;
import dev.namespaces.error.UnknownNamespaceException;
import dev.namespaces.model.DeletionCondition;
import dev.namespaces.model.Environment;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.NamespaceId;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.model.Target;
import dev.namespaces.spi.DeploymentLock.Lease;
import dev.namespaces.spi.LifecycleEvent;
import dev.namespaces.testkit.Failure;
import dev.namespaces.testkit.Faults.Fault;
import dev.namespaces.testkit.GatewayCall;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class DeletingTest {

    private static final Duration NO_WAIT = Duration.ZERO;

    private final Platform platform = new Platform();
    private final NamespaceLifecycle lifecycle = platform.lifecycle;
    private final Environment dev = platform.environment(
            anEnvironment().id("shop-dev").clusters("eu-1", "us-1").build());
    private final Namespace web = platform.namespace(dev, "shop-web");

    @AfterEach
    void close() {
        platform.close();
    }

    @Test
    void a_plan_lists_what_we_created_with_its_uid_and_changes_nothing() {
        lifecycle.deploy(dev.id());
        Map<String, Object> before = platform.standing();

        DeletionPlan plan = lifecycle.planDeletion(List.of(web.id()));

        assertThat(plan.deletions())
                .containsExactly(
                        new DeletionPlan.Deletion(
                                planned(web),
                                EU,
                                platform.live(EU, "shop-web").getMetadata().getUid()),
                        new DeletionPlan.Deletion(
                                planned(web),
                                US,
                                platform.live(US, "shop-web").getMetadata().getUid()));
        assertThat(plan.kept()).isEmpty();
        assertThat(platform.standing()).isEqualTo(before);
        assertThat(plan.toString()).contains("delete shop-web of shop-dev on eu-1 (uid ");
    }

    @Test
    void what_is_deleted_is_gone_from_the_clusters_and_soft_deleted_in_the_store() {
        lifecycle.deploy(dev.id());
        platform.clusters.finishingDeletionsAtOnce();

        lifecycle.delete(lifecycle.planDeletion(List.of(web.id())), Duration.ofSeconds(20));

        assertThat(platform.clusters.cluster(EU).objects()).isEmpty();
        assertThat(platform.clusters.cluster(US).objects()).isEmpty();
        assertThat(platform.namespaces.findByIds(List.of(web.id())).stream()
                        .findFirst()
                        .orElseThrow()
                        .isLive())
                .isFalse();
        assertThat(platform.events)
                .filteredOn(LifecycleEvent.NamespaceDeleted.class::isInstance)
                .hasSize(2);
        lifecycle.ensureDeployed(dev.id());
        assertThat(platform.clusters.cluster(EU).objects()).isEmpty();
    }

    @Test
    void an_adopted_namespace_is_never_deleted() {
        platform.clusters.cluster(EU).as("kubectl").createNamespace("shop-web");
        lifecycle.deploy(dev.id());

        DeletionPlan plan = lifecycle.planDeletion(List.of(web.id()));

        assertThat(plan.kept()).containsExactly(new Kept(planned(web), EU, Reason.ADOPTED));
        assertThat(plan.deletions()).extracting(DeletionPlan.Deletion::cluster).containsExactly(US);
    }

    @Test
    void absent_claimed_foreign_shared_and_protected_namespaces_are_kept() {
        assertThat(reason(web)).isEqualTo(Reason.ABSENT);

        platform.clusters
                .cluster(EU)
                .as("namespaces.dev")
                .createNamespace("shop-web", Map.of("namespaces.dev/environment", "other"));
        assertThat(reason(web)).isEqualTo(Reason.CLAIMED);

        platform.clusters
                .cluster(EU)
                .as("kubectl")
                .label(
                        ResourceRef.namespace("shop-web"),
                        "namespaces.dev/environment",
                        dev.id().value());
        assertThat(reason(web)).isEqualTo(Reason.FOREIGN);

        Namespace api = platform.namespace(dev, "shop-api");
        lifecycle.apply(api.id(), DeployOptions.defaults());
        platform.sharing(anEnvironment().id("other").clusters("eu-1").build(), "shop-api");
        assertThat(reason(api)).isEqualTo(Reason.SHARED);

        Namespace system = aNamespace().in(dev).name("kube-system").build();
        platform.namespaces.insert(List.of(system));
        assertThat(reason(system)).isEqualTo(Reason.PROTECTED);
    }

    @Test
    void a_later_namespace_of_the_same_name_is_not_deleted_in_place_of_the_former() {
        lifecycle.deploy(dev.id());
        platform.namespaces.update(List.of(web.deleted(Platform.NOW)));
        platform.namespace(dev, "shop-web");
        lifecycle.ensureDeployed(dev.id());

        assertThat(reason(platform.namespaces.findByIds(List.of(web.id())).stream()
                        .findFirst()
                        .orElseThrow()))
                .isEqualTo(Reason.WANTED);
    }

    @Test
    void a_plan_is_good_once() {
        lifecycle.deploy(dev.id());
        platform.clusters.finishingDeletionsAtOnce();
        DeletionPlan plan = lifecycle.planDeletion(List.of(web.id()));
        lifecycle.delete(plan, NO_WAIT.plusSeconds(20));

        assertThatThrownBy(() -> lifecycle.delete(plan, NO_WAIT)).isInstanceOf(DeletionPlanUnusableException.class);
    }

    @Test
    void a_plan_expires_and_then_deletes_nothing() {
        lifecycle.deploy(dev.id());
        DeletionPlan plan = lifecycle.planDeletion(List.of(web.id()));
        Instant later = Platform.NOW.plus(Duration.ofHours(24));

        try (NamespaceLifecycle late =
                platform.builder().clock(Clock.fixed(later, ZoneOffset.UTC)).build()) {
            assertThatThrownBy(() -> late.delete(plan, NO_WAIT)).isInstanceOf(DeletionPlanUnusableException.class);
        }
        assertThat(platform.gateway.calls(GatewayCall.Delete.class)).isEmpty();
        assertThat(platform.namespaces.findByIds(List.of(web.id())).stream()
                        .findFirst()
                        .orElseThrow()
                        .isLive())
                .isTrue();
    }

    @Test
    void a_namespace_that_was_changed_in_the_store_since_is_not_deleted_anywhere() {
        lifecycle.deploy(dev.id());
        DeletionPlan plan = lifecycle.planDeletion(List.of(web.id()));
        lifecycle.update(web.id(), 1, NamespaceRequest.of(dev.id(), "shop-web").withMetadata("a", "b"));

        assertThatThrownBy(() -> lifecycle.delete(plan, NO_WAIT)).isInstanceOf(StaleVersionException.class);
        assertThat(platform.gateway.calls(GatewayCall.Delete.class)).isEmpty();
    }

    @Test
    void a_namespace_that_was_taken_over_on_the_cluster_since_is_not_deleted() {
        lifecycle.deploy(dev.id());
        platform.clusters.finishingDeletionsAtOnce();
        DeletionPlan plan = lifecycle.planDeletion(List.of(web.id()));
        platform.clusters
                .cluster(EU)
                .as("kubectl")
                .label(ResourceRef.namespace("shop-web"), "namespaces.dev/environment", "other");

        DeletionIncompleteException failure = catchThrowableOfType(
                DeletionIncompleteException.class, () -> lifecycle.delete(plan, Duration.ofSeconds(20)));

        assertThat(failure.report().results().get(0).outcome())
                .isInstanceOfSatisfying(
                        Outcome.Failed.class,
                        failed -> assertThat(failed.cause()).isInstanceOf(PreconditionFailedException.class));
        assertThat(failure.report().results().get(1).outcome()).isInstanceOf(Outcome.Gone.class);
        assertThat(platform.labels(EU, "shop-web")).isNotEmpty();
    }

    @Test
    void another_object_of_the_same_name_is_not_deleted() {
        lifecycle.deploy(dev.id());
        DeletionPlan plan = lifecycle.planDeletion(List.of(web.id()));
        platform.clusters.finishingDeletionsAtOnce();
        platform.clusters.cluster(EU).as("kubectl").delete(ResourceRef.namespace("shop-web"));
        lifecycle.deploy(dev.id());

        assertThatThrownBy(() -> lifecycle.delete(plan, NO_WAIT)).isInstanceOf(DeletionIncompleteException.class);
        assertThat(platform.labels(EU, "shop-web")).isNotEmpty();
    }

    @Test
    void a_stuck_deletion_ends_with_the_wait_and_names_the_api_servers_reasons() {
        lifecycle.deploy(dev.id());
        platform.clusters.cluster(EU).as("kubectl").addFinalizer(platform.policy("shop-web"), "example.com/hold");
        platform.clusters.finishingDeletionsAtOnce();

        DeletionIncompleteException failure = catchThrowableOfType(
                DeletionIncompleteException.class,
                () -> lifecycle.delete(lifecycle.planDeletion(List.of(web.id())), Duration.ofMillis(1)));

        assertThat(failure.report().results().get(0).outcome())
                .isInstanceOfSatisfying(
                        Outcome.Terminating.class,
                        terminating -> assertThat(terminating.conditions())
                                .extracting(DeletionCondition::type)
                                .contains("NamespaceFinalizersRemaining"));
        assertThat(failure).hasMessageContaining("example.com/hold");
        assertThat(platform.live(EU, "shop-web")).isNotNull();
    }

    @Test
    void the_wait_sees_the_end_and_tells_of_the_progress() throws Exception {
        lifecycle.deploy(dev.id());
        CompletableFuture<?> deleting = CompletableFuture.runAsync(
                () -> lifecycle.delete(lifecycle.planDeletion(List.of(web.id())), Duration.ofSeconds(30)));
        org.awaitility.Awaitility.await()
                .until(() -> platform.gateway.calls(GatewayCall.Delete.class).size() == 2);
        platform.clusters
                .cluster(EU)
                .reportDeletion("shop-web", new DeletionCondition("NamespaceContentRemaining", "SomeRemain", "pods"));
        org.awaitility.Awaitility.await()
                .until(() -> platform.events.stream().anyMatch(LifecycleEvent.NamespaceTerminating.class::isInstance));

        platform.clusters.cluster(EU).finishDeletion("shop-web");
        platform.clusters.cluster(US).finishDeletion("shop-web");

        deleting.get(30, TimeUnit.SECONDS);
        assertThat(platform.clusters.cluster(EU).objects()).isEmpty();
    }

    @Test
    void an_absent_namespace_is_success_and_a_refusal_stops_no_other_cluster() {
        lifecycle.deploy(dev.id());
        DeletionPlan plan = lifecycle.planDeletion(List.of(web.id()));
        platform.clusters.finishingDeletionsAtOnce();
        platform.clusters.cluster(US).as("kubectl").delete(ResourceRef.namespace("shop-web"));
        platform.clusters
                .faults()
                .on(call -> call instanceof GatewayCall.Delete)
                .fail(Failure.forbidden());

        DeletionIncompleteException failure =
                catchThrowableOfType(DeletionIncompleteException.class, () -> lifecycle.delete(plan, NO_WAIT));

        assertThat(failure.report().results().get(0).outcome())
                .isInstanceOfSatisfying(
                        Outcome.Failed.class,
                        failed -> assertThat(failed.cause()).isInstanceOf(ForbiddenException.class));
        assertThat(failure.report().results().get(1).outcome()).isInstanceOf(Outcome.Gone.class);
    }

    @Test
    void a_soft_deleted_namespace_can_be_planned_again() {
        lifecycle.deploy(dev.id());
        platform.namespaces.update(List.of(web.deleted(Platform.NOW)));
        platform.clusters.finishingDeletionsAtOnce();

        lifecycle.delete(lifecycle.planDeletion(List.of(web.id())), Duration.ofSeconds(20));

        assertThat(platform.clusters.cluster(EU).objects()).isEmpty();
    }

    @Test
    void a_namespace_that_is_named_twice_is_deleted_once() {
        lifecycle.deploy(dev.id());
        platform.clusters.finishingDeletionsAtOnce();

        DeletionPlan plan = lifecycle.planDeletion(List.of(web.id(), web.id()));

        assertThat(plan.deletions()).hasSize(2);
        lifecycle.delete(plan, Duration.ofSeconds(20));
        assertThat(platform.clusters.cluster(EU).objects()).isEmpty();
    }

    @Test
    void what_somebody_else_soft_deleted_since_is_deleted_all_the_same() {
        lifecycle.deploy(dev.id());
        platform.clusters.finishingDeletionsAtOnce();
        DeletionPlan plan = lifecycle.planDeletion(List.of(web.id()));
        platform.namespaces.update(List.of(web.deleted(Platform.NOW)));

        lifecycle.delete(plan, Duration.ofSeconds(20));

        assertThat(platform.clusters.cluster(EU).objects()).isEmpty();
    }

    @Test
    void a_plan_that_found_a_deployment_under_way_can_be_tried_again() {
        lifecycle.deploy(dev.id());
        platform.clusters.finishingDeletionsAtOnce();
        try (NamespaceLifecycle hasty =
                platform.builder().lockWait(Duration.ZERO).build()) {
            DeletionPlan plan = hasty.planDeletion(List.of(web.id()));
            try (Lease held = platform.lock.tryAcquire(new Target(dev.id(), US)).orElseThrow()) {
                assertThat(held.isHeld()).isTrue();
                assertThatThrownBy(() -> hasty.delete(plan, NO_WAIT)).isInstanceOf(DeploymentInProgressException.class);
            }

            hasty.delete(plan, Duration.ofSeconds(20));
        }
        assertThat(platform.clusters.cluster(US).objects()).isEmpty();
    }

    @Test
    void a_namespace_that_a_deployment_created_after_the_plan_is_reported() throws Exception {
        DeletionPlan plan = lifecycle.planDeletion(List.of(web.id()));
        Fault slow = platform.clusters
                .faults()
                .on(call -> call instanceof GatewayCall.Create)
                .block();
        CompletableFuture<?> deploying = CompletableFuture.runAsync(() -> lifecycle.deploy(dev.id()));
        slow.awaitHits(2);
        CompletableFuture<Throwable> deleting =
                CompletableFuture.supplyAsync(() -> catchThrowable(() -> lifecycle.delete(plan, NO_WAIT)));

        slow.remove();
        deploying.get(30, TimeUnit.SECONDS);

        assertThat(deleting.get(30, TimeUnit.SECONDS))
                .isInstanceOfSatisfying(
                        DeletionIncompleteException.class,
                        incomplete -> assertThat(incomplete.report().results())
                                .hasSize(2)
                                .allSatisfy(
                                        result -> assertThat(result.outcome()).isInstanceOf(Outcome.Failed.class)));
        assertThat(platform.gateway.calls(GatewayCall.Delete.class)).isEmpty();
        assertThat(lifecycle.planDeletion(dev.id()).deletions()).hasSize(2);
    }

    @Test
    void a_cluster_that_becomes_unreachable_is_looked_at_once_for_all_namespaces() {
        Namespace api = platform.namespace(dev, "shop-api");
        lifecycle.deploy(dev.id());
        DeletionPlan plan = lifecycle.planDeletion(List.of(web.id(), api.id()));
        int looksBeforeTheDeletions = 1;
        Fault unreachable = platform.clusters
                .faults()
                .on(call -> !call.writes() && call.cluster().equals(EU))
                .skipping(looksBeforeTheDeletions)
                .fail(Failure.unreachable());

        DeletionIncompleteException incomplete =
                catchThrowableOfType(DeletionIncompleteException.class, () -> lifecycle.delete(plan, NO_WAIT));

        assertThat(incomplete.report().results())
                .hasSize(4)
                .allSatisfy(result -> assertThat(result.outcome()).isInstanceOf(Outcome.Terminating.class));
        assertThat(unreachable.hits()).isEqualTo(1);
    }

    @Test
    void a_cluster_that_asks_for_time_is_not_looked_at_before_it_is_over() {
        lifecycle.deploy(dev.id());
        DeletionPlan plan = lifecycle.planDeletion(List.of(web.id()));
        Fault throttled = platform.clusters
                .faults()
                .on(call -> call instanceof GatewayCall.Find && call.cluster().equals(EU))
                .skipping(1)
                .fail(Failure.throttled(Duration.ofHours(1)));

        assertThatThrownBy(() -> lifecycle.delete(plan, Duration.ofMillis(1_200)))
                .isInstanceOf(DeletionIncompleteException.class);

        assertThat(throttled.hits()).isEqualTo(1);
    }

    @Test
    void a_wait_of_any_length_is_taken() {
        lifecycle.deploy(dev.id());
        platform.clusters.finishingDeletionsAtOnce();
        DeletionPlan plan = lifecycle.planDeletion(List.of(web.id()));

        lifecycle.delete(plan, ChronoUnit.FOREVER.getDuration());

        assertThat(platform.clusters.cluster(EU).objects()).isEmpty();
    }

    @Test
    void an_unknown_namespace_cannot_be_planned() {
        assertThatThrownBy(() -> lifecycle.planDeletion(List.of(new NamespaceId("x"))))
                .isInstanceOf(UnknownNamespaceException.class);
    }

    private static PlannedNamespace planned(Namespace namespace) {
        return new PlannedNamespace(
                namespace.id(), namespace.environmentId(), namespace.name(), namespace.version(), Row.LIVE);
    }

    private Reason reason(Namespace namespace) {
        return lifecycle.planDeletion(List.of(namespace.id())).kept().get(0).reason();
    }
}
