package dev.namespaces.core;

import static dev.namespaces.core.Platform.EU;
import static dev.namespaces.testkit.TestData.anEnvironment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import dev.namespaces.core.delete.DeletionOptions;
import dev.namespaces.core.deploy.DeployOptions;
import dev.namespaces.core.deploy.DeploymentFailedException;
import dev.namespaces.core.deploy.DeploymentReport;
import dev.namespaces.core.deploy.DryRun;
import dev.namespaces.core.deploy.EnvironmentReport;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.OperationInterruptedException;
import dev.namespaces.model.Environment;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.NamespaceId;
import dev.namespaces.model.Target;
import dev.namespaces.testkit.Failure;
import dev.namespaces.testkit.Faults;
import dev.namespaces.testkit.Faults.Fault;
import dev.namespaces.testkit.GatewayCall;
import dev.namespaces.testkit.RecordedCall;
import java.time.Duration;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The work of each thread: the host's thread, which may be interrupted, and the workers. */
@Timeout(60)
class HostThreadsTest {

    private static final ThreadLocal<String> CONTEXT = new ThreadLocal<>();

    private final Platform platform = new Platform();
    private final Environment dev = platform.environment(
            anEnvironment().id("shop-dev").clusters("eu-1", "us-1").build(), "shop-api", "shop-web");

    @AfterEach
    void close() {
        CONTEXT.remove();
        platform.clusters.faults().clear();
        platform.close();
    }

    @Test
    void stores_are_called_on_the_callers_thread_only() {
        Set<Thread> threads = Collections.synchronizedSet(new HashSet<>());
        try (NamespaceLifecycle lifecycle = platform.builder(
                        platform.gateway,
                        WatchedStores.of(platform.stores.stores(), call -> threads.add(Thread.currentThread())))
                .build()) {
            lifecycle.deploy(dev.id());
            lifecycle.ensureDeployed(dev.id());
            lifecycle.initializer().beforeApply(EU, "shop-api");
            platform.clusters.faults().failNext(Failure.unreachable());
            assertThatThrownBy(() -> lifecycle.deploy(dev.id())).isInstanceOf(DeploymentFailedException.class);
            lifecycle.deploy(dev.id(), DeployOptions.defaults().withDryRun(DryRun.SERVER));
            lifecycle.deploy(dev.id(), DeployOptions.defaults().withRewriteAll(true));
            List<NamespaceId> ids = platform.namespaces.findByEnvironments(List.of(dev.id())).stream()
                    .map(Namespace::id)
                    .toList();
            assertThatThrownBy(
                            () -> lifecycle.delete(lifecycle.planDeletion(ids), DeletionOptions.waiting(Duration.ZERO)))
                    .isInstanceOf(NamespaceException.class);
        }

        assertThat(threads).containsExactly(Thread.currentThread());
    }

    @Test
    void the_decorator_carries_the_callers_context_to_the_workers() {
        Set<String> contexts = ConcurrentHashMap.newKeySet();
        platform.clusters
                .faults()
                .on(call -> {
                    contexts.add(String.valueOf(CONTEXT.get()));
                    return false;
                })
                .fail(Failure.unreachable());
        CONTEXT.set("request 17");
        try (NamespaceLifecycle lifecycle = platform.builder()
                .taskDecorator((work, target) -> {
                    String context = CONTEXT.get();
                    return () -> {
                        CONTEXT.set(context);
                        try {
                            work.run();
                        } finally {
                            CONTEXT.remove();
                        }
                    };
                })
                .build()) {
            lifecycle.deploy(dev.id());
        }

        assertThat(contexts).containsExactly("request 17");
    }

    @Test
    void the_decorator_is_told_which_target_the_work_belongs_to() {
        Set<Optional<Target>> targets = ConcurrentHashMap.newKeySet();
        Set<Optional<Target>> both = dev.targets().stream().map(Optional::of).collect(Collectors.toSet());
        try (NamespaceLifecycle lifecycle = platform.builder()
                .taskDecorator((work, target) -> {
                    targets.add(Optional.ofNullable(target));
                    return work;
                })
                .build()) {
            lifecycle.deploy(dev.id(), DeployOptions.defaults().withDryRun(DryRun.SERVER));
            assertThat(targets).isEqualTo(both);
            targets.clear();
            lifecycle.deploy(dev.id());
            assertThat(targets).isEqualTo(both);
            targets.clear();
            lifecycle.findOrphans(EU);
            assertThat(targets).containsExactly(Optional.empty());
        }
    }

