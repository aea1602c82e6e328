package dev.namespaces.core;

import static dev.namespaces.core.Platform.EU;
import static dev.namespaces.core.Platform.US;
import static dev.namespaces.testkit.TestData.anEnvironment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.namespaces.core.deploy.DeployOptions;
import dev.namespaces.core.deploy.DeploymentFailedException;
import dev.namespaces.core.deploy.DryRun;
import dev.namespaces.core.fleet.FailureLimit;
import dev.namespaces.core.fleet.FleetCounts;
import dev.namespaces.core.fleet.FleetEnd;
import dev.namespaces.core.fleet.FleetFilter;
import dev.namespaces.core.fleet.FleetObserver;
import dev.namespaces.core.fleet.FleetOptions;
import dev.namespaces.core.fleet.FleetPosition;
import dev.namespaces.core.fleet.FleetProgress;
import dev.namespaces.core.fleet.FleetReport;
import dev.namespaces.core.fleet.TargetReport;
import dev.namespaces.error.ClusterSetAsideException;
import dev.namespaces.error.DeploymentInProgressException;
import dev.namespaces.error.ErrorCategory;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.HostTransactionException;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.Operation;
import dev.namespaces.error.OperationInterruptedException;
import dev.namespaces.error.Retry;
import dev.namespaces.error.StoreException;
import dev.namespaces.error.UnknownEnvironmentException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.OrganizationId;
import dev.namespaces.model.ProjectId;
import dev.namespaces.model.Target;
import dev.namespaces.model.TargetObject;
import dev.namespaces.spi.ClusterAvailability;
import dev.namespaces.spi.DeploymentLock.Lease;
import dev.namespaces.spi.EnvironmentStore;
import dev.namespaces.spi.LifecycleEvent;
import dev.namespaces.spi.NamespaceStore;
import dev.namespaces.spi.Stores;
import dev.namespaces.testkit.EnvironmentBuilder;
import dev.namespaces.testkit.Failure;
import dev.namespaces.testkit.Faults.Fault;
import dev.namespaces.testkit.GatewayCall;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Many environments are deployed by one call, even if some of them fail. */
@Timeout(60)
class FleetTest {

    private static final FleetOptions ALL = FleetOptions.defaults();

    private final Platform platform = new Platform();
    private final List<TargetReport> results = new ArrayList<>();

    @AfterEach
    void close() {
        platform.clusters.faults().clear();
        platform.close();
    }

    @Test
    void each_target_of_the_fleet_is_deployed_and_reported_once() {
        fleet(600, "eu-1", "us-1");

        FleetReport report = deployAll(ALL);

        assertThat(report.succeeded()).isTrue();
        assertThat(report.end()).isEqualTo(new FleetEnd.AllDone());
        assertThat(report.next()).isNull();
        assertThat(report.targets()).isEqualTo(new FleetCounts(1200, 0, 0, 0));
        assertThat(report.clusters())
                .isEqualTo(Map.of(EU, new FleetCounts(600, 0, 0, 0), US, new FleetCounts(600, 0, 0, 0)));
        assertThat(report.slowest()).hasSize(10);
        assertThat(results)
                .extracting(TargetReport::target)
                .doesNotHaveDuplicates()
                .hasSize(1200);
        assertThat(platform.clusters.cluster(EU).objects()).hasSize(1200);
    }

    @Test
    void a_fleet_that_is_deployed_again_is_unchanged() {
        fleet(30, "eu-1");
        deployAll(ALL);

        FleetReport report = deployAll(ALL);

        assertThat(report.targets()).isEqualTo(new FleetCounts(0, 30, 0, 0));
    }

    @Test
    void ensuring_a_deployed_fleet_calls_no_cluster_and_each_store_once_a_page() {
        fleet(510, "eu-1");
        deployAll(ALL);
        platform.gateway.forgetCalls();
        NotedStores noted = new NotedStores(platform.stores.stores());

        try (NamespaceLifecycle lifecycle =
                platform.builder(platform.gateway, noted.stores()).build()) {
            noted.take();
            FleetReport report = lifecycle.ensureAll(ALL, results::add);

            assertThat(report.targets()).isEqualTo(new FleetCounts(0, 510, 0, 0));
        }
        platform.gateway.assertThat().hasSeenNoCall();
        List<String> calls =
                noted.take().stream().map(NotedStores.Call::toString).toList();
        assertThat(calls)
                .as("two pages of 500, and the empty one that ends them")
                .hasSize(3 + 3 + 2 * 4)
                .filteredOn(call -> call.startsWith("DeploymentStore"))
                .hasSize(2);
    }

    @Test
    void ensuring_deploys_only_what_is_not_deployed() {
        List<Environment> environments = fleet(10, "eu-1");
        deployAll(ALL);
        platform.namespace(environments.get(3), "new-one");
        results.clear();

        FleetReport report = platform.lifecycle.ensureAll(ALL, results::add);

        assertThat(report.targets()).isEqualTo(new FleetCounts(1, 9, 0, 0));
        assertThat(results)
                .filteredOn(result -> !result.isUnchanged())
                .extracting(TargetReport::environment)
                .containsExactly(environments.get(3));
    }

