package dev.namespaces.core;

import static dev.namespaces.core.Platform.EU;
import static dev.namespaces.core.Platform.US;
import static dev.namespaces.testkit.TestData.anEnvironment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.namespaces.core.delete.DeletionIncompleteException;
import dev.namespaces.core.delete.DeletionPlan;
import dev.namespaces.core.deploy.ClusterOutcome;
import dev.namespaces.core.deploy.ClusterReport;
import dev.namespaces.core.deploy.DeployOptions;
import dev.namespaces.core.deploy.DeploymentFailedException;
import dev.namespaces.core.deploy.DeploymentReport;
import dev.namespaces.core.deploy.DryRun;
import dev.namespaces.egress.DefaultEgress;
import dev.namespaces.egress.EgressSettings;
import dev.namespaces.egress.EgressSettingsException;
import dev.namespaces.error.DeploymentInProgressException;
import dev.namespaces.error.DeploymentOvertakenException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.EgressMode;
import dev.namespaces.model.Environment;
import dev.namespaces.model.Target;
import dev.namespaces.spi.DeploymentLock.Lease;
import dev.namespaces.spi.LifecycleEvent;
import dev.namespaces.testkit.Faults.Fault;
import dev.namespaces.testkit.GatewayCall;
import dev.namespaces.testkit.InMemoryDeploymentLock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** No event on one cluster delays or stops the deployment to another cluster. */
@Timeout(60)
class IndependentTargetsTest {

    private final Platform platform = new Platform();
    private final Environment dev = platform.environment(
            anEnvironment().id("shop-dev").clusters("eu-1", "us-1").build(), "shop-web");

    @AfterEach
    void close() {
        platform.clusters.faults().clear();
        platform.close();
    }

    @Test
    void others_are_deployed_while_a_cluster_does_not_say_what_it_serves() throws Exception {
        Fault hang = platform.clusters
                .faults()
                .on(call -> call.cluster().equals(EU) && call instanceof GatewayCall.Serves)
                .block();
        CompletableFuture<DeploymentReport> deploying =
                CompletableFuture.supplyAsync(() -> platform.lifecycle.deploy(dev.id()));
        hang.awaitHits(1);

        await().until(() -> platform.isRecorded(dev, US));
        assertThat(deploying).isNotDone();

        hang.remove();
        assertThat(deploying.get(30, TimeUnit.SECONDS).succeeded()).isTrue();
    }

    @Test
    void others_are_deployed_while_the_lock_of_a_cluster_is_held() throws Exception {
        CompletableFuture<DeploymentReport> deploying;
        try (Lease held = lock(dev, "eu-1")) {
            deploying = CompletableFuture.supplyAsync(() -> platform.lifecycle.deploy(dev.id()));

            await().until(() -> platform.isRecorded(dev, US));
            assertThat(held.isHeld()).isTrue();
            assertThat(deploying).isNotDone();
        }

        assertThat(deploying.get(30, TimeUnit.SECONDS).succeeded()).isTrue();
        assertThat(platform.isRecorded(dev, EU)).isTrue();
    }

    @Test
    void an_event_says_how_long_a_call_waited_for_a_lock_that_was_held() throws Exception {
        assertWaits(lifecycle -> lifecycle.deploy(dev.id()));
        DeletionPlan plan = platform.lifecycle.planDeletion(dev.id());
        assertWaits(lifecycle -> assertThat(catchThrowable(() -> lifecycle.delete(plan, Duration.ZERO)))
                .isInstanceOf(DeletionIncompleteException.class));
    }

    private void assertWaits(Consumer<NamespaceLifecycle> call) throws Exception {
        platform.events.clear();
        AtomicInteger tries = new AtomicInteger();
        CompletableFuture<Void> calling;
        NamespaceLifecycle waiting = counting("lock.tryAcquire", tries);
        try (Lease held = lock(dev, "eu-1")) {
            calling = CompletableFuture.runAsync(() -> call.accept(waiting));
            // With the third try, the first refusal of this lock is over.
            await().until(() -> tries.get() > 2);
            assertThat(held.isHeld()).isTrue();
        }
        calling.get(30, TimeUnit.SECONDS);

        assertThat(platform.events)
                .filteredOn(LifecycleEvent.LockAwaited.class::isInstance)
                .singleElement()
                .isInstanceOfSatisfying(LifecycleEvent.LockAwaited.class, awaited -> {
                    assertThat(awaited.target()).isEqualTo(new Target(dev.id(), EU));
                    assertThat(awaited.waited()).isPositive();
                });
        waiting.close();
    }

