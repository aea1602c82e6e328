package dev.namespaces.core;

import static dev.namespaces.core.Platform.EU;
import static dev.namespaces.testkit.TestData.anEnvironment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import dev.namespaces.error.DeploymentInProgressException;
import dev.namespaces.model.Environment;
import dev.namespaces.model.NamespaceId;
import dev.namespaces.spi.ClusterGateway;
import dev.namespaces.spi.LifecycleEvent;
import dev.namespaces.testkit.Faults.Fault;
import dev.namespaces.testkit.GatewayCall;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Calls that come back from inside of a deployment, from a listener or from a gateway, do not wait for it. */
@Timeout(60)
class ReentryTest {

    private static final Duration AT_ONCE = Duration.ofSeconds(10);

    private final Platform platform = new Platform();
    private final Environment dev =
            platform.environment(anEnvironment().id("shop-dev").build(), "shop-api", "shop-web");
    private final AtomicReference<NamespaceLifecycle> own = new AtomicReference<>();

    @AfterEach
    void close() {
        Optional.ofNullable(own.get()).ifPresent(NamespaceLifecycle::close);
        platform.close();
    }

    private interface Before {
        void call(ClusterGateway gateway, Object... arguments);
    }

    /** A gateway that sends on threads of that executor, as a client with a pool of its own does. */
    private ClusterGateway sendingOn(ExecutorService threads, Before before) {
        return (ClusterGateway) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {ClusterGateway.class}, (proxy, method, arguments) -> {
                    try {
                        return threads.submit(() -> {
                                    before.call(platform.gateway, arguments);
                                    return method.invoke(platform.gateway, arguments);
                                })
                                .get();
                    } catch (ExecutionException e) {
                        throw e.getCause() instanceof InvocationTargetException invoked
                                ? invoked.getCause()
                                : e.getCause();
                    }
                });
    }

    private void deployAtOnce(Runnable deployment) {
        long start = System.nanoTime();
        deployment.run();
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(AT_ONCE);
        assertThat(platform.labels(EU, "shop-web")).containsEntry("namespaces.dev/environment", "shop-dev");
    }

    @Test
    void a_gateway_that_sends_on_threads_that_it_starts_does_not_wait_for_itself() {
        ExecutorService threads = Executors.newCachedThreadPool();
        own.set(platform.builder(
                        sendingOn(
                                threads,
                                (gateway, arguments) -> own.get().initializer().beforeApply(EU, "shop-web")),
                        platform.stores.stores())
                .build());
        try {
            deployAtOnce(() -> own.get().initializer().beforeApply(EU, "shop-web"));
            // The threads of the pool are older than this deployment.
            deployAtOnce(() -> own.get().deploy(dev.id()));
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void a_gateway_that_sends_our_policy_on_an_older_thread_does_not_wait_for_itself() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        for (int i = 0; i < 4; i++) {
            threads.submit(() -> {}).get();
        }
        own.set(platform.builder(
                        sendingOn(threads, (gateway, arguments) -> {
                            if (arguments[1] instanceof HasMetadata manifest) {
                                own.get().initializer().beforeApply(EU, manifest);
                            }
                        }),
                        platform.stores.stores())
                .build());
        try {
            deployAtOnce(() -> own.get().initializer().beforeApply(EU, "shop-web"));
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void a_listener_that_writes_in_the_namespace_that_it_is_told_of_passes() {
        List<Throwable> failures = new CopyOnWriteArrayList<>();
        List<String> told = new CopyOnWriteArrayList<>();
        own.set(platform.builder()
                .listener(event -> {
                    if (event instanceof LifecycleEvent.NamespaceDeployed deployed) {
                        told.add(deployed.namespace().name());
                        Optional.ofNullable(catchThrowable(() -> own.get()
                                        .initializer()
                                        .beforeApply(EU, deployed.namespace().name())))
                                .ifPresent(failures::add);
                    }
                })
                .build());

        deployAtOnce(() -> own.get().deploy(dev.id()));

        assertThat(told).containsExactlyInAnyOrder("shop-api", "shop-web");
        assertThat(failures).isEmpty();
    }

    @Test
    void a_listener_that_asks_for_a_namespace_under_way_fails_at_once() {
        AtomicReference<Throwable> initializing = new AtomicReference<>();
        AtomicReference<Throwable> deploying = new AtomicReference<>();
        AtomicReference<Throwable> releasing = new AtomicReference<>();
        List<NamespaceId> web = List.of(
                platform.namespaces.findByNames(List.of("shop-web")).get(0).id());
        own.set(platform.builder()
                .listener(event -> {
                    if (event instanceof LifecycleEvent.DeploymentBegun) {
                        releasing.set(catchThrowable(() -> own.get().release(web)));
                        initializing.set(
                                catchThrowable(() -> own.get().initializer().beforeApply(EU, "shop-web")));
                        deploying.set(catchThrowable(() -> own.get().deploy(dev.id())));
                    }
                })
                .build());

        deployAtOnce(() -> own.get().deploy(dev.id()));

        assertThat(initializing.get()).isInstanceOf(DeploymentInProgressException.class);
        assertThat(deploying.get()).hasRootCauseInstanceOf(DeploymentInProgressException.class);
        assertThat(releasing.get()).isInstanceOf(DeploymentInProgressException.class);
    }

    @Test
    void a_listener_on_a_thread_of_its_own_is_treated_alike() {
        AtomicReference<Throwable> initializing = new AtomicReference<>();
        AtomicReference<Throwable> deploying = new AtomicReference<>();
        ExecutorService listenerThread = Executors.newSingleThreadExecutor();
        own.set(platform.builder()
                .listenerExecutor(listenerThread)
                .listener(event -> {
                    if (event instanceof LifecycleEvent.DeploymentBegun && deploying.get() == null) {
                        initializing.set(
                                catchThrowable(() -> own.get().initializer().beforeApply(EU, "shop-web")));
                        deploying.set(catchThrowable(() -> own.get().deploy(dev.id())));
                    }
                })
                .build());
        Fault slow = platform.clusters
                .faults()
                .on(call -> call instanceof GatewayCall.Create)
                .block();
        Thread caller = new Thread(() -> own.get().deploy(dev.id()));
        caller.start();
        try {
            await().atMost(AT_ONCE).until(() -> deploying.get() != null);
        } finally {
            slow.remove();
            await().until(() -> !caller.isAlive());
            listenerThread.shutdown();
        }

        assertThat(initializing.get()).isInstanceOf(DeploymentInProgressException.class);
        assertThat(deploying.get()).hasRootCauseInstanceOf(DeploymentInProgressException.class);
    }

    @Test
    void a_listener_may_deploy_again_once_the_deployment_has_ended() {
        List<Throwable> failures = new CopyOnWriteArrayList<>();
        own.set(platform.builder()
                .listener(event -> {
                    if (event instanceof LifecycleEvent.DeploymentCompleted) {
                        Optional.ofNullable(catchThrowable(() -> own.get().ensureDeployed(dev.id())))
                                .ifPresent(failures::add);
                    }
                })
                .build());

        deployAtOnce(() -> own.get().deploy(dev.id()));

        assertThat(failures).isEmpty();
    }
}
