package dev.namespaces.integration;

import static dev.namespaces.integration.RealPlatform.FAKE;
import static dev.namespaces.integration.RealPlatform.REAL;
import static dev.namespaces.integration.RealPlatform.kept;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.core.delete.DeletionIncompleteException;
import dev.namespaces.core.delete.DeletionNotConfirmedException;
import dev.namespaces.core.delete.DeletionOptions;
import dev.namespaces.core.delete.DeletionPlan;
import dev.namespaces.core.delete.DeletionPlan.Unreachable;
import dev.namespaces.core.delete.DeletionPlanUnusableException;
import dev.namespaces.core.delete.Orphan;
import dev.namespaces.core.delete.PlanOptions;
import dev.namespaces.core.deploy.DeployOptions;
import dev.namespaces.core.deploy.DeploymentFailedException;
import dev.namespaces.core.request.NamespaceRequest;
import dev.namespaces.core.request.ProtectedNames;
import dev.namespaces.error.UnknownClusterException;
import dev.namespaces.model.Environment;
import dev.namespaces.model.Namespace;
import dev.namespaces.testservers.HttpProxy;
import dev.namespaces.testservers.KubeApiServer;
import dev.namespaces.testservers.OnRealCluster;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Each situation that a deletion can meet on a real API server, with its outcome. {@link RealPlatform} counts that
 * nothing is deleted that the plan does not have.
 */
@OnRealCluster(cilium = true, namespaceController = true)
@Timeout(120)
class DeletionOnRealClusterTest {

    private static final DeletionOptions NO_WAIT = DeletionOptions.waiting(Duration.ZERO);

    private static KubeApiServer server;
    private static KubeApiServer.NamespaceController controller;

    private RealPlatform platform;
    private NamespaceLifecycle lifecycle;

    @BeforeAll
    static void start(KubeApiServer cluster) {
        server = cluster;
        controller = server.startNamespaceController();
    }

    @AfterAll
    static void stop() {
        controller.close();
    }

    @BeforeEach
    void open() {
        platform = new RealPlatform(server);
        lifecycle = platform.lifecycle;
    }

    @AfterEach
    void close() {
        platform.close();
    }

    // What is kept

    @Test
    void a_namespace_that_two_environments_share_is_kept() {
        Namespace shop = platform.deployed();
        platform.sharing(shop.name());

        assertKept(shop, platform.plan(), "SHARED");
    }

    @Test
    void a_namespace_with_a_label_of_another_environment_is_kept() {
        Namespace shop = platform.deployed();
        platform.label(shop.name(), "namespaces.dev/environment", "elsewhere");

        assertKept(shop, platform.plan(), "CLAIMED");
    }

    @Test
    void a_namespace_without_labels_is_deleted_since_it_is_recorded() {
        Namespace shop = platform.deployed();
        platform.removeLabels(shop.name());

        assertThat(platform.delete(platform.plan())).containsExactly(shop.name() + " on real-1: Terminating");
        assertThat(platform.deletesSent()).isEqualTo(1);
    }

    @Test
    void a_namespace_of_another_installation_is_kept() {
        Namespace shop = platform.namespace(platform.environment);
        try (RealPlatform theirs = new RealPlatform(server)) {
            theirs.stores.environments().save(platform.environment);
            theirs.lifecycle.create(NamespaceRequest.of(platform.environment.id(), shop.name()));
            theirs.lifecycle.deploy(platform.environment.id());
        }

        assertKept(shop, platform.plan(), "FOREIGN");
    }

    @Test
    void a_namespace_whose_name_is_protected_is_kept() {
        Namespace shop = platform.deployed();
        try (NamespaceLifecycle careful = platform.builder()
                .protectedNames(new ProtectedNames(List.of(shop.name())))
                .build()) {
            assertKept(shop, careful.planDeletion(platform.environment.id()), "PROTECTED");
        }
    }

    private void assertKept(Namespace namespace, DeletionPlan plan, String reason) {
        assertThat(kept(plan)).containsExactly(namespace.name() + " on real-1: " + reason);
        assertThat(platform.delete(plan)).isEmpty();
        assertThat(platform.deletesSent()).isZero();
        platform.assertStays(namespace.name());
    }

    // What changes after the plan was made