    @Test
    void only_what_the_filter_means_is_deployed() {
        platform.environment(environment("a", "acme", "shop").build(), "a-web");
        platform.environment(environment("b", "acme", "bank").build(), "b-web");
        platform.environment(environment("c", "other", "shop").build(), "c-web");
        Environment labelled = environment("d", "acme", "shop").build().withLabels(Map.of("stage", "prod"));
        platform.environment(labelled, "d-web");
        FleetFilter all = FleetFilter.all();

        assertThat(deployed(all.withOrganizations(Set.of(new OrganizationId("acme")))))
                .containsExactlyInAnyOrder("a/eu-1", "a/us-1", "b/eu-1", "b/us-1", "d/eu-1", "d/us-1");
        assertThat(deployed(all.withProjects(Set.of(new ProjectId("bank")))))
                .containsExactlyInAnyOrder("b/eu-1", "b/us-1");
        assertThat(deployed(all.withLabels(Map.of("stage", "prod")))).containsExactlyInAnyOrder("d/eu-1", "d/us-1");
        assertThat(deployed(all.withClusters(Set.of(US))))
                .containsExactlyInAnyOrder("a/us-1", "b/us-1", "c/us-1", "d/us-1");
        assertThat(deployed(all.withIds(Set.of(new EnvironmentId("c"), new EnvironmentId("gone")))))
                .containsExactlyInAnyOrder("c/eu-1", "c/us-1");
        assertThat(deployed(all.withIds(Set.of()))).isEmpty();
    }

    @Test
    void a_target_that_fails_stops_no_other() {
        fleet(50, "eu-1");
        failNamespace("e-0007-web");

        FleetReport report = deployAll(ALL);

        assertThat(report.succeeded()).isFalse();
        assertThat(report.end()).isEqualTo(new FleetEnd.AllDone());
        assertThat(report.targets()).isEqualTo(new FleetCounts(49, 0, 1, 0));
        assertThat(report.failures())
                .singleElement()
                .satisfies(
                        failed -> assertThat(failed.environment().id().value()).isEqualTo("e-0007"));
    }

    @Test
    void the_summary_keeps_only_the_first_failures() {
        fleet(50, "eu-1");
        platform.clusters
                .faults()
                .on(call -> call instanceof GatewayCall.Create)
                .fail(Failure.forbidden());

        FleetReport report = deployAll(ALL.withFailuresKept(7));

        assertThat(report.failures()).hasSize(7);
        assertThat(report.targets().failed()).isEqualTo(50);
        assertThat(results).hasSize(50);
    }

    @Test
    void no_further_target_begins_after_too_many_failures() {
        fleet(300, "eu-1");
        platform.clusters
                .faults()
                .on(call -> call instanceof GatewayCall.Create)
                .fail(Failure.forbidden());

        FleetReport report =
                deployAll(ALL.withFailureLimit(new FailureLimit.Count(10)).withTargetsPerCluster(4));

        assertThat(report.end()).isEqualTo(new FleetEnd.TooManyFailures());
        assertThat(report.targets().failed()).isEqualTo(11 + 3);
        assertThat(report.next()).isNotNull();
    }

    @Test
    void a_share_of_failures_counts_from_the_given_number_of_targets() {
        FailureLimit limit = new FailureLimit.Share(0.1, 20);

        assertThat(limit.isExceeded(19, 19)).isFalse();
        assertThat(limit.isExceeded(2, 20)).isFalse();
        assertThat(limit.isExceeded(3, 20)).isTrue();
    }

    @Test
    void a_fleet_that_was_stopped_goes_on_where_it_ended() {
        fleet(600, "eu-1");
        FleetObserver stops = new FleetObserver() {
            @Override
            public void ended(TargetReport report) {
                results.add(report);
            }

            @Override
            public boolean isStopRequested() {
                return results.size() >= 200;
            }
        };

        FleetReport first = platform.lifecycle.deployAll(ALL, DeployOptions.defaults(), stops);
        FleetPosition next = first.next();

        assertThat(first.end()).isEqualTo(new FleetEnd.Stopped());
        assertThat(next).isNotNull();
        assertThat(results).hasSizeLessThan(600);
        FleetReport second = deployAll(ALL.withStart(next));
        assertThat(second.succeeded()).isTrue();
        assertThat(results.stream().map(TargetReport::target).distinct()).hasSize(600);
        assertThat(second.targets().deployed()).isLessThanOrEqualTo(400);
    }

    @Test
    void targets_under_way_are_stopped_after_the_wait_and_are_done_again() {
        fleet(3, "eu-1");
        Fault hang = platform.clusters
                .faults()
                .on(call -> call instanceof GatewayCall.Create create
                        && create.manifest().getMetadata().getName().equals("e-0001-web"))
                .block();
        FleetObserver stops = new FleetObserver() {
            @Override
            public void ended(TargetReport report) {
                results.add(report);
            }

            @Override
            public boolean isStopRequested() {
                return results.size() == 2;
            }
        };

        FleetReport report =
                platform.lifecycle.deployAll(ALL.withStopWait(Duration.ZERO), DeployOptions.defaults(), stops);

        assertThat(report.end()).isEqualTo(new FleetEnd.Stopped());
        assertThat(report.next()).isEqualTo(FleetPosition.after(new EnvironmentId("e-0000")));
        assertThat(report.failures())
                .singleElement()
                .satisfies(failed -> assertThat(failed.cluster().failures().get(0))
                        .isInstanceOf(OperationInterruptedException.class));
        hang.remove();
        assertThat(deployAll(ALL.withStart(report.next())).succeeded()).isTrue();
    }

