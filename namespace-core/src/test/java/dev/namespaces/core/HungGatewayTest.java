package dev.namespaces.core;

import static dev.namespaces.core.Platform.EU;
import static dev.namespaces.core.Platform.US;
import static dev.namespaces.testkit.TestData.anEnvironment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.namespaces.core.deploy.DeployOptions;
import dev.namespaces.core.deploy.DeploymentFailedException;
import dev.namespaces.core.deploy.DryRun;
import dev.namespaces.core.ensure.EnsureOptions;
import dev.namespaces.core.ensure.EnsureOutcome;
import dev.namespaces.core.ensure.EnsureResult;
import dev.namespaces.error.ClusterTimeoutException;
import dev.namespaces.error.GatewayContractException;
import dev.namespaces.error.OperationInterruptedException;
import dev.namespaces.model.Environment;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.model.Target;
import dev.namespaces.spi.LifecycleEvent;
import dev.namespaces.testkit.Failure;
import dev.namespaces.testkit.Faults;
import dev.namespaces.testkit.Faults.Fault;
import dev.namespaces.testkit.GatewayCall;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A gateway that does not return costs its caller a bounded time, and delays no other caller. */
@Timeout(60)
class HungGatewayTest {

    private static final Duration LIMIT = Duration.ofMillis(600);

    private final Platform platform = new Platform();
    private final NamespaceLifecycle lifecycle =
            platform.builder().gatewayCallLimit(LIMIT).parallelismPerCluster(1).build();
    private final Environment dev = platform.environment(
            anEnvironment().id("shop-dev").clusters("eu-1", "us-1").build(), "shop-a", "shop-b", "shop-c");

    @BeforeEach
    void loadClasses() {
        Environment warm = platform.environment(
                anEnvironment().id("warm").clusters("eu-1", "us-1").build(), "warm");
        platform.lifecycle.deploy(warm.id());
        platform.clusters.cluster(EU).as("kubectl").delete(ResourceRef.namespace("warm"));
        platform.clusters.cluster(EU).finishDeletion("warm");
        platform.events.clear();
    }

    @AfterEach
    void close() {
        platform.clusters.faults().clear();
        lifecycle.close();
        platform.close();
    }

    @Test
    void a_call_that_never_ends_is_given_up_and_its_worker_is_replaced() {
        Fault hang = platform.clusters
                .faults()
                .on(call -> call.cluster().equals(EU) && call instanceof GatewayCall.Create && isOf(call, "shop-a"))
                .hang();

        DeploymentFailedException failure =
                catchThrowableOfType(DeploymentFailedException.class, () -> lifecycle.deploy(dev.id()));

        assertThat(failure.report().failures())
                .singleElement()
                .isInstanceOfSatisfying(GatewayContractException.class, broken -> {
                    assertThat(broken.limit()).isEqualTo(LIMIT);
                    assertThat(broken.contract()).contains("returns within its bound");
                });
        assertThat(platform.isRecorded(dev, US)).isTrue();
        assertThat(platform.clusters.cluster(EU).objects("CiliumNetworkPolicy")).hasSize(2);
        assertThat(platform.lock.tryAcquire(new Target(dev.id(), EU))).hasValueSatisfying(lease -> lease.close());
        assertThat(platform.events)
                .filteredOn(LifecycleEvent.GatewayCallAbandoned.class::isInstance)
                .hasSize(1);

        // A later request of the call is refused, because its lease is over.
        hang.remove();
        lifecycle.close();
        assertThat(platform.clusters.cluster(EU).find(ResourceRef.namespace("shop-a")))
                .isEmpty();
        assertThat(platform.lifecycle.ensureDeployed(dev.id()).succeeded()).isTrue();
    }