    @Test
    void a_namespace_that_was_recreated_with_another_uid_is_not_deleted() {
        Namespace shop = platform.deployed();
        DeletionPlan plan = platform.plan();
        platform.deleteByHand(shop.name());
        platform.createByHand(shop.name(), Map.of());

        assertThat(platform.delete(plan)).containsExactly(shop.name() + " on real-1: Failed");

        assertThat(platform.deletesSent()).isZero();
        platform.assertStays(shop.name());
    }

    @Test
    void a_namespace_that_is_gone_already_is_a_success() {
        Namespace shop = platform.deployed();
        DeletionPlan plan = platform.plan();
        platform.deleteByHand(shop.name());

        assertThat(platform.delete(plan)).containsExactly(shop.name() + " on real-1: Gone");
    }

    @Test
    void a_namespace_that_is_taken_over_at_the_last_moment_is_not_deleted() {
        Namespace shop = platform.deployed();
        DeletionPlan plan = platform.plan();
        platform.proxy.always(
                beforeDelete(shop, () -> platform.label(shop.name(), "namespaces.dev/environment", "elsewhere")));

        assertThat(platform.delete(plan)).containsExactly(shop.name() + " on real-1: Failed");

        assertThat(platform.deletesSent()).isEqualTo(1);
        platform.assertStays(shop.name());
    }

    @Test
    void a_namespace_that_somebody_annotates_at_the_last_moment_is_deleted() {
        Namespace shop = platform.deployed();
        DeletionPlan plan = platform.plan();
        platform.proxy.always(beforeDelete(shop, () -> platform.annotate(shop.name(), "example.com/seen", "1")));

        assertThat(platform.delete(plan)).containsExactly(shop.name() + " on real-1: Terminating");

        assertThat(platform.deletesSent()).isEqualTo(2);
    }

    /** Does something when the first delete of the namespace is on its way to the API server. */
    private static HttpProxy.Turn beforeDelete(Namespace namespace, Runnable change) {
        boolean[] isDone = new boolean[1];
        return (exchange, forward) -> {
            if (exchange.getRequestMethod().equals("DELETE")
                    && exchange.getRequestURI().getPath().endsWith("/" + namespace.name())
                    && !isDone[0]) {
                isDone[0] = true;
                change.run();
            }
            forward.run(true);
        };
    }

    @Test
    void a_plan_is_good_after_ten_deployments_and_a_failed_one() {
        Namespace shop = platform.deployed();
        DeletionPlan plan = platform.plan();
        DeployOptions again = DeployOptions.defaults().withRewriteAll(true);
        for (int i = 0; i < 10; i++) {
            lifecycle.deploy(platform.environment.id(), again);
        }
        platform.proxy.always((exchange, forward) -> {
            if (exchange.getRequestMethod().equals("PATCH")) {
                HttpProxy.status(403, "Forbidden", Map.of()).take(exchange, forward);
            } else {
                forward.run(true);
            }
        });
        assertThatThrownBy(() -> lifecycle.deploy(platform.environment.id(), again))
                .isInstanceOf(DeploymentFailedException.class);
        platform.proxy.always(HttpProxy.PASS);

        assertThat(platform.delete(plan)).containsExactly(shop.name() + " on real-1: Terminating");
    }

    // A plan is good once

    @Test
    void a_used_plan_is_refused_as_object_copy_elsewhere_and_after_a_restart() {
        platform.deployed();
        DeletionPlan plan = platform.plan();
        platform.delete(plan);
        DeletionPlan copy = DeletionPlan.fromJson(plan.toJson());
        // The name of the namespace is free again for the next deployment, which the plan must not delete.
        Namespace next = platform.deployed();

        try (NamespaceLifecycle replica = platform.builder().build()) {
            for (DeletionPlan each : List.of(plan, copy)) {
                assertUnusable(lifecycle, each);
                assertUnusable(replica, each);
            }
        }
        lifecycle.close();
        try (NamespaceLifecycle restarted = NamespaceLifecycle.builder(
                        platform.gateway, platform.storesOfAnotherReplica().stores())
                .build()) {
            assertUnusable(restarted, copy);
        }
        platform.assertStays(next.name());
    }