    @Test
    void an_interrupt_ends_the_call_with_a_summary() throws Exception {
        fleet(3, "eu-1");
        Fault block = platform.clusters
                .faults()
                .on(call -> call instanceof GatewayCall.Create)
                .block();
        AtomicBoolean flag = new AtomicBoolean();
        CompletableFuture<FleetReport> ended = new CompletableFuture<>();
        Thread caller = new Thread(() -> {
            ended.complete(deployAll(ALL));
            flag.set(Thread.currentThread().isInterrupted());
        });
        caller.start();
        block.awaitHits(3);

        caller.interrupt();

        FleetReport report = ended.get(30, TimeUnit.SECONDS);
        caller.join();
        assertThat(report.end()).isEqualTo(new FleetEnd.Interrupted());
        assertThat(report.next()).isEqualTo(FleetPosition.start());
        assertThat(report.targets().failed()).isEqualTo(3);
        assertThat(flag).isTrue();
        assertThatEachLockIsFree();
    }

    @Test
    void closing_the_lifecycle_ends_the_call_with_a_summary() throws Exception {
        fleet(3, "eu-1");
        Fault block = platform.clusters
                .faults()
                .on(call -> call instanceof GatewayCall.Create)
                .block();
        CompletableFuture<FleetReport> deploying = CompletableFuture.supplyAsync(() -> deployAll(ALL));
        block.awaitHits(3);

        assertThat(platform.lifecycle.close(Duration.ofSeconds(20))).isTrue();

        FleetReport report = deploying.get(30, TimeUnit.SECONDS);
        assertThat(report.end()).isEqualTo(new FleetEnd.Closed());
        assertThat(report.next()).isEqualTo(FleetPosition.start());
        assertThatEachLockIsFree();
    }

    @Test
    void a_cluster_that_hangs_delays_no_other() throws Exception {
        fleet(100, "eu-1", "us-1");
        Fault hang =
                platform.clusters.faults().on(call -> call.cluster().equals(EU)).block();
        CompletableFuture<FleetReport> deploying = CompletableFuture.supplyAsync(() -> deployAll(ALL));

        await().until(() -> platform.clusters.cluster(US).objects().size() == 200);
        assertThat(deploying).isNotDone();

        hang.remove();
        assertThat(deploying.get(30, TimeUnit.SECONDS).targets().deployed()).isEqualTo(200);
    }

    @Test
    void a_cluster_that_hangs_with_a_thousand_targets_delays_no_other() throws Exception {
        fleet(1200, "eu-1", "us-1");
        Fault hang =
                platform.clusters.faults().on(call -> call.cluster().equals(EU)).block();
        Progress progress = new Progress();
        CompletableFuture<FleetReport> deploying = CompletableFuture.supplyAsync(
                () -> platform.lifecycle.deployAll(ALL, DeployOptions.defaults(), progress));

        await().atMost(Duration.ofSeconds(40)).until(() -> progress.ended(US) == 1200);
        assertThat(deploying).isNotDone();
        assertThat(progress.last().position()).isEqualTo(FleetPosition.start());

        hang.remove();
        FleetReport report = deploying.get(40, TimeUnit.SECONDS);
        assertThat(report.end()).isEqualTo(new FleetEnd.AllDone());
        assertThat(report.targets()).isEqualTo(new FleetCounts(2400, 0, 0, 0));
        assertThat(results).extracting(TargetReport::target).doesNotHaveDuplicates();
        assertThat(progress.last().done()).isEqualTo(1200);
        assertThat(progress.steps).extracting(FleetProgress::done).isSorted();
    }

    @Test
    void a_cluster_that_hangs_delays_no_cluster_whose_targets_follow() throws Exception {
        for (int i = 0; i < 1100; i++) {
            String id = "e-%04d".formatted(i);
            platform.environment(
                    anEnvironment().id(id).clusters(i < 1050 ? "eu-1" : "us-1").build(), id + "-web");
        }
        Fault hang =
                platform.clusters.faults().on(call -> call.cluster().equals(EU)).block();
        Progress progress = new Progress();
        CompletableFuture<FleetReport> deploying = CompletableFuture.supplyAsync(
                () -> platform.lifecycle.deployAll(ALL, DeployOptions.defaults(), progress));

        await().atMost(Duration.ofSeconds(40)).until(() -> progress.ended(US) == 50);
        assertThat(deploying).isNotDone();

        hang.remove();
        FleetReport report = deploying.get(40, TimeUnit.SECONDS);
        assertThat(report.targets()).isEqualTo(new FleetCounts(1100, 0, 0, 0));
        assertThat(results).extracting(TargetReport::target).doesNotHaveDuplicates();
    }

    @Test
    void a_cluster_that_hung_in_a_wave_is_not_left_behind_in_the_next_one() throws Exception {
        for (int i = 0; i < 1001; i++) {
            String id = "e-%04d".formatted(i);
            platform.environment(
                    anEnvironment().id(id).clusters(i < 1000 ? "eu-1" : "us-1").build(), id + "-web");
        }
        platform.environment(
                anEnvironment().id("next").clusters("eu-1", "us-1").build().withPromotionOrder(1), "next-web");
        Fault hang =
                platform.clusters.faults().on(call -> call.cluster().equals(EU)).block();
        Progress progress = new Progress();
        CompletableFuture<FleetReport> deploying = CompletableFuture.supplyAsync(
                () -> platform.lifecycle.deployAll(ALL.withPromotionOrder(), DeployOptions.defaults(), progress));
        await().atMost(Duration.ofSeconds(40)).until(() -> progress.ended(US) == 1);

        Fault next =
                platform.clusters.faults().on(call -> call.cluster().equals(US)).block();
        hang.remove();

        await().atMost(Duration.ofSeconds(20)).until(() -> progress.ended(EU) == 1001);
        next.remove();
        assertThat(deploying.get(20, TimeUnit.SECONDS).succeeded()).isTrue();
    }

