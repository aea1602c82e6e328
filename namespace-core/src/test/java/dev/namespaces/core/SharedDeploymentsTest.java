package dev.namespaces.core;

import static dev.namespaces.core.Platform.EU;
import static dev.namespaces.core.Platform.US;
import static dev.namespaces.testkit.TestData.anEgressPolicy;
import static dev.namespaces.testkit.TestData.anEnvironment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import dev.namespaces.core.deploy.DeployOptions;
import dev.namespaces.core.deploy.DeploymentFailedException;
import dev.namespaces.core.deploy.DeploymentReport;
import dev.namespaces.core.deploy.LeftBehind;
import dev.namespaces.error.ClusterTimeoutException;
import dev.namespaces.error.DeploymentInProgressException;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.HostTransactionException;
import dev.namespaces.error.Operation;
import dev.namespaces.error.OperationInterruptedException;
import dev.namespaces.error.Retry;
import dev.namespaces.error.StoreException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.Environment;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.model.Target;
import dev.namespaces.spi.DeploymentLock;
import dev.namespaces.testkit.Faults.Fault;
import dev.namespaces.testkit.GatewayCall;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Calls of one process that want the same deployment share it; calls of several processes share through the lock. */
@Timeout(120)
class SharedDeploymentsTest {

    private final Platform platform = new Platform();
    private final NotedStores noted = new NotedStores(platform.stores.stores());
    private final NamespaceLifecycle lifecycle = platform.builder(platform.gateway, noted.stores())
            .lockWait(Duration.ofSeconds(60))
            .build();
    private final Environment dev =
            platform.environment(anEnvironment().id("shop-dev").build(), "shop-web");
    private final Target target = new Target(dev.id(), EU);
    private final List<Call> running = new ArrayList<>();

    @AfterEach
    void close() {
        platform.clusters.faults().clear();
        lifecycle.close();
        platform.close();
    }

    /** A call on a thread of its own. */
    private static final class Call {

        private final Thread thread;
        private final CompletableFuture<Optional<Throwable>> end = new CompletableFuture<>();

        Call(Runnable work) {
            thread = new Thread(
                    null, () -> end.complete(Optional.ofNullable(catchThrowable(work::run))), "caller", 256 * 1024);
            thread.start();
        }

        @Nullable
        Throwable thrown() throws Exception {
            return end.get(60, TimeUnit.SECONDS).orElse(null);
        }

        boolean isWaiting() {
            return thread.getState() == Thread.State.WAITING || thread.getState() == Thread.State.TIMED_WAITING;
        }
    }

    private Call call(Runnable work) {
        Call call = new Call(work);
        running.add(call);
        return call;
    }