    @Test
    void a_plan_that_another_plan_has_overtaken_is_refused() {
        Namespace shop = platform.deployed();
        Namespace other = platform.deployed();
        DeletionPlan first = platform.plan(shop.id());
        DeletionPlan second = platform.plan(other.id());

        platform.delete(first);

        assertUnusable(lifecycle, second);
        platform.assertStays(other.name());
        assertThat(platform.delete(platform.plan(other.id())))
                .containsExactly(other.name() + " on real-1: Terminating");
    }

    @Test
    void an_expired_plan_is_refused() {
        Namespace shop = platform.deployed();
        DeletionPlan plan = lifecycle.planDeletion(
                platform.environment.id(), PlanOptions.defaults().withValidity(Duration.ofHours(1)));
        try (NamespaceLifecycle late = platform.builder()
                .clock(Clock.offset(Clock.systemUTC(), Duration.ofHours(1)))
                .build()) {
            assertUnusable(late, plan);
        }
        platform.assertStays(shop.name());
    }

    private void assertUnusable(NamespaceLifecycle by, DeletionPlan plan) {
        assertThatThrownBy(() -> platform.delete(by, plan, NO_WAIT)).isInstanceOf(DeletionPlanUnusableException.class);
        assertThat(platform.deletesSent()).isZero();
    }

    @Test
    void more_deletions_than_the_cap_need_a_confirmation_of_their_number() {
        platform.namespace(platform.environment);
        platform.deployed();
        try (NamespaceLifecycle careful = platform.builder().deletionCap(1).build()) {
            DeletionPlan plan = platform.plan();

            for (DeletionOptions unconfirmed : List.of(NO_WAIT, NO_WAIT.withConfirmedDeletions(3))) {
                assertThatThrownBy(() -> platform.delete(careful, plan, unconfirmed))
                        .isInstanceOf(DeletionNotConfirmedException.class);
                assertThat(platform.deletesSent()).isZero();
            }
            assertThat(platform.delete(careful, plan, NO_WAIT.withConfirmedDeletions(2)))
                    .hasSize(2);
        }
        assertThat(platform.deletesSent()).isEqualTo(2);
    }

    // What holds a namespace

    @Test
    void a_finalizer_of_content_is_named_and_planning_again_waits_for_the_end() {
        Namespace shop = platform.deployed();
        ConfigMap holder = new ConfigMapBuilder()
                .withNewMetadata()
                .withNamespace(shop.name())
                .withName("holder")
                .withFinalizers("example.com/hold")
                .endMetadata()
                .build();
        server.client().resource(holder).create();
        assertThat(platform.delete(platform.plan())).containsExactly(shop.name() + " on real-1: Terminating");
        await().atMost(Duration.ofSeconds(40))
                .until(() -> platform.live(shop.name()).getStatus().getConditions().stream()
                        .anyMatch(condition -> condition.getType().equals("NamespaceFinalizersRemaining")
                                && condition.getStatus().equals("True")));

        assertHeld(platform.plan(), "example.com/hold in 1 resource instances");

        DeletionPlan again = platform.plan();
        assertThat(again.deletions()).hasSize(1);
        server.client()
                .resource(holder)
                .edit(found -> new ConfigMapBuilder(found)
                        .editMetadata()
                        .withFinalizers()
                        .endMetadata()
                        .build());
        assertThat(platform.deleteAndWait(again)).containsExactly(shop.name() + " on real-1: Gone");
        platform.assertIsDeleted(shop.name());
        assertThat(platform.plan().namespaces()).isEmpty();
    }

    @Test
    void a_finalizer_of_the_namespace_itself_is_named() {
        Namespace shop = platform.deployed();
        platform.finalizers(shop.name(), "example.com/own");

        assertHeld(platform.plan(), "the namespace itself has the finalizer example.com/own");

        platform.finalizers(shop.name());
    }

    private void assertHeld(DeletionPlan plan, String by) {
        DeletionIncompleteException held = catchThrowableOfType(
                DeletionIncompleteException.class,
                () -> platform.counted(plan, () -> lifecycle.delete(plan, Duration.ZERO)));
        assertThat(held).hasMessageContaining(by);
        assertThat(held.isRetryable()).isTrue();
    }

    // Clusters