    @Test
    void an_observer_that_closes_the_lifecycle_does_not_wait_for_itself() {
        fleet(5, "eu-1");

        List<Boolean> closed = new ArrayList<>();

        FleetReport report = platform.lifecycle.deployAll(
                ALL, DeployOptions.defaults(), result -> closed.add(platform.lifecycle.close(Duration.ofSeconds(50))));

        assertThat(report.end()).isEqualTo(new FleetEnd.Closed());
        assertThat(report.elapsed()).isLessThan(Duration.ofSeconds(40));
        assertThat(closed).isNotEmpty().containsOnly(false);
        assertThatEachLockIsFree();
    }

    @Test
    void an_observer_that_fails_when_it_is_asked_for_a_stop_frees_the_locks() {
        fleet(50, "eu-1");
        AtomicInteger asked = new AtomicInteger();

        assertThatThrownBy(() -> platform.lifecycle.deployAll(ALL, DeployOptions.defaults(), new FleetObserver() {
                    @Override
                    public void ended(TargetReport report) {}

                    @Override
                    public boolean isStopRequested() {
                        if (asked.incrementAndGet() > 3) {
                            throw new IllegalStateException("the button is gone");
                        }
                        return false;
                    }
                }))
                .hasMessage("the button is gone");

        assertThatEachLockIsFree();
    }

    /** Notes what a fleet on another thread has done so far. */
    private final class Progress implements FleetObserver {

        private final List<FleetProgress> steps = new CopyOnWriteArrayList<>();

        @Override
        public void ended(TargetReport report) {
            results.add(report);
        }

        @Override
        public void progressed(FleetProgress progress) {
            steps.add(progress);
        }

        FleetProgress last() {
            return steps.get(steps.size() - 1);
        }

        long ended(ClusterId cluster) {
            return steps.isEmpty()
                    ? 0
                    : last().clusters()
                            .getOrDefault(cluster, FleetCounts.none())
                            .targets();
        }
    }

    @Test
    void a_lock_that_is_held_delays_no_other_target() throws Exception {
        List<Environment> environments = fleet(50, "eu-1");
        CompletableFuture<FleetReport> deploying;
        try (Lease held =
                platform.lock.tryAcquire(environments.get(0).targets().get(0)).orElseThrow()) {
            deploying = CompletableFuture.supplyAsync(() -> deployAll(ALL));

            await().until(() -> platform.clusters.cluster(EU).objects().size() == 98);
            assertThat(held.isHeld()).isTrue();
            assertThat(deploying).isNotDone();
        }

        assertThat(deploying.get(30, TimeUnit.SECONDS).succeeded()).isTrue();
    }

    @Test
    void targets_of_a_cluster_that_is_set_aside_are_reported_without_a_call() {
        fleet(40, "eu-1", "us-1");

        try (NamespaceLifecycle lifecycle = platform.builder(
                        settingAside(EU, Duration.ofMinutes(1)), platform.stores.stores())
                .build()) {
            FleetReport report = lifecycle.deployAll(ALL, DeployOptions.defaults(), results::add);

            assertThat(report.succeeded()).isFalse();
            assertThat(report.failures()).isEmpty();
            assertThat(report.clusters())
                    .isEqualTo(Map.of(EU, new FleetCounts(0, 0, 0, 40), US, new FleetCounts(40, 0, 0, 0)));
        }
        assertThat(results)
                .filteredOn(TargetReport::isSetAside)
                .hasSize(40)
                .allSatisfy(
                        result -> assertThat(result.cluster().failures().get(0).retry())
                                .isEqualTo(Retry.after(Duration.ofMinutes(1))));
        assertThat(platform.clusters.cluster(EU).objects()).isEmpty();
    }

    @Test
    void targets_that_the_hosts_executor_rejects_fail_alone_and_can_be_retried() {
        fleet(20, "eu-1", "us-1");
        ExecutorService threads = Executors.newCachedThreadPool();
        AtomicInteger rejected = new AtomicInteger();

        try (NamespaceLifecycle lifecycle = platform.builder()
                .workers(work -> {
                    if (rejected.incrementAndGet() <= 3) {
                        throw new RejectedExecutionException("full");
                    }
                    threads.execute(work);
                })
                .build()) {
            FleetReport report = lifecycle.deployAll(ALL, DeployOptions.defaults(), results::add);

            assertThat(report.end()).isEqualTo(new FleetEnd.AllDone());
            assertThat(report.targets()).isEqualTo(new FleetCounts(37, 0, 3, 0));
            assertThat(report.failures())
                    .flatExtracting(failed -> failed.cluster().failures())
                    .hasSize(3)
                    .allSatisfy(failure -> {
                        assertThat(failure).isInstanceOf(WorkRejectedException.class);
                        assertThat(failure.category()).isEqualTo(ErrorCategory.UNAVAILABLE);
                        assertThat(failure.retry()).isEqualTo(Retry.later());
                    });
            assertThatEachLockIsFree();
            assertThat(lifecycle.ensureAll(ALL, results::add).targets()).isEqualTo(new FleetCounts(3, 37, 0, 0));
        } finally {
            threads.shutdown();
        }
    }