    @Test
    void clusters_are_called_on_the_hosts_executor_which_stays_open() {
        Set<String> threads = ConcurrentHashMap.newKeySet();
        platform.clusters
                .faults()
                .on(call -> {
                    threads.add(Thread.currentThread().getName());
                    return false;
                })
                .fail(Failure.unreachable());
        ExecutorService host = Executors.newFixedThreadPool(2, work -> new Thread(work, "host"));
        try (NamespaceLifecycle lifecycle = platform.builder().workers(host).build()) {
            lifecycle.deploy(dev.id());
        }

        assertThat(threads).containsExactly("host");
        assertThat(host.isShutdown()).isFalse();
        host.shutdown();
    }

    @Test
    void the_caller_gets_a_failure_of_decorator_or_executor_and_locks_are_freed() {
        try (NamespaceLifecycle undecorated = platform.builder()
                        .taskDecorator((work, target) -> {
                            throw new IllegalStateException("no context");
                        })
                        .build();
                NamespaceLifecycle forgetful = platform.builder()
                        .taskDecorator((work, target) -> () -> {})
                        .build();
                NamespaceLifecycle refused = platform.builder()
                        .workers(work -> {
                            throw new RejectedExecutionException("full");
                        })
                        .build();
                NamespaceLifecycle direct =
                        platform.builder().workers(Runnable::run).build()) {
            for (DryRun dryRun : List.of(DryRun.NONE, DryRun.SERVER)) {
                DeployOptions options = DeployOptions.defaults().withDryRun(dryRun);
                assertThatThrownBy(() -> undecorated.deploy(dev.id(), options)).hasMessage("no context");
                assertThatThrownBy(() -> forgetful.deploy(dev.id(), options))
                        .hasMessageContaining("did not run the work");
                assertThatThrownBy(() -> refused.deploy(dev.id(), options))
                        .isInstanceOfSatisfying(
                                DeploymentFailedException.class,
                                failed -> assertThat(failed.report().failures())
                                        .allSatisfy(failure -> assertThat(failure)
                                                .isInstanceOf(WorkRejectedException.class)
                                                .hasCauseInstanceOf(RejectedExecutionException.class)));
                assertThatThrownBy(() -> direct.deploy(dev.id(), options))
                        .hasMessageContaining("must not run work on the submitting thread");
            }
        }

        platform.gateway.assertThat().hasSeenNoCall();
        assertThat(platform.lifecycle.deploy(dev.id()).succeeded()).isTrue();
    }

    @Test
    void a_decorator_that_fails_in_the_middle_leaves_open_rows_and_no_lock() {
        AtomicBoolean failing = new AtomicBoolean();
        try (NamespaceLifecycle lifecycle = platform.builder()
                .taskDecorator((work, target) -> {
                    if (failing.get()) {
                        throw new IllegalStateException("no context");
                    }
                    return work;
                })
                .listener(event -> failing.set(true))
                .build()) {
            assertThatThrownBy(() -> lifecycle.deploy(dev.id())).hasMessage("no context");
        }

        assertThat(platform.lock.tryAcquire(new Target(dev.id(), EU))).hasValueSatisfying(lease -> lease.close());
        assertThat(platform.lifecycle.ensureDeployed(dev.id()).succeeded()).isTrue();
    }

    @Test
    void workers_that_fail_with_errors_end_the_deployment_once_all_have_ended() {
        platform.clusters
                .faults()
                .on(call -> call instanceof GatewayCall.Create)
                .fail(Failure.crash());

        assertThatThrownBy(() -> platform.lifecycle.deploy(dev.id())).isInstanceOf(Failure.ProcessDied.class);

        assertThat(platform.gateway.calls()).noneMatch(call -> call.outcome() instanceof RecordedCall.Outcome.Underway);
        platform.clusters.faults().clear();
        assertThat(platform.lifecycle.ensureDeployed(dev.id()).succeeded()).isTrue();
    }

    @Test
    void an_interrupt_is_the_same_exception_in_the_first_and_later_environments() throws Exception {
        Environment prod = platform.environment(
                anEnvironment().id("shop-prod").promotionOrder(9).build(), "shop-prod");
        Fault hang = platform.clusters
                .faults()
                .on(call -> call instanceof GatewayCall.Create && call.name().equals("shop-prod"))
                .block();

        Throwable alone = interruptedAt(hang, List.of(prod));
        Throwable second = interruptedAt(hang, List.of(dev, prod));

        assertThat(alone).isExactlyInstanceOf(OperationInterruptedException.class);
        assertThat(alone.getSuppressed()).isEmpty();
        assertThat(second)
                .isExactlyInstanceOf(OperationInterruptedException.class)
                .hasMessage(alone.getMessage());
        assertThat(second.getSuppressed())
                .singleElement()
                .isInstanceOfSatisfying(
                        DeploymentFailedException.class,
                        done -> assertThat(done.report().environments())
                                .extracting(EnvironmentReport::succeeded)
                                .containsExactly(true, false));
    }