    @Test
    void a_call_that_ends_only_by_an_interrupt_is_a_broken_contract_too() {
        platform.clusters
                .faults()
                .on(call -> call.cluster().equals(EU) && call instanceof GatewayCall.Create && isOf(call, "shop-a"))
                .block();

        DeploymentFailedException failure =
                catchThrowableOfType(DeploymentFailedException.class, () -> lifecycle.deploy(dev.id()));

        assertThat(failure.report().failures()).singleElement().isInstanceOf(GatewayContractException.class);
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
        assertThat(platform.clusters.cluster(EU).objects("CiliumNetworkPolicy")).hasSize(2);
        assertThat(platform.events).noneMatch(LifecycleEvent.GatewayCallAbandoned.class::isInstance);
    }

    @Test
    void a_cluster_that_cannot_even_be_looked_at_fails_alone() {
        platform.clusters
                .faults()
                .on(call -> call.cluster().equals(EU) && call instanceof GatewayCall.ListObjects)
                .hang();

        DeploymentFailedException failure =
                catchThrowableOfType(DeploymentFailedException.class, () -> lifecycle.deploy(dev.id()));

        assertThat(failure.report().failures()).singleElement().isInstanceOf(GatewayContractException.class);
        assertThat(platform.isRecorded(dev, US)).isTrue();
        assertThat(platform.lock.tryAcquire(new Target(dev.id(), EU))).isPresent();
    }

    @Test
    void a_dry_run_by_the_server_is_bounded_as_well() {
        platform.clusters.faults().on(call -> call.cluster().equals(EU)).hang();

        DeploymentFailedException failure = catchThrowableOfType(
                DeploymentFailedException.class,
                () -> lifecycle.deploy(dev.id(), DeployOptions.defaults().withDryRun(DryRun.SERVER)));

        assertThat(failure.report().failures()).singleElement().isInstanceOf(GatewayContractException.class);
    }

    @Test
    void an_interrupted_caller_does_not_wait_for_a_call_that_ignores_interrupts() throws Exception {
        Fault hang = platform.clusters
                .faults()
                .on(call -> call instanceof GatewayCall.Create)
                .hang();
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Thread caller = new Thread(() -> thrown.set(catchThrowable(() -> lifecycle.deploy(dev.id()))));
        caller.start();
        hang.awaitHits(2);

        caller.interrupt();
        caller.join(30_000);

        assertThat(thrown.get()).isInstanceOf(OperationInterruptedException.class);
        assertThat(platform.lock.tryAcquire(new Target(dev.id(), EU))).isPresent();
    }

    @Test
    void a_timeout_of_the_call_ends_it_though_a_gateway_call_hangs() {
        platform.clusters
                .faults()
                .on(call -> call instanceof GatewayCall.Create)
                .hang();

        DeploymentFailedException failure = catchThrowableOfType(
                DeploymentFailedException.class,
                () -> lifecycle.deploy(dev.id(), DeployOptions.defaults().withTimeout(Duration.ofMillis(100))));

        assertThat(failure.report().environments().get(0).clusters())
                .allSatisfy(cluster -> assertThat(cluster.failures()).isNotEmpty());
        assertThat(failure.report().failures()).hasAtLeastOneElementOfType(ClusterTimeoutException.class);
        assertThat(platform.lock.tryAcquire(new Target(dev.id(), EU))).isPresent();
    }