    @Test
    void a_rejected_write_fails_its_target_and_closes_its_rows() {
        fleet(1, "eu-1");
        ExecutorService threads = Executors.newCachedThreadPool();
        AtomicInteger working = new AtomicInteger();
        AtomicBoolean full = new AtomicBoolean();
        Stores stores = WatchedStores.of(platform.stores.stores(), call -> {
            if (call.equals("deployments.begin")) {
                // A thread that still works for the cluster would do the write.
                await().until(() -> working.get() == 0);
                full.set(true);
            }
        });

        FleetReport report;
        try (NamespaceLifecycle lifecycle = platform.builder(platform.gateway, stores)
                .workers(work -> {
                    if (full.get()) {
                        throw new RejectedExecutionException("full");
                    }
                    working.incrementAndGet();
                    threads.execute(() -> {
                        work.run();
                        working.decrementAndGet();
                    });
                })
                .build()) {
            report = lifecycle.deployAll(ALL, DeployOptions.defaults(), results::add);
        } finally {
            threads.shutdown();
        }

        assertThat(report.failures())
                .flatExtracting(failed -> failed.cluster().failures())
                .singleElement()
                .isInstanceOf(WorkRejectedException.class);
        assertThat(platform.stores
                        .stores()
                        .targetObjects()
                        .findPage(new Target(new EnvironmentId("e-0000"), EU), null, 10))
                .noneMatch(TargetObject::open);
        assertThat(deployAll(ALL).targets()).isEqualTo(new FleetCounts(1, 0, 0, 0));
    }

    @Test
    void waves_follow_each_other_in_promotion_order() {
        for (int i = 0; i < 60; i++) {
            platform.environment(
                    anEnvironment()
                            .id("e-%04d".formatted(i))
                            .clusters("eu-1")
                            .build()
                            .withPromotionOrder((i * 7) % 3 - 1),
                    "e-%04d-web".formatted(i));
        }

        FleetReport report = deployAll(ALL.withPromotionOrder());

        assertThat(report.targets().deployed()).isEqualTo(60);
        assertThat(results)
                .extracting(result -> result.environment().promotionOrder())
                .isSorted();
    }

    @Test
    void the_next_wave_does_not_begin_after_too_many_failures() {
        for (int i = 0; i < 20; i++) {
            platform.environment(
                    anEnvironment()
                            .id("e-%04d".formatted(i))
                            .clusters("eu-1")
                            .build()
                            .withPromotionOrder(i % 2),
                    "e-%04d-web".formatted(i));
        }
        failNamespace("e-0018-web");
        FleetOptions options = ALL.withPromotionOrder().withFailureLimit(new FailureLimit.Count(0));

        FleetReport report = deployAll(options);

        assertThat(report.end()).isEqualTo(new FleetEnd.TooManyFailures());
        assertThat(results).hasSize(10).allMatch(result -> result.environment().promotionOrder() == 0);
        platform.clusters.faults().clear();
        results.clear();
        FleetReport second =
                deployAll(options.withStart(Optional.ofNullable(report.next()).orElseThrow()));
        assertThat(second.succeeded()).isTrue();
        assertThat(results).hasSize(10).allMatch(result -> result.environment().promotionOrder() == 1);
    }

    @Test
    void progress_counts_each_environment_and_says_where_to_go_on() {
        fleet(300, "eu-1");
        List<FleetProgress> steps = new ArrayList<>();

        platform.lifecycle.deployAll(
                ALL.withFilter(FleetFilter.all().withIds(ids(100, 250))),
                DeployOptions.defaults(),
                new FleetObserver() {
                    @Override
                    public void ended(TargetReport report) {}

                    @Override
                    public void progressed(FleetProgress progress) {
                        steps.add(progress);
                    }
                });

        assertThat(steps).extracting(FleetProgress::done).isSorted();
        assertThat(steps).extracting(FleetProgress::total).containsOnly(150L);
        FleetProgress last = steps.get(steps.size() - 1);
        assertThat(last.done()).isEqualTo(150);
        assertThat(last.position()).isEqualTo(FleetPosition.after(new EnvironmentId("e-0249")));
        assertThat(last.clusters()).isEqualTo(Map.of(EU, new FleetCounts(150, 0, 0, 0)));
    }

    @Test
    void an_observer_that_throws_ends_the_call_and_frees_the_locks() {
        fleet(200, "eu-1");

        assertThatThrownBy(() -> platform.lifecycle.deployAll(ALL, DeployOptions.defaults(), report -> {
                    throw new IllegalStateException("the page was closed");
                }))
                .hasMessage("the page was closed");

        assertThatEachLockIsFree();
        assertThat(deployAll(ALL).succeeded()).isTrue();
    }

    @Test
    void our_own_exception_thrown_by_the_observer_reaches_the_caller() {
        fleet(5, "eu-1");
        AtomicInteger calls = new AtomicInteger();

        assertThatThrownBy(() -> platform.lifecycle.deployAll(ALL, DeployOptions.defaults(), report -> {
                    if (calls.incrementAndGet() == 1) {
                        platform.lifecycle.resolvePolicy(new EnvironmentId("gone"));
                    }
                }))
                .isInstanceOf(UnknownEnvironmentException.class);

        assertThat(calls).hasValue(1);
        assertThatEachLockIsFree();
    }