    @Test
    void all_locks_are_waited_for_within_one_wait() {
        Duration wait = Duration.ofSeconds(1);
        String[] names = {"c-1", "c-2", "c-3", "c-4", "c-5", "c-6"};
        Environment wide =
                platform.environment(anEnvironment().id("wide").clusters(names).build(), "wide-web");
        List<Lease> held = List.of(names).stream().map(name -> lock(wide, name)).toList();
        long start = System.nanoTime();

        DeploymentFailedException failure = catchThrowableOfType(
                DeploymentFailedException.class,
                () -> platform.lifecycle.deploy(
                        wide.id(), DeployOptions.defaults().withLockWait(wait)));

        assertThat(failure.report().failures())
                .hasSize(names.length)
                .allMatch(DeploymentInProgressException.class::isInstance);
        assertThat(Duration.ofNanos(System.nanoTime() - start))
                .isGreaterThanOrEqualTo(wait)
                .isLessThan(wait.multipliedBy(names.length - 1));
        held.forEach(Lease::close);
        platform.gateway.assertThat().hasSeenNoCall();
    }

    @Test
    void a_caller_that_waits_is_done_once_another_has_deployed_the_same() throws Exception {
        AtomicInteger looks = new AtomicInteger();
        Fault slow = platform.clusters
                .faults()
                .on(call -> call instanceof GatewayCall.Create)
                .block();
        try (NamespaceLifecycle waiting = counting("deployments.findByEnvironments", looks);
                NamespaceLifecycle other = withLockOfItsOwn();
                Lease first = lock(dev, "eu-1");
                Lease second = lock(dev, "us-1")) {
            CompletableFuture<DeploymentReport> deploying =
                    CompletableFuture.supplyAsync(() -> waiting.ensureDeployed(dev.id()));
            await().until(() -> looks.get() > 0);
            CompletableFuture<DeploymentReport> others = CompletableFuture.supplyAsync(() -> other.deploy(dev.id()));
            slow.awaitHits(2);
            // The call that waits sees the record of the running deployment before it is complete.
            int before = looks.get();
            await().until(() -> looks.get() > before + 1);
            assertThat(deploying).isNotDone();

            slow.remove();

            assertThat(others.get(30, TimeUnit.SECONDS).succeeded()).isTrue();
            assertThat(deploying.get(30, TimeUnit.SECONDS).environments().get(0).clusters())
                    .extracting(ClusterReport::outcome)
                    .hasOnlyElementsOfType(ClusterOutcome.Unchanged.class);
            assertThat(first.isHeld() && second.isHeld()).isTrue();
        }
    }

    @Test
    void a_waiting_call_does_not_end_by_an_earlier_deployment_or_another_state() throws Exception {
        platform.lifecycle.deploy(dev.id());
        platform.namespace(dev, "shop-new");
        AtomicInteger tries = new AtomicInteger();
        try (NamespaceLifecycle waiting = counting("lock.tryAcquire", tries);
                NamespaceLifecycle other = withLockOfItsOwn(Platform.denyAll());
                Lease first = lock(dev, "eu-1");
                Lease second = lock(dev, "us-1")) {
            CompletableFuture<DeploymentReport> deploying =
                    CompletableFuture.supplyAsync(() -> waiting.ensureDeployed(dev.id()));
            await().until(() -> tries.get() > 4);
            assertThat(deploying).isNotDone();

            other.deploy(dev.id());

            int before = tries.get();
            await().until(() -> tries.get() > before + 2);
            assertThat(deploying).isNotDone();
            first.close();
            second.close();
            assertThat(deploying.get(30, TimeUnit.SECONDS).succeeded()).isTrue();
        }
    }

    @Test
    void a_waiting_call_ends_by_a_deployment_of_the_state_stored_since_then() throws Exception {
        platform.lifecycle.deploy(dev.id());
        platform.namespace(dev, "shop-new");
        AtomicInteger tries = new AtomicInteger();
        try (NamespaceLifecycle waiting = counting("lock.tryAcquire", tries);
                NamespaceLifecycle other = withLockOfItsOwn();
                Lease first = lock(dev, "eu-1");
                Lease second = lock(dev, "us-1")) {
            CompletableFuture<DeploymentReport> deploying =
                    CompletableFuture.supplyAsync(() -> waiting.ensureDeployed(dev.id()));
            await().until(() -> tries.get() > 4);
            platform.namespace(dev, "shop-late");

            other.deploy(dev.id());

            assertThat(deploying.get(30, TimeUnit.SECONDS).toString()).contains("shop-late");
            assertThat(first.isHeld() && second.isHeld()).isTrue();
        }
    }