    private void awaitAllWaiting() {
        await().atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(20))
                .until(() -> running.stream().allMatch(Call::isWaiting));
    }

    private Fault slow() {
        return platform.clusters
                .faults()
                .on(call -> call instanceof GatewayCall.Create)
                .once()
                .block();
    }

    private DeploymentLock.Lease otherProcess() {
        return platform.lock.tryAcquire(target).orElseThrow();
    }

    private NamespaceLifecycle withLockOfItsOwn() {
        return platform.builder(
                        platform.gateway,
                        platform.stores.stores().toBuilder()
                                .deploymentLock(DeploymentLock.inProcess())
                                .build())
                .build();
    }

    /** Waits until this number of attempts to take the lock, and returns the store calls since the last time. */
    private List<NotedStores.Call> awaitTries(int tries) {
        List<NotedStores.Call> seen = new ArrayList<>();
        await().atMost(Duration.ofSeconds(30)).until(() -> {
            seen.addAll(noted.take());
            return calls(seen, "tryAcquire") >= tries;
        });
        return seen;
    }

    private void tightenPolicy() {
        platform.policies.save(
                anEgressPolicy().ofProject(dev.projectId().value()).denyingAll().build());
    }

    private boolean isTight(ClusterId cluster) {
        return platform.clusters
                .cluster(cluster)
                .find(platform.policy("shop-web"))
                .map(policy -> ((GenericKubernetesResource) policy)
                        .getAdditionalProperties()
                        .get("spec")
                        .toString())
                .filter(spec -> !spec.contains("toEntities") && !spec.contains("toCIDR"))
                .isPresent();
    }

    private long calls(List<NotedStores.Call> calls, String method) {
        return calls.stream().filter(call -> call.method().equals(method)).count();
    }

    @Test
    @Tag("heavy")
    void ten_thousand_callers_behind_a_slow_first_deployment_share_it() throws Exception {
        Fault slow = slow();
        Map<String, Integer> failures = new ConcurrentHashMap<>();
        for (int i = 0; i < 10_000; i++) {
            call(() -> {
                Throwable thrown = catchThrowable(() -> lifecycle.initializer().beforeApply(EU, "shop-web"));
                if (thrown != null) {
                    failures.merge(thrown.toString(), 1, Integer::sum);
                }
            });
        }
        slow.awaitHits(1);
        await().atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(100))
                .until(() -> running.stream().allMatch(call -> call.isWaiting() || !call.thread.isAlive()));

        slow.remove();
        for (Call call : running) {
            call.thrown();
        }

        assertThat(failures).isEmpty();
        assertThat(platform.gateway.calls(GatewayCall.Create.class)).hasSize(2);
        List<NotedStores.Call> calls = noted.take();
        assertThat(calls(calls, "begin")).isEqualTo(1);
        assertThat(calls).as("store calls of all callers").hasSizeLessThan(40);
    }

    @Test
    void calls_that_come_after_a_deployment_has_read_share_the_next_one() throws Exception {
        Fault slow = slow();
        call(() -> lifecycle.deploy(dev.id()));
        slow.awaitHits(1);
        for (int i = 0; i < 50; i++) {
            call(() -> lifecycle.deploy(dev.id()));
        }
        awaitAllWaiting();

        slow.remove();

        for (Call call : running) {
            assertThat(call.thrown()).isNull();
        }
        assertThat(calls(noted.take(), "tryAcquire")).isEqualTo(2);
    }

    @Test
    void a_policy_tightened_after_a_deployment_has_read_is_applied_for_any_call() throws Exception {
        Fault slow = slow();
        Call first = call(() -> lifecycle.deploy(dev.id()));
        slow.awaitHits(1);
        tightenPolicy();
        Map<String, Boolean> tight = new ConcurrentHashMap<>();
        Call ensuring = call(() -> {
            lifecycle.ensureDeployed(dev.id());
            tight.put("ensureDeployed", isTight(EU));
        });
        Call deploying = call(() -> {
            lifecycle.deploy(dev.id());
            tight.put("deploy", isTight(EU));
        });
        Call forcing = call(() -> {
            lifecycle.deploy(dev.id(), DeployOptions.defaults().withRewriteAll(true));
            tight.put("force", isTight(EU));
        });
        awaitAllWaiting();

        slow.remove();

        assertThat(first.thrown()).isNull();
        assertThat(ensuring.thrown()).isNull();
        assertThat(deploying.thrown()).isNull();
        assertThat(forcing.thrown()).isNull();
        assertThat(tight).containsOnlyKeys("deploy", "ensureDeployed", "force").doesNotContainValue(false);
        assertThat(platform.isRecorded(dev, EU)).isTrue();
    }

    @Test
    void other_calls_get_a_result_if_the_leader_is_interrupted_while_waiting() throws Exception {
        Call leader;
        try (DeploymentLock.Lease held = otherProcess()) {
            assertThat(held.isHeld()).isTrue();
            leader = call(() -> lifecycle.deploy(dev.id()));
            await().until(() -> calls(noted.take(), "tryAcquire") > 0);
            for (int i = 0; i < 20; i++) {
                call(() -> lifecycle.deploy(dev.id()));
            }
            awaitAllWaiting();
            leader.thread.interrupt();
            assertThat(leader.thrown()).isInstanceOf(OperationInterruptedException.class);
        }

        for (Call call : running.subList(1, running.size())) {
            assertThat(call.thrown()).isNull();
        }
        assertThat(platform.isRecorded(dev, EU)).isTrue();
    }

    @Test
    void other_calls_get_a_result_if_the_leader_is_interrupted_while_writing() throws Exception {
        Fault slow = slow();
        Call leader = call(() -> lifecycle.initializer().beforeApply(EU, "shop-web"));
        slow.awaitHits(1);
        for (int i = 0; i < 20; i++) {
            call(() -> lifecycle.initializer().beforeApply(EU, "shop-web"));
        }
        awaitAllWaiting();

        leader.thread.interrupt();

        assertThat(leader.thrown()).isInstanceOf(OperationInterruptedException.class);
        for (Call call : running.subList(1, running.size())) {
            assertThat(call.thrown()).isNull();
        }
    }

    @Test
    void a_call_in_a_transaction_joins_no_flight_and_leads_none() throws Exception {
        Fault slow = slow();
        Call leader = call(() -> lifecycle.initializer().beforeApply(EU, "shop-web"));
        slow.awaitHits(1);
        long start = System.nanoTime();

        platform.stores.inTransaction(() -> assertThat(
                        catchThrowable(() -> lifecycle.initializer().beforeApply(EU, "shop-web")))
                .isInstanceOf(HostTransactionException.class));

        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(20));
        slow.remove();
        assertThat(leader.thrown()).isNull();
    }

    @Test
    void each_call_keeps_its_own_deadlines() throws Exception {
        Call patient;
        try (DeploymentLock.Lease held = otherProcess()) {
            assertThat(held.isHeld()).isTrue();
            patient = call(() -> lifecycle.deploy(dev.id()));
            await().until(() -> calls(noted.take(), "tryAcquire") > 0);

            assertThat(cause(() ->
                            lifecycle.deploy(dev.id(), DeployOptions.defaults().withLockWait(Duration.ofMillis(10)))))
                    .isInstanceOfSatisfying(
                            DeploymentInProgressException.class,
                            e -> assertThat(e.waited()).isEqualTo(Duration.ofMillis(10)));
            assertThat(cause(() ->
                            lifecycle.deploy(dev.id(), DeployOptions.defaults().withTimeout(Duration.ofMillis(10)))))
                    .isInstanceOf(ClusterTimeoutException.class);
            assertThat(patient.isWaiting()).isTrue();
        }

        assertThat(patient.thrown()).isNull();
    }

    private static @Nullable Throwable cause(Runnable call) {
        Throwable thrown = catchThrowable(call::run);
        assertThat(thrown).isInstanceOf(DeploymentFailedException.class);
        return thrown.getCause();
    }

    @Test
    void one_of_many_calls_polls_the_lock_of_another_process_with_backoff() throws Exception {
        try (DeploymentLock.Lease held = otherProcess()) {
            assertThat(held.isHeld()).isTrue();
            for (int i = 0; i < 200; i++) {
                call(() -> lifecycle.deploy(dev.id()));
            }
            awaitAllWaiting();
            noted.take();
            List<NotedStores.Call> polls = new ArrayList<>();
            long start = System.nanoTime();
            await().atMost(Duration.ofSeconds(30)).until(() -> {
                polls.addAll(noted.take());
                return calls(polls, "tryAcquire") >= 4;
            });

            assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(60));
            assertThat(polls).hasSizeLessThan(60);
        }
        for (Call call : running) {
            assertThat(call.thrown()).isNull();
        }
    }

    @Test
    void calls_end_without_the_lock_if_another_process_deploys_their_namespace() throws Exception {
        try (DeploymentLock.Lease held = otherProcess();
                NamespaceLifecycle other = withLockOfItsOwn()) {
            for (int i = 0; i < 20; i++) {
                call(() -> lifecycle.initializer().beforeApply(EU, "shop-web"));
            }
            awaitAllWaiting();

            other.deploy(dev.id());

            for (Call call : running) {
                assertThat(call.thrown()).isNull();
            }
            assertThat(held.isHeld()).isTrue();
        }
    }

    @Test
    void calls_end_without_the_lock_if_another_process_deploys_the_environment() throws Exception {
        try (DeploymentLock.Lease held = otherProcess();
                NamespaceLifecycle other = withLockOfItsOwn()) {
            for (int i = 0; i < 20; i++) {
                call(() -> lifecycle.ensureDeployed(dev.id()));
            }
            awaitAllWaiting();

            other.deploy(dev.id());

            for (Call call : running) {
                assertThat(call.thrown()).isNull();
            }
            assertThat(held.isHeld()).isTrue();
        }
    }

    @Test
    void a_deploy_looks_itself_although_one_that_looked_before_completes() throws Exception {
        lifecycle.deploy(dev.id());
        ResourceRef web = ResourceRef.namespace("shop-web");
        tightenPolicy();
        Fault slow = platform.clusters
                .faults()
                .on(call -> call instanceof GatewayCall.Find && call.kind().equals("NetworkPolicy"))
                .once()
                .block();
        Call after;
        try (DeploymentLock.Lease held = otherProcess();
                NamespaceLifecycle other = withLockOfItsOwn()) {
            assertThat(held.isHeld()).isTrue();
            Call before = call(() -> other.deploy(dev.id()));
            slow.awaitHits(1);
            platform.clusters.cluster(EU).as("kubectl").removeLabel(web, "namespaces.dev/environment");
            noted.take();
            after = call(() -> lifecycle.deploy(dev.id()));
            awaitTries(3);

            slow.remove();

            assertThat(before.thrown()).isNull();
            awaitTries(3);
            assertThat(after.end).isNotDone();
        }

        assertThat(after.thrown()).isNull();
        assertThat(isTight(EU)).isTrue();
        assertThat(platform.labels(EU, "shop-web")).containsEntry("namespaces.dev/environment", "shop-dev");
    }

    @Test
    void no_record_is_read_by_a_deploy_that_waits() throws Exception {
        List<NotedStores.Call> polls;
        Call waiting;
        try (DeploymentLock.Lease held = otherProcess()) {
            assertThat(held.isHeld()).isTrue();
            waiting = call(() -> lifecycle.deploy(dev.id()));
            polls = awaitTries(3);
        }

        assertThat(waiting.thrown()).isNull();
        assertThat(calls(polls, "findByEnvironments")).isZero();
    }

    @Test
    void each_call_that_shares_a_deployment_reports_what_is_left_behind() throws Exception {
        leaveUs();
        platform.clusters.cluster(EU).as("kubectl").delete(platform.policy("shop-web"));
        Fault slow = slow();
        Queue<DeploymentReport> reports = new ConcurrentLinkedQueue<>();
        call(() -> reports.add(lifecycle.deploy(dev.id())));
        slow.awaitHits(1);
        call(() -> reports.add(lifecycle.deploy(dev.id())));
        call(() -> reports.add(lifecycle.deploy(dev.id())));
        awaitAllWaiting();
        noted.take();

        slow.remove();

        for (Call call : running) {
            assertThat(call.thrown()).isNull();
        }
        assertThat(reports).hasSize(3).allSatisfy(SharedDeploymentsTest::assertShopWebIsLeftBehindOnUs);
        assertThat(calls(noted.take(), "tryAcquire")).isEqualTo(1);
    }

    @Test
    void a_call_that_another_process_has_finished_reports_what_is_left_behind() throws Exception {
        leaveUs();
        tightenPolicy();
        Queue<DeploymentReport> reports = new ConcurrentLinkedQueue<>();
        try (DeploymentLock.Lease held = otherProcess();
                NamespaceLifecycle other = withLockOfItsOwn()) {
            assertThat(held.isHeld()).isTrue();
            call(() -> reports.add(lifecycle.ensureDeployed(dev.id())));
            call(() -> reports.add(lifecycle.ensureDeployed(dev.id())));
            awaitAllWaiting();

            other.deploy(dev.id());

            for (Call call : running) {
                assertThat(call.thrown()).isNull();
            }
        }
        assertThat(reports).hasSize(2).allSatisfy(SharedDeploymentsTest::assertShopWebIsLeftBehindOnUs);
    }

    private void leaveUs() {
        platform.environments.save(
                anEnvironment().id("shop-dev").clusters("eu-1", "us-1").build());
        lifecycle.deploy(dev.id());
        platform.environments.save(
                anEnvironment().id("shop-dev").clusters("eu-1").build());
    }

    private static void assertShopWebIsLeftBehindOnUs(DeploymentReport report) {
        assertThat(report.environments().get(0).leftBehind())
                .extracting(LeftBehind::toString)
                .containsExactly("shop-web on us-1");
    }

    @Test
    void a_store_that_fails_is_told_to_all_who_share_the_flight() throws Exception {
        AtomicInteger failed = new AtomicInteger();
        try (DeploymentLock.Lease held = otherProcess()) {
            assertThat(held.isHeld()).isTrue();
            for (int i = 0; i < 20; i++) {
                call(() -> lifecycle.deploy(dev.id()));
            }
            awaitAllWaiting();
            noted.beforeCall(each -> {
                if (each.port().equals("EnvironmentStore")) {
                    failed.incrementAndGet();
                    throw new StoreException(
                            ErrorContext.of(Operation.FIND),
                            "environments",
                            "shop-dev",
                            Retry.later(),
                            "is down",
                            null);
                }
            });
        }

        for (Call call : running) {
            assertThat(call.thrown()).isInstanceOf(StoreException.class);
        }
        assertThat(failed).as("store calls that failed").hasValueLessThan(10);
    }

    @Test
    void a_cluster_that_hangs_does_not_delay_the_next_deployment_on_another() throws Exception {
        Environment both = platform.environment(
                anEnvironment().id("shop-dev").clusters("eu-1", "us-1").build());
        lifecycle.deploy(both.id());
        platform.clusters.cluster(EU).as("kubectl").delete(platform.policy("shop-web"));
        Fault hang = platform.clusters
                .faults()
                .on(call -> call.cluster().equals(EU) && call.writes())
                .block();
        call(() -> lifecycle.deploy(both.id()));
        hang.awaitHits(1);
        tightenPolicy();

        call(() -> lifecycle.deploy(both.id()));

        await().atMost(Duration.ofSeconds(20)).until(() -> isTight(US));
        assertThat(isTight(EU)).isFalse();
        hang.remove();
        for (Call call : running) {
            assertThat(call.thrown()).isNull();
        }
        assertThat(isTight(EU)).isTrue();
    }

    @Test
    void close_ends_all_who_share_a_flight() throws Exception {
        try (DeploymentLock.Lease held = otherProcess()) {
            assertThat(held.isHeld()).isTrue();
            for (int i = 0; i < 20; i++) {
                call(() -> lifecycle.deploy(dev.id()));
                call(() -> lifecycle.initializer().beforeApply(EU, "shop-web"));
            }
            awaitAllWaiting();

            assertThat(lifecycle.close(Duration.ofSeconds(30))).isTrue();
        }

        for (Call call : running) {
            assertThat(call.thrown()).hasMessageContaining("the lifecycle was closed");
        }
    }
}