    @Test
    void an_observer_does_not_wait_for_a_target_of_its_own_fleet() {
        List<Environment> environments = fleet(2, "eu-1");
        Fault hang = platform.clusters
                .faults()
                .on(call -> call instanceof GatewayCall.Create create
                        && create.manifest().getMetadata().getName().equals("e-0001-web"))
                .block();
        List<NamespaceException> refused = new ArrayList<>();

        FleetReport fleet = platform.lifecycle.deployAll(ALL, DeployOptions.defaults(), report -> {
            if (report.environment().equals(environments.get(0))) {
                try {
                    platform.lifecycle.deploy(environments.get(1).id());
                } catch (DeploymentFailedException e) {
                    refused.addAll(e.report().failures());
                }
                hang.remove();
            }
        });

        assertThat(refused).singleElement().isInstanceOf(DeploymentInProgressException.class);
        assertThat(fleet.succeeded()).isTrue();
    }

    @Test
    void an_observer_does_not_wait_for_a_lock_that_its_fleet_waits_for() {
        List<Environment> environments = fleet(2, "eu-1");
        Lease held =
                platform.lock.tryAcquire(environments.get(1).targets().get(0)).orElseThrow();
        List<NamespaceException> refused = new ArrayList<>();

        FleetReport fleet = platform.lifecycle.deployAll(ALL, DeployOptions.defaults(), report -> {
            if (report.environment().equals(environments.get(0))) {
                try {
                    platform.lifecycle.deploy(environments.get(1).id());
                } catch (DeploymentFailedException e) {
                    refused.addAll(e.report().failures());
                }
                held.close();
            }
        });

        assertThat(refused).singleElement().isInstanceOf(DeploymentInProgressException.class);
        assertThat(fleet.succeeded()).isTrue();
    }

    @Test
    void a_close_is_not_reported_as_too_many_failures() throws Exception {
        fleet(3, "eu-1");
        Fault block = platform.clusters
                .faults()
                .on(call -> call instanceof GatewayCall.Create)
                .block();
        CompletableFuture<FleetReport> deploying =
                CompletableFuture.supplyAsync(() -> deployAll(ALL.withFailureLimit(new FailureLimit.Count(0))));
        block.awaitHits(3);

        assertThat(platform.lifecycle.close(Duration.ofSeconds(20))).isTrue();

        assertThat(deploying.get(30, TimeUnit.SECONDS).end()).isEqualTo(new FleetEnd.Closed());
    }

    @Test
    void a_stop_ends_targets_that_are_under_way_after_too_many_failures() {
        fleet(2, "eu-1");
        failNamespace("e-0000-web");
        platform.clusters
                .faults()
                .on(call -> call instanceof GatewayCall.Create create
                        && create.manifest().getMetadata().getName().equals("e-0001-web"))
                .block();
        FleetOptions options = ALL.withFailureLimit(new FailureLimit.Count(0)).withStopWait(Duration.ZERO);

        FleetReport report = platform.lifecycle.deployAll(options, DeployOptions.defaults(), stopsAfter(1));

        assertThat(report.end()).isEqualTo(new FleetEnd.TooManyFailures());
        assertThat(report.next()).isEqualTo(FleetPosition.after(new EnvironmentId("e-0000")));
        assertThat(results).hasSize(2);
    }

    @Test
    void targets_that_are_set_aside_do_not_hide_a_share_of_failures() {
        fleet(40, "eu-1", "us-1");
        platform.clusters
                .faults()
                .on(call -> call instanceof GatewayCall.Create)
                .fail(Failure.forbidden());
        FleetOptions options = ALL.withFailureLimit(new FailureLimit.Share(0.6, 1));

        try (NamespaceLifecycle lifecycle = platform.builder(
                        settingAside(EU, Duration.ofMinutes(1)), platform.stores.stores())
                .build()) {
            FleetReport report = lifecycle.deployAll(options, DeployOptions.defaults(), results::add);

            assertThat(report.end()).isEqualTo(new FleetEnd.TooManyFailures());
        }
    }

    @Test
    void progress_counts_ids_without_an_environment_as_done() {
        fleet(3, "eu-1");
        List<FleetProgress> steps = new ArrayList<>();

        platform.lifecycle.deployAll(
                ALL.withFilter(FleetFilter.all().withIds(ids(0, 10))), DeployOptions.defaults(), new FleetObserver() {
                    @Override
                    public void ended(TargetReport report) {}

                    @Override
                    public void progressed(FleetProgress progress) {
                        steps.add(progress);
                    }
                });

        assertThat(steps.get(steps.size() - 1).done()).isEqualTo(10);
        assertThat(steps.get(steps.size() - 1).total()).isEqualTo(10);
    }

    @Test
    void a_stop_is_noticed_while_the_environments_are_counted() {
        fleet(1100, "eu-1");
        AtomicInteger pages = new AtomicInteger();

        FleetReport report = onStores(
                call -> {
                    if (call.equals("environments.findIds")) {
                        pages.incrementAndGet();
                    }
                },
                lifecycle -> lifecycle.deployAll(ALL, DeployOptions.defaults(), stopsAfter(0)));

        assertThat(report.end()).isEqualTo(new FleetEnd.Stopped());
        assertThat(report.next()).isEqualTo(FleetPosition.start());
        assertThat(pages).hasValue(1);
    }

    @Test
    void an_environment_that_moves_to_a_new_wave_is_deployed_in_it() {
        environmentOfWave("e-0000", 0);
        Environment moved = environmentOfWave("e-0001", 1);
        AtomicBoolean done = new AtomicBoolean();

        FleetReport report =
                platform.lifecycle.deployAll(ALL.withPromotionOrder(), DeployOptions.defaults(), result -> {
                    results.add(result);
                    if (done.compareAndSet(false, true)) {
                        platform.environments.save(moved.withPromotionOrder(7));
                    }
                });

        assertThat(report.succeeded()).isTrue();
        assertThat(results)
                .extracting(result -> result.environment().promotionOrder())
                .containsExactly(0, 7);
    }