    @Test
    void a_cluster_added_to_the_environment_during_the_wait_is_deployed_to() throws Exception {
        CompletableFuture<DeploymentReport> deploying;
        Environment narrow = platform.environment(
                anEnvironment().id("narrow").clusters("eu-1").build(), "narrow-web");
        try (Lease held = lock(narrow, "eu-1")) {
            AtomicInteger tries = new AtomicInteger();
            NamespaceLifecycle watched = counting("lock.tryAcquire", tries);
            deploying = CompletableFuture.supplyAsync(() -> watched.deploy(narrow.id()));
            await().until(() -> tries.get() > 0);
            platform.environments.save(
                    anEnvironment().id("narrow").clusters("us-1").build());
            assertThat(held.isHeld()).isTrue();
        }

        DeploymentReport report = deploying.get(30, TimeUnit.SECONDS);

        assertThat(report.environments().get(0).clusters())
                .extracting(ClusterReport::cluster)
                .containsExactly(US);
        assertThat(platform.clusters.cluster(EU).objects()).isEmpty();
        assertThat(platform.clusters.cluster(US).objects()).isNotEmpty();
    }

    @Test
    void egress_settings_that_fail_for_a_cluster_fail_that_cluster_only() {
        try (NamespaceLifecycle lifecycle = onEuWithoutSettings()) {
            for (Runnable deployment :
                    List.<Runnable>of(() -> lifecycle.deploy(dev.id()), () -> lifecycle.ensureDeployed(dev.id()))) {
                DeploymentFailedException failure =
                        catchThrowableOfType(DeploymentFailedException.class, deployment::run);

                assertThat(failure.report().failures()).singleElement().isInstanceOf(EgressSettingsException.class);
                assertThat(platform.isRecorded(dev, EU)).isFalse();
                assertThat(platform.isRecorded(dev, US)).isTrue();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(value = DryRun.class, names = "NONE", mode = EnumSource.Mode.EXCLUDE)
    void egress_settings_that_fail_for_a_cluster_fail_its_dry_run_only(DryRun dryRun) {
        try (NamespaceLifecycle lifecycle = onEuWithoutSettings()) {
            DeploymentFailedException failure = catchThrowableOfType(
                    DeploymentFailedException.class,
                    () -> lifecycle.deploy(dev.id(), DeployOptions.defaults().withDryRun(dryRun)));

            assertThat(failure.report().failures()).singleElement().isInstanceOf(EgressSettingsException.class);
            assertThat(failure.report().environments().get(0).clusters())
                    .filteredOn(cluster -> cluster.cluster().equals(US))
                    .extracting(ClusterReport::outcome)
                    .hasOnlyElementsOfType(ClusterOutcome.NotRecorded.class);
        }
    }

    @Test
    void a_deployment_that_is_overtaken_each_time_says_so() {
        AtomicBoolean overtaking = new AtomicBoolean();
        try (NamespaceLifecycle unlucky = platform.builder(
                        platform.gateway, WatchedStores.of(platform.stores.stores(), call -> {
                            if (call.equals("deployments.complete") && overtaking.get()) {
                                platform.deployments.forget(new Target(dev.id(), EU));
                            }
                        }))
                .build()) {
            overtaking.set(true);

            DeploymentFailedException failure =
                    catchThrowableOfType(DeploymentFailedException.class, () -> unlucky.deploy(dev.id()));

            assertThat(failure.report().failures()).singleElement().isInstanceOf(DeploymentOvertakenException.class);
            assertThat(failure.isRetryable()).isTrue();
            assertThat(platform.isRecorded(dev, US)).isTrue();
            overtaking.set(false);
            assertThat(unlucky.ensureDeployed(dev.id()).succeeded()).isTrue();
        }
    }

    private NamespaceLifecycle counting(String method, AtomicInteger calls) {
        return platform.builder(platform.gateway, WatchedStores.of(platform.stores.stores(), call -> {
                    if (call.equals(method)) {
                        calls.incrementAndGet();
                    }
                }))
                .build();
    }

    private NamespaceLifecycle withLockOfItsOwn() {
        return withLockOfItsOwn(DefaultEgress.mode());
    }

    private NamespaceLifecycle withLockOfItsOwn(EgressMode defaultEgress) {
        return platform.builder(
                        platform.gateway,
                        platform.stores.stores().toBuilder()
                                .deploymentLock(new InMemoryDeploymentLock())
                                .build())
                .defaultEgress(defaultEgress)
                .build();
    }

    private NamespaceLifecycle onEuWithoutSettings() {
        return platform.builder()
                .egressSettings(cluster -> {
                    if (cluster.equals(EU)) {
                        throw new IllegalStateException("no settings");
                    }
                    return EgressSettings.defaults();
                })
                .build();
    }

    private Lease lock(Environment environment, String cluster) {
        return platform.lock
                .tryAcquire(new Target(environment.id(), new ClusterId(cluster)))
                .orElseThrow();
    }
}
