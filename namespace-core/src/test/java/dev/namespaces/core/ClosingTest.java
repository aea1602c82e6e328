package dev.namespaces.core;

import static dev.namespaces.core.Platform.EU;
import static dev.namespaces.core.Platform.US;
import static dev.namespaces.testkit.TestData.anEnvironment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import dev.namespaces.core.deploy.DeployOptions;
import dev.namespaces.core.deploy.DeploymentFailedException;
import dev.namespaces.core.deploy.DryRun;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.Environment;
import dev.namespaces.model.Target;
import dev.namespaces.spi.DeploymentLock.Lease;
import dev.namespaces.testkit.Faults.Fault;
import dev.namespaces.testkit.GatewayCall;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** When close has returned, every call has ended, no lock is held, and nothing is sent or stored any more. */
@Timeout(60)
class ClosingTest {

    private final Platform platform = new Platform();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final AtomicBoolean calledAfterwards = new AtomicBoolean();
    private final NamespaceLifecycle lifecycle = platform.builder(
                    platform.gateway,
                    WatchedStores.of(
                            platform.stores.stores(), call -> calledAfterwards.compareAndSet(false, closed.get())))
            .parallelismPerCluster(2)
            .build();
    private final Environment dev = platform.environment(
            anEnvironment().id("shop-dev").clusters("eu-1", "us-1").build(), "shop-a", "shop-b", "shop-c", "shop-d");

    @AfterEach
    void close() {
        platform.clusters.faults().clear();
        platform.close();
    }

    @ParameterizedTest
    @EnumSource(DryRun.class)
    void nothing_is_called_and_no_lock_is_held_after_close(DryRun dryRun) throws Exception {
        Fault slow = platform.clusters
                .faults()
                .on(call -> call instanceof GatewayCall.Create || call instanceof GatewayCall.Apply)
                .block();
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Thread caller = new Thread(() -> thrown.set(catchThrowable(
                () -> lifecycle.deploy(dev.id(), DeployOptions.defaults().withDryRun(dryRun)))));
        caller.start();
        if (dryRun == DryRun.RENDER) {
            caller.join();
        } else {
            slow.awaitHits(2);
        }

        assertThat(lifecycle.close(Duration.ofSeconds(30))).isTrue();

        closed.set(true);
        int calls = platform.gateway.calls().size();
        for (ClusterId cluster : List.of(EU, US)) {
            assertThat(platform.lock.tryAcquire(new Target(dev.id(), cluster))).hasValueSatisfying(Lease::close);
        }
        caller.join(30_000);
        slow.remove();
        if (dryRun != DryRun.RENDER) {
            assertThat(thrown.get())
                    .isInstanceOfSatisfying(
                            DeploymentFailedException.class,
                            failure -> assertThat(failure.report().failures())
                                    .hasOnlyElementsOfType(LifecycleClosedException.class));
        }
        assertThat(platform.gateway.calls()).hasSize(calls);
        assertThat(calledAfterwards).isFalse();
        assertThat(platform.clusters.cluster(EU).objects()).isEmpty();
    }

    @Test
    void a_caller_that_waits_for_a_lock_is_sent_away_by_close() throws Exception {
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        try (Lease eu = platform.lock.tryAcquire(new Target(dev.id(), EU)).orElseThrow();
                Lease us = platform.lock.tryAcquire(new Target(dev.id(), US)).orElseThrow()) {
            Thread caller = new Thread(() -> thrown.set(catchThrowable(() -> lifecycle.deploy(dev.id()))));
            caller.start();
            await().until(() -> caller.getState() == Thread.State.TIMED_WAITING);

            assertThat(lifecycle.close(Duration.ofSeconds(30))).isTrue();

            caller.join(30_000);
            assertThat(eu.isHeld() && us.isHeld()).isTrue();
        }
        assertThat(thrown.get())
                .isInstanceOfSatisfying(
                        DeploymentFailedException.class,
                        failure -> assertThat(failure.report().failures())
                                .hasSize(2)
                                .hasOnlyElementsOfType(LifecycleClosedException.class));
        platform.gateway.assertThat().hasSeenNoCall();
    }

    @RepeatedTest(50)
    void a_deployment_that_begins_while_close_runs_ends_or_is_refused() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Thread caller = new Thread(() -> thrown.set(catchThrowable(() -> {
            go.await();
            lifecycle.deploy(dev.id());
        })));
        caller.start();
        go.countDown();

        assertThat(lifecycle.close(Duration.ofSeconds(30))).isTrue();
        closed.set(true);
        int calls = platform.gateway.calls().size();

        caller.join(30_000);
        assertThat(caller.isAlive()).isFalse();
        assertThat(platform.gateway.calls()).hasSize(calls);
        if (thrown.get() instanceof DeploymentFailedException failure) {
            assertThat(failure.report().failures()).hasOnlyElementsOfType(LifecycleClosedException.class);
        } else if (thrown.get() != null) {
            assertThat(thrown.get()).isInstanceOf(LifecycleClosedException.class);
        }
        assertThat(platform.lock.tryAcquire(new Target(dev.id(), EU))).isPresent();
    }

    @Test
    void a_listener_may_close_the_lifecycle() throws Exception {
        AtomicReference<NamespaceLifecycle> closing = new AtomicReference<>();
        AtomicReference<Boolean> ended = new AtomicReference<>();
        CountDownLatch told = new CountDownLatch(1);
        closing.set(NamespaceLifecycle.builder(platform.gateway, platform.stores.stores())
                .listener(event -> {
                    ended.compareAndSet(null, closing.get().close(Duration.ofSeconds(20)));
                    told.countDown();
                })
                .build());
        platform.environments.save(dev);

        long start = System.nanoTime();
        catchThrowable(() -> closing.get().deploy(dev.id()));
        await().until(() -> told.getCount() == 0);

        assertThat(ended.get()).isTrue();
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
    }
}
