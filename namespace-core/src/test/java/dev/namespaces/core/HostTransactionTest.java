package dev.namespaces.core;

import static dev.namespaces.core.Platform.EU;
import static dev.namespaces.testkit.TestData.anEgressPolicy;
import static dev.namespaces.testkit.TestData.anEnvironment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.namespaces.core.delete.DeletionPlan;
import dev.namespaces.core.deploy.DeployOptions;
import dev.namespaces.core.deploy.DryRun;
import dev.namespaces.core.ensure.EnsureOutcome;
import dev.namespaces.error.HostTransactionException;
import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.Target;
import dev.namespaces.spi.DeploymentLock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class HostTransactionTest {

    private final Platform platform = new Platform();
    private final NotedStores noted = new NotedStores(platform.stores.stores());
    private final NamespaceLifecycle lifecycle =
            platform.builder(platform.gateway, noted.stores()).build();
    private final Environment dev =
            platform.environment(anEnvironment().id("shop-dev").build(), "shop-web");
    private final Namespace web =
            platform.namespaces.findByEnvironments(List.of(dev.id())).get(0);

    @AfterEach
    void close() {
        lifecycle.close();
        platform.close();
    }

    private void tightenPolicy() {
        platform.policies.save(
                anEgressPolicy().ofProject(dev.projectId().value()).denyingAll().build());
    }

    private static void assertRefused(ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOf(HostTransactionException.class).hasMessageContaining("commit first");
    }

    @Test
    void every_operation_that_writes_to_a_cluster_is_refused_before_anything_happens() {
        lifecycle.deploy(dev.id());
        DeletionPlan plan = lifecycle.planDeletion(List.of(web.id()));
        tightenPolicy();
        Map<String, ThrowingCallable> operations = new TreeMap<>(Map.of(
                "deploy", () -> lifecycle.deploy(dev.id()),
                "ensureDeployed", () -> lifecycle.ensureDeployed(dev.id()),
                "apply", () -> lifecycle.apply(web.id(), DeployOptions.defaults()),
                "initializer", () -> lifecycle.initializer().beforeApply(EU, "shop-web"),
                "release", () -> lifecycle.release(List.of(web.id())),
                "take-over",
                        () -> lifecycle.deploy(
                                dev.id(), DeployOptions.defaults().withTakeOverNamespaces(Set.of("shop-web"))),
                "delete", () -> lifecycle.delete(plan, Duration.ZERO)));
        platform.gateway.forgetCalls();
        noted.take();
        platform.events.clear();

        platform.stores.inTransaction(
                () -> assertThat(operations).allSatisfy((name, operation) -> assertRefused(operation)));

        platform.gateway.assertThat().hasSeenNoCall();
        assertThat(noted.take())
                .extracting(NotedStores.Call::method)
                .allMatch(method -> method.startsWith("find"), "reads only");
        assertThat(platform.events).isEmpty();
        assertThat(platform.namespaces.findByIds(List.of(web.id()))).containsExactly(web);
    }

    @Test
    void an_ensure_that_would_create_is_refused_and_one_that_finds_passes() {
        platform.clusters.cluster(EU).as("kubectl").createNamespace("tools");

        platform.stores.inTransaction(() -> {
            assertThat(lifecycle.ensureNamespaceExists(EU, "tools")).isEqualTo(EnsureOutcome.EXISTED_UNMANAGED);
            assertRefused(() -> lifecycle.ensureNamespaceExists(EU, "absent"));
        });

        assertThat(platform.clusters.cluster(EU).objects("Namespace")).hasSize(1);
    }

    @Test
    void dry_runs_pass() {
        platform.stores.inTransaction(() -> {
            for (DryRun kind : List.of(DryRun.RENDER, DryRun.SERVER)) {
                DeployOptions options = DeployOptions.defaults().withDryRun(kind);
                assertThat(lifecycle.deploy(dev.id(), options).succeeded()).isTrue();
                assertThat(lifecycle.apply(web.id(), options).succeeded()).isTrue();
            }
        });

        assertThat(platform.clusters.cluster(EU).objects()).isEmpty();
    }

    @Test
    void unchanged_targets_pass_with_reads_alone() {
        lifecycle.deploy(dev.id());
        platform.gateway.forgetCalls();
        noted.take();

        platform.stores.inTransaction(() -> {
            assertThat(lifecycle.ensureDeployed(dev.id()).succeeded()).isTrue();
            lifecycle.initializer().beforeApply(EU, "shop-web");
        });

        platform.gateway.assertThat().hasSeenNoCall();
        assertThat(noted.take()).extracting(NotedStores.Call::method).allMatch(method -> method.startsWith("find"));
    }

    @Test
    void a_refusal_for_the_second_environment_is_no_partial_failure() {
        lifecycle.deploy(dev.id());
        Environment prod = platform.environment(
                anEnvironment().id("shop-prod").promotionOrder(9).build(), "shop-prod-web");

        platform.stores.inTransaction(
                () -> assertRefused(() -> lifecycle.ensureDeployed(List.<EnvironmentId>of(dev.id(), prod.id()))));
    }

    @Test
    void a_row_that_is_rolled_back_leaves_nothing_on_the_cluster() {
        assertRefused(() -> platform.stores.inTransaction(() -> {
            platform.namespace(dev, "shop-late");
            lifecycle.initializer().beforeApply(EU, "shop-late");
        }));

        assertThat(platform.clusters.cluster(EU).objects()).isEmpty();
        assertThat(platform.namespaces.findByNames(List.of("shop-late"))).isEmpty();
    }

    @Test
    void a_test_that_runs_in_a_transaction_can_allow_the_writes() {
        try (NamespaceLifecycle permissive =
                platform.builder().allowClusterWritesInHostTransactions().build()) {
            platform.stores.inTransaction(() -> {
                permissive.deploy(dev.id());
                tightenPolicy();
                permissive.initializer().beforeApply(EU, "shop-web");
            });
        }

        assertThat(platform.isRecorded(dev, EU)).isFalse();
        assertThat(platform.labels(EU, "shop-web")).containsEntry("namespaces.dev/environment", "shop-dev");
    }

    @Test
    void an_allowed_write_in_a_transaction_waits_for_no_lock() {
        try (NamespaceLifecycle permissive = platform.builder()
                        .allowClusterWritesInHostTransactions()
                        .build();
                DeploymentLock.Lease held =
                        platform.lock.tryAcquire(new Target(dev.id(), EU)).orElseThrow()) {
            long start = System.nanoTime();

            platform.stores.inTransaction(() -> assertThatThrownBy(() -> permissive.deploy(dev.id()))
                    .hasMessageContaining("another deployment of it is running"));

            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
            assertThat(held.isHeld()).isTrue();
        }
    }
}