    @Test
    void close_reports_a_call_that_hangs_and_nothing_is_sent_afterwards() throws Exception {
        Fault hang = platform.clusters
                .faults()
                .on(call -> call instanceof GatewayCall.Create)
                .hang();
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Thread caller = new Thread(() -> thrown.set(catchThrowable(() -> lifecycle.deploy(dev.id()))));
        caller.start();
        hang.awaitHits(2);

        assertThat(lifecycle.close(Duration.ofMillis(50))).isFalse();
        hang.remove();

        caller.join(30_000);
        assertThat(thrown.get()).isInstanceOf(DeploymentFailedException.class);
        assertThat(lifecycle.close(Duration.ofSeconds(30))).isTrue();
        assertThat(platform.clusters.cluster(EU).objects()).isEmpty();
        assertThat(platform.lock.tryAcquire(new Target(dev.id(), EU))).isPresent();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void a_call_that_never_ends_costs_an_ensure_a_bounded_time(boolean reactsToInterrupts) {
        Faults.Rule find = platform.clusters.faults().on(GatewayCall.Find.class::isInstance);
        Fault fault = reactsToInterrupts ? find.block() : find.hang();

        assertThatThrownBy(() -> lifecycle.ensureNamespaceExists(EU, "tools"))
                .isInstanceOfSatisfying(GatewayContractException.class, broken -> {
                    assertThat(broken.limit()).isEqualTo(LIMIT);
                    assertThat(broken.context().namespace()).isEqualTo("tools");
                });
        assertThat(Thread.currentThread().isInterrupted()).isFalse();

        fault.remove();
        assertThat(lifecycle.ensureNamespaceExists(EU, "tools")).isEqualTo(EnsureOutcome.CREATED);
    }

    @Test
    void no_request_is_sent_by_an_ensure_after_it_was_given_up() {
        Fault hang = platform.clusters
                .faults()
                .on(GatewayCall.Create.class::isInstance)
                .once()
                .hang();
        assertThatThrownBy(() -> lifecycle.ensureNamespaceExists(EU, "tools"))
                .isInstanceOf(GatewayContractException.class);

        hang.remove();

        await().until(() -> platform.gateway.calls(GatewayCall.Create.class).stream()
                .anyMatch(call -> call.name().equals("tools")));
        assertThat(platform.clusters.cluster(EU).find(ResourceRef.namespace("tools")))
                .isEmpty();
    }

    @Test
    void a_batch_asks_a_cluster_that_hangs_once() {
        Fault hang = platform.clusters
                .faults()
                .on(call -> call instanceof GatewayCall.Find && !call.name().equals("a"))
                .hang();

        Map<String, EnsureResult> results =
                lifecycle.ensureNamespacesExist(EU, List.of("a", "b", "c", "d"), EnsureOptions.defaults());

        assertThat(results.get("a")).isEqualTo(new EnsureResult.Ensured(EnsureOutcome.CREATED));
        for (String name : List.of("b", "c", "d")) {
            assertThat(results.get(name))
                    .isInstanceOfSatisfying(
                            EnsureResult.Failed.class,
                            failed -> assertThat(failed.cause())
                                    .isInstanceOfSatisfying(GatewayContractException.class, broken -> {
                                        assertThat(broken.limit()).isEqualTo(LIMIT);
                                        assertThat(broken.context().namespace()).isEqualTo(name);
                                    }));
        }
        assertThat(hang.hits()).isEqualTo(1);
    }

    @Test
    void an_interrupted_ensure_does_not_wait_for_a_call_that_ignores_interrupts() throws Exception {
        Fault hang = platform.clusters
                .faults()
                .on(GatewayCall.Find.class::isInstance)
                .hang();
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        AtomicBoolean flag = new AtomicBoolean();
        Thread caller = new Thread(() -> {
            thrown.set(catchThrowable(() -> lifecycle.ensureNamespaceExists(EU, "tools")));
            flag.set(Thread.currentThread().isInterrupted());
        });
        caller.start();
        hang.awaitHits(1);

        caller.interrupt();
        caller.join(30_000);

        assertThat(thrown.get()).isInstanceOf(OperationInterruptedException.class);
        assertThat(flag).isTrue();
    }

    @Test
    void a_gateway_that_ensures_a_namespace_itself_needs_no_second_worker() {
        AtomicBoolean first = new AtomicBoolean(true);
        platform.clusters
                .faults()
                .on(call -> {
                    if (call instanceof GatewayCall.Create && first.getAndSet(false)) {
                        lifecycle.ensureNamespaceExists(EU, "tools");
                        lifecycle.ensureNamespaceExists(US, "tools");
                    }
                    return false;
                })
                .fail(Failure.unreachable());

        assertThat(lifecycle.deploy(dev.id()).succeeded()).isTrue();

        assertThat(platform.live(EU, "tools")).isNotNull();
        assertThat(platform.live(US, "tools")).isNotNull();
    }

    private static boolean isOf(GatewayCall call, String namespace) {
        return call.kind().equals("Namespace") && call.name().equals(namespace);
    }
}