    @Test
    void ensuring_one_cluster_publishes_nothing_of_the_others() {
        fleet(1, "eu-1", "us-1");
        deployAll(ALL);
        platform.events.clear();

        platform.lifecycle.ensureAll(ALL.withFilter(FleetFilter.all().withClusters(Set.of(US))), results::add);

        assertThat(platform.events)
                .filteredOn(event -> event instanceof LifecycleEvent.DeploymentUnchanged)
                .hasSize(1);
    }

    @Test
    void a_store_that_keeps_failing_ends_the_call_with_what_was_done() {
        fleet(700, "eu-1");
        AtomicInteger pages = new AtomicInteger();

        FleetReport report = onStores(
                // Three pages are read to count the environments, and one is deployed.
                call -> failIf(call.equals("environments.findIds") && pages.incrementAndGet() > 3 + 1),
                lifecycle -> lifecycle.deployAll(ALL, DeployOptions.defaults(), results::add));

        assertThat(report.end()).isInstanceOf(FleetEnd.StoreFailed.class);
        assertThat(report.targets().deployed()).isEqualTo(results.size()).isPositive();
        assertThat(report.next()).isNotNull();
        assertThat(deployAll(ALL.withStart(report.next())).succeeded()).isTrue();
        assertThat(platform.clusters.cluster(EU).objects()).hasSize(1400);
    }

    @Test
    void a_store_that_fails_once_does_not_end_the_call() {
        fleet(20, "eu-1");
        AtomicInteger pages = new AtomicInteger();

        FleetReport report = onStores(
                call -> failIf(call.equals("environments.findIds") && pages.incrementAndGet() == 2 + 1),
                lifecycle -> lifecycle.deployAll(ALL, DeployOptions.defaults(), results::add));

        assertThat(report.succeeded()).isTrue();
        assertThat(results).hasSize(20);
    }

    @Test
    void a_store_that_keeps_failing_during_the_count_ends_the_call_with_a_report() {
        fleet(3, "eu-1");

        FleetReport report = onStores(
                call -> failIf(call.equals("environments.findByIds")),
                lifecycle -> lifecycle.deployAll(ALL.withPromotionOrder(), DeployOptions.defaults(), results::add));

        assertThat(report.end()).isInstanceOf(FleetEnd.StoreFailed.class);
        assertThat(report.next()).isEqualTo(FleetPosition.start());
        assertThat(results).isEmpty();
    }

    @Test
    void a_store_that_fails_once_during_the_count_does_not_end_the_call() {
        fleet(20, "eu-1");
        AtomicInteger pages = new AtomicInteger();

        FleetReport report = onStores(
                call -> failIf(call.equals("environments.findByIds") && pages.incrementAndGet() == 1),
                lifecycle -> lifecycle.deployAll(ALL.withPromotionOrder(), DeployOptions.defaults(), results::add));

        assertThat(report.succeeded()).isTrue();
        assertThat(results).hasSize(20);
    }

    @Test
    void an_environment_whose_rows_cannot_be_read_fails_alone() {
        fleet(20, "eu-1");
        EnvironmentId broken = new EnvironmentId("e-0007");
        NamespaceStore namespaces = platform.namespaces;
        NamespaceStore failing = (NamespaceStore) Proxy.newProxyInstance(
                NamespaceStore.class.getClassLoader(),
                new Class<?>[] {NamespaceStore.class},
                (proxy, method, arguments) -> {
                    boolean isRead = method.getName().equals("findByEnvironments");
                    failIf(isRead && ((Collection<?>) arguments[0]).contains(broken));
                    return method.invoke(namespaces, arguments);
                });

        FleetReport report;
        try (NamespaceLifecycle lifecycle = platform.builder(
                        platform.gateway,
                        platform.stores.stores().toBuilder().namespaces(failing).build())
                .build()) {
            report = lifecycle.ensureAll(ALL, results::add);
        }

        assertThat(report.end()).isEqualTo(new FleetEnd.AllDone());
        assertThat(report.targets()).isEqualTo(new FleetCounts(19, 0, 1, 0));
        assertThat(report.failures())
                .singleElement()
                .satisfies(failed -> assertThat(failed.environment().id()).isEqualTo(broken));
    }

    private static void failIf(boolean fails) {
        if (fails) {
            throw new StoreException(
                    ErrorContext.of(Operation.DEPLOY), "environments", "page", Retry.later(), "it is away", null);
        }
    }

    @Test
    void an_environment_that_is_deleted_while_it_waits_is_skipped() {
        List<Environment> environments = fleet(5, "eu-1");
        AtomicBoolean deleted = new AtomicBoolean();

        FleetReport report = onStores(
                call -> {
                    if (call.equals("lock.tryAcquire") && deleted.compareAndSet(false, true)) {
                        platform.environments.softDelete(environments.get(0).id());
                    }
                },
                lifecycle -> lifecycle.deployAll(ALL, DeployOptions.defaults(), results::add));

        assertThat(report.succeeded()).isTrue();
        assertThat(results).hasSize(4);
    }