    private Throwable interruptedAt(Fault hang, List<Environment> environments) throws InterruptedException {
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        AtomicBoolean flag = new AtomicBoolean();
        Thread caller = new Thread(() -> {
            thrown.set(catchThrowable(() -> platform.lifecycle.deploy(
                    environments.stream().map(Environment::id).toList(), DeployOptions.defaults())));
            flag.set(Thread.currentThread().isInterrupted());
        });
        caller.start();
        hang.awaitHits(1);
        caller.interrupt();
        caller.join(30_000);
        assertThat(flag.get()).isTrue();
        return thrown.get();
    }

    @Test
    void a_thread_that_is_interrupted_beforehand_calls_no_cluster() {
        AtomicBoolean flagAtStores = new AtomicBoolean();
        try (NamespaceLifecycle lifecycle = platform.builder(
                        platform.gateway, WatchedStores.of(platform.stores.stores(), call -> {
                            if (call.startsWith("deployments.") || call.startsWith("lock.")) {
                                flagAtStores.compareAndSet(
                                        false, Thread.currentThread().isInterrupted());
                            }
                        }))
                .build()) {
            Thread.currentThread().interrupt();

            assertThatThrownBy(() -> lifecycle.deploy(dev.id())).isInstanceOf(OperationInterruptedException.class);
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
        platform.gateway.assertThat().hasSeenNoCall();
        assertThat(flagAtStores).isFalse();
    }

    @Test
    void a_small_environment_is_not_delayed_by_a_big_one_on_the_same_cluster() throws Exception {
        String[] names = IntStream.range(0, 50).mapToObj(i -> "big-" + i).toArray(String[]::new);
        Environment big = platform.environment(anEnvironment().id("big").build(), names);
        Environment small = platform.environment(anEnvironment().id("small").build(), "tiny");
        Fault first = beforeNamespaceOfBig().once().block();
        Fault third = beforeNamespaceOfBig().skipping(1).once().block();
        Map<Thread, AtomicInteger> submitted = new ConcurrentHashMap<>();
        try (NamespaceLifecycle lifecycle = platform.builder()
                .parallelismPerCluster(1)
                .taskDecorator((work, target) -> {
                    submitted
                            .computeIfAbsent(Thread.currentThread(), any -> new AtomicInteger())
                            .incrementAndGet();
                    return work;
                })
                .build()) {
            FutureTask<DeploymentReport> bigOne = new FutureTask<>(() -> lifecycle.deploy(big.id()));
            Thread bigCaller = new Thread(bigOne);
            bigCaller.start();
            first.awaitHits(1);
            awaitWaiting(bigCaller, submitted, 51);
            Thread smallCaller = new Thread(() -> lifecycle.initializer().beforeApply(EU, "tiny"));
            smallCaller.start();
            awaitWaiting(smallCaller, submitted, 1);
            first.remove();
            // The third namespace waits until the small environment, after its look, has submitted its writes.
            third.awaitHits(1);
            awaitWaiting(smallCaller, submitted, 2);

            third.remove();

            smallCaller.join(30_000);
            assertThat(bigOne.get(60, TimeUnit.SECONDS).succeeded()).isTrue();
        }
        List<String> creates = platform.gateway.calls(GatewayCall.Create.class).stream()
                .map(call -> String.valueOf(call.resource()))
                .toList();
        assertThat(creates).hasSize(102);
        // Two objects for each of the first three namespaces, and for one more that had waited longer.
        assertThat(creates.indexOf(platform.policy("tiny").toString())).isLessThanOrEqualTo(2 * 4 + 1);
        assertThat(platform.isRecorded(small, EU)).isFalse();
    }

    private Faults.Rule beforeNamespaceOfBig() {
        return platform.clusters
                .faults()
                .on(call -> call instanceof GatewayCall.Create && call.name().startsWith("big-"));
    }

    private static void awaitWaiting(Thread caller, Map<Thread, AtomicInteger> submitted, int pieces) {
        await().atMost(Duration.ofSeconds(30))
                .until(() -> submitted.containsKey(caller)
                        && submitted.get(caller).get() == pieces
                        && caller.getState() == Thread.State.TIMED_WAITING);
    }
}