    @Test
    void a_cluster_that_is_unreachable_at_the_plan_stops_nothing_and_is_planned_again() {
        Namespace shop = onBothClusters();
        platform.proxy.always(REFUSE);
        DeletionPlan plan = platform.plan();

        assertThat(plan.unreachable()).extracting(Unreachable::cluster).containsExactly(REAL);
        assertThat(platform.delete(plan)).containsExactly(shop.name() + " on fake-1: Gone");

        platform.proxy.always(HttpProxy.PASS);
        platform.assertStays(shop.name());
        assertThat(platform.delete(platform.plan())).containsExactly(shop.name() + " on real-1: Terminating");
    }

    @Test
    void a_cluster_that_is_unreachable_at_the_deletion_is_continued_by_planning_again() {
        Namespace shop = onBothClusters();
        DeletionPlan plan = platform.plan();
        platform.proxy.always(REFUSE);

        DeletionIncompleteException incomplete =
                catchThrowableOfType(DeletionIncompleteException.class, () -> lifecycle.delete(plan, Duration.ZERO));

        assertThat(incomplete.isRetryable()).isTrue();
        assertThat(platform.fakes.cluster(FAKE).objects()).isEmpty();
        platform.proxy.always(HttpProxy.PASS);
        platform.assertStays(shop.name());
        assertThat(platform.delete(platform.plan())).containsExactly(shop.name() + " on real-1: Terminating");
    }

    /** Nobody answers: the connection ends. */
    private static final HttpProxy.Turn REFUSE = (exchange, forward) -> {};

    @Test
    void what_is_on_a_cluster_that_was_lost_is_not_deleted_although_it_exists_after_all() {
        Namespace shop = onBothClusters();
        PlanOptions lost = PlanOptions.defaults().withLostClusters(Set.of(REAL));

        DeletionPlan plan = lifecycle.planDeletion(platform.environment.id(), lost);
        assertThat(kept(plan)).containsExactly(shop.name() + " on real-1: CLUSTER_LOST");
        assertThat(platform.delete(plan)).containsExactly(shop.name() + " on fake-1: Gone");

        platform.assertStays(shop.name());
        assertThat(lifecycle.findOrphans(REAL))
                .filteredOn(orphan -> orphan.name().equals(shop.name()))
                .extracting(Orphan::reason)
                .containsExactly(Orphan.Reason.UNRECORDED);
        assertUnusable(lifecycle, plan);
    }

    @Test
    void a_cluster_that_nobody_configures_any_more_is_listed_and_is_not_retryable() {
        onBothClusters();
        try (NamespaceLifecycle without = NamespaceLifecycle.builder(platform.fakes, platform.stores.stores())
                .build()) {
            DeletionPlan plan = without.planDeletion(platform.environment.id());

            assertThat(plan.unreachable()).singleElement().satisfies(each -> {
                assertThat(each.cluster()).isEqualTo(REAL);
                assertThat(each.retryable()).isFalse();
            });
            assertThatThrownBy(() -> without.delete(plan, Duration.ZERO))
                    .isInstanceOfSatisfying(
                            DeletionIncompleteException.class,
                            incomplete -> assertThat(incomplete.isRetryable()).isFalse());
            assertThatThrownBy(() -> without.findOrphans(REAL)).isInstanceOf(UnknownClusterException.class);
        }
    }

    @Test
    void namespaces_on_a_cluster_that_the_environment_left_are_deleted() {
        Namespace shop = onBothClusters();
        platform.environment(platform.environment.id().value(), FAKE);
        lifecycle.deploy(platform.environment.id());

        assertThat(platform.delete(platform.plan()))
                .containsExactlyInAnyOrder(shop.name() + " on fake-1: Gone", shop.name() + " on real-1: Terminating");
    }

    @Test
    void the_namespaces_of_an_archived_environment_are_deleted() {
        Namespace shop = platform.deployed();
        platform.stores.environments().softDelete(platform.environment.id(), Instant.now());

        assertThat(platform.delete(platform.plan())).containsExactly(shop.name() + " on real-1: Terminating");
    }

    private Namespace onBothClusters() {
        Environment both = platform.environment(platform.environment.id().value(), REAL, FAKE);
        Namespace created = platform.namespace(both);
        lifecycle.deploy(both.id());
        return created;
    }
}