    @Test
    void a_store_that_ignores_the_order_of_ids_is_refused() {
        fleet(3, "eu-1");
        Stores stores = platform.stores.stores().toBuilder()
                .environments(new EnvironmentStore() {
                    @Override
                    public List<Environment> findByIds(Collection<EnvironmentId> ids) {
                        return platform.environments.findByIds(ids);
                    }

                    @Override
                    public List<EnvironmentId> findIds(@Nullable EnvironmentId after, int limit) {
                        return platform.environments.findIds(null, limit);
                    }
                })
                .build();

        try (NamespaceLifecycle lifecycle =
                platform.builder(platform.gateway, stores).build()) {
            assertThatThrownBy(() -> lifecycle.deployAll(ALL, DeployOptions.defaults(), results::add))
                    .hasMessageContaining("e-0000 after e-0002");
        }
    }

    @Test
    void a_fleet_is_not_deployed_in_a_transaction_of_the_host() {
        fleet(2, "eu-1");
        Stores stores = platform.stores.stores().toBuilder()
                .inHostTransaction(() -> true)
                .build();

        try (NamespaceLifecycle lifecycle =
                platform.builder(platform.gateway, stores).build()) {
            assertThatThrownBy(() -> lifecycle.deployAll(ALL, DeployOptions.defaults(), results::add))
                    .isInstanceOf(HostTransactionException.class);
            assertThatThrownBy(() -> lifecycle.ensureAll(ALL, results::add))
                    .isInstanceOf(HostTransactionException.class);
        }
        platform.gateway.assertThat().hasSeenNoCall();
    }

    @Test
    void a_dry_run_of_a_fleet_is_refused() {
        assertThatThrownBy(() -> platform.lifecycle.deployAll(
                        ALL, DeployOptions.defaults().withDryRun(DryRun.RENDER), results::add))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static EnvironmentBuilder environment(String id, String organization, String project) {
        return anEnvironment()
                .id(id)
                .organization(organization)
                .project(project)
                .clusters("eu-1", "us-1");
    }

    private List<Environment> fleet(int size, String... clusters) {
        return Stream.iterate(0, i -> i < size, i -> i + 1)
                .map(i -> platform.environment(
                        anEnvironment()
                                .id("e-%04d".formatted(i))
                                .clusters(clusters)
                                .build(),
                        "e-%04d-web".formatted(i)))
                .toList();
    }

    private Environment environmentOfWave(String id, int order) {
        return platform.environment(
                anEnvironment().id(id).clusters("eu-1").build().withPromotionOrder(order), id + "-web");
    }

    private FleetObserver stopsAfter(int size) {
        return new FleetObserver() {
            @Override
            public void ended(TargetReport report) {
                results.add(report);
            }

            @Override
            public boolean isStopRequested() {
                return results.size() >= size;
            }
        };
    }

    private static List<EnvironmentId> ids(int from, int to) {
        return Stream.iterate(from, i -> i < to, i -> i + 1)
                .map(i -> new EnvironmentId("e-%04d".formatted(i)))
                .toList();
    }

    private FleetReport deployAll(FleetOptions options) {
        return platform.lifecycle.deployAll(options, DeployOptions.defaults(), results::add);
    }

    private List<String> deployed(FleetFilter filter) {
        List<String> targets = new ArrayList<>();
        platform.lifecycle.deployAll(
                ALL.withFilter(filter),
                DeployOptions.defaults(),
                report -> targets.add(
                        report.environment().id() + "/" + report.cluster().cluster()));
        return targets;
    }

    private void failNamespace(String name) {
        platform.clusters
                .faults()
                .on(call -> call instanceof GatewayCall.Create create
                        && create.manifest().getMetadata().getName().equals(name))
                .fail(Failure.forbidden());
    }

    @Test
    void one_target_of_a_cluster_that_is_set_aside_fails_at_once() {
        Environment environment = platform.environment(
                anEnvironment().id("shop-dev").clusters("eu-1").build(), "shop-web");
        try (NamespaceLifecycle lifecycle = platform.builder(
                        settingAside(EU, Duration.ofSeconds(7)), platform.stores.stores())
                .build()) {
            assertThatThrownBy(() -> lifecycle.ensureDeployed(new Target(environment.id(), EU)))
                    .isInstanceOfSatisfying(
                            ClusterSetAsideException.class,
                            e -> assertThat(e.retryAfter()).contains(Duration.ofSeconds(7)));
        }
        platform.gateway.assertThat().hasSeenNoCall();
    }

    private FleetReport onStores(Consumer<String> before, Function<NamespaceLifecycle, FleetReport> call) {
        try (NamespaceLifecycle lifecycle = platform.builder(
                        platform.gateway, WatchedStores.of(platform.stores.stores(), before))
                .build()) {
            return call.apply(lifecycle);
        }
    }

    private ClusterAvailability settingAside(ClusterId cluster, Duration wait) {
        return (ClusterAvailability) Proxy.newProxyInstance(
                ClusterAvailability.class.getClassLoader(),
                new Class<?>[] {ClusterAvailability.class},
                (proxy, method, arguments) -> {
                    if (method.getName().equals("setAsideFor")) {
                        return arguments[0].equals(cluster) ? Optional.of(wait) : Optional.empty();
                    }
                    if (method.getName().equals("extension")) {
                        return Optional.of(proxy);
                    }
                    try {
                        return method.invoke(platform.gateway, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private void assertThatEachLockIsFree() {
        platform.environments.findIds(null, 1000).stream()
                .flatMap(id -> platform.environments.findByIds(List.of(id)).stream())
                .flatMap(environment -> environment.targets().stream())
                .forEach(target -> {
                    try (Lease lease = platform.lock.tryAcquire(target).orElseThrow()) {
                        assertThat(lease.isHeld()).isTrue();
                    }
                });
    }
}
