package dev.namespaces.core;

import static dev.namespaces.core.Platform.EU;
import static dev.namespaces.testkit.TestData.anEgressPolicy;
import static dev.namespaces.testkit.TestData.anEnvironment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.sun.management.ThreadMXBean;
import dev.namespaces.core.deploy.DeployOptions;
import dev.namespaces.core.deploy.DeploymentFailedException;
import dev.namespaces.core.request.NamespaceRequest;
import dev.namespaces.error.DeploymentInProgressException;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.Operation;
import dev.namespaces.error.OperationInterruptedException;
import dev.namespaces.error.Retry;
import dev.namespaces.error.StoreException;
import dev.namespaces.error.UnknownEnvironmentException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.model.Target;
import dev.namespaces.spi.DeploymentLock;
import dev.namespaces.spi.NamespaceInitializer;
import dev.namespaces.testkit.Failure;
import dev.namespaces.testkit.Faults.Fault;
import dev.namespaces.testkit.GatewayCall;
import dev.namespaces.testkit.MovableClock;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class InitializerMemoryTest {

    private static final Duration PERIOD = Duration.ofSeconds(30);

    private final Platform platform = new Platform();
    private final MovableClock clock = MovableClock.at(Platform.NOW);
    private final NotedStores noted = new NotedStores(platform.stores.stores());
    private final NamespaceLifecycle lifecycle =
            platform.builder(platform.gateway, noted.stores()).clock(clock).build();
    private final NamespaceInitializer initializer = lifecycle.initializer();
    private final Environment dev =
            platform.environment(anEnvironment().id("shop-dev").build(), "shop-api", "shop-web");

    @AfterEach
    void close() {
        platform.clusters.faults().clear();
        lifecycle.close();
        platform.close();
    }

    private void deployAndRemember() {
        lifecycle.deploy(dev.id());
        initializer.beforeApply(EU, "shop-web");
        forgetCalls();
    }

    private void forgetCalls() {
        platform.gateway.forgetCalls();
        noted.take();
    }

    private void tightenPolicy() {
        platform.policies.save(
                anEgressPolicy().ofProject(dev.projectId().value()).denyingAll().build());
    }

    private void assertRemembered() {
        forgetCalls();
        initializer.beforeApply(EU, "shop-web");
        assertThat(noted.take()).isEmpty();
        platform.gateway.assertThat().hasSeenNoCall();
    }

    private void assertForgotten() {
        forgetCalls();
        initializer.beforeApply(EU, "shop-web");
        assertThat(noted.take()).isNotEmpty();
    }

    private Fault failPolicies(Failure failure) {
        return platform.clusters
                .faults()
                .on(call -> call.kind().equals("CiliumNetworkPolicy") && call.writes())
                .fail(failure);
    }

    private Throwable failure() {
        return catchThrowable(() -> initializer.beforeApply(EU, "shop-web"));
    }

    @Test
    void a_hit_calls_no_store_and_no_cluster_and_allocates_next_to_nothing() {
        deployAndRemember();
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        int calls = 20_000;
        for (int i = 0; i < calls; i++) {
            initializer.beforeApply(EU, "shop-web");
        }
        long before = threads.getThreadAllocatedBytes(Thread.currentThread().getId());

        for (int i = 0; i < calls; i++) {
            initializer.beforeApply(EU, "shop-web");
        }

        long bytes = threads.getThreadAllocatedBytes(Thread.currentThread().getId()) - before;
        assertThat(bytes / calls).as("bytes for each hit").isLessThan(200);
        assertRemembered();
    }

    @Test
    void a_miss_costs_four_store_calls_in_an_environment_of_any_size() {
        Environment big = platform.environment(
                anEnvironment().id("big").build(),
                IntStream.range(0, 300).mapToObj(i -> "big-" + i).toArray(String[]::new));
        lifecycle.deploy(List.of(dev.id(), big.id()), DeployOptions.defaults());
        for (String name : List.of("shop-web", "big-7")) {
            forgetCalls();

            initializer.beforeApply(EU, name);

            assertThat(noted.take())
                    .extracting(NotedStores.Call::toString)
                    .containsExactly(
                            "NamespaceStore.findByNames",
                            "EnvironmentStore.findByIds",
                            "EgressPolicyStore.findByOwners",
                            "TargetObjectStore.findByNamespaces");
            platform.gateway.assertThat().hasSeenNoCall();
        }
    }

    @Test
    void what_was_found_deployed_is_forgotten_after_the_period() {
        deployAndRemember();
        tightenPolicy();
        clock.advance(PERIOD.minusMillis(1));
        assertRemembered();

        clock.advance(Duration.ofMillis(1));

        assertForgotten();
        assertThat(platform.gateway.calls(GatewayCall.Apply.class)).isNotEmpty();
    }

    @Test
    void a_clock_that_is_set_back_makes_the_memory_forget() {
        deployAndRemember();
        clock.advance(Duration.ofHours(-1));

        assertForgotten();
    }

    @Test
    void nobody_claims_it_is_never_remembered() {
        initializer.beforeApply(EU, "shop-new");
        platform.namespace(dev, "shop-new");

        initializer.beforeApply(EU, "shop-new");

        assertThat(platform.labels(EU, "shop-new")).containsEntry("namespaces.dev/environment", "shop-dev");
    }

    @Test
    void a_deployment_an_update_and_a_forget_clear_what_they_concern() {
        Environment other = platform.environment(anEnvironment().id("other").build(), "other-web");
        lifecycle.deploy(other.id());
        deployAndRemember();
        initializer.beforeApply(EU, "other-web");

        lifecycle.deploy(dev.id());
        assertForgotten();

        Namespace web = platform.namespaces.findByNames(List.of("shop-web")).get(0);
        lifecycle.update(web.id(), web.version(), NamespaceRequest.of(dev.id(), "shop-web"));
        assertForgotten();

        lifecycle.ensureDeployed(dev.id());
        lifecycle.forget(dev.id());
        assertForgotten();

        forgetCalls();
        initializer.beforeApply(EU, "other-web");
        assertThat(noted.take()).as("what concerns another environment").isEmpty();
    }

    @Test
    void an_answer_that_was_overtaken_by_a_deployment_is_not_remembered() {
        lifecycle.deploy(dev.id());
        noted.beforeCall(call -> {
            if (call.method().equals("findByNamespaces")) {
                noted.beforeCall(other -> {});
                lifecycle.deploy(dev.id());
            }
        });
        initializer.beforeApply(EU, "shop-web");

        assertForgotten();
    }

    @Test
    void a_failure_on_the_cluster_is_remembered_with_a_growing_pause() {
        Fault refused = failPolicies(Failure.forbidden());
        int tries = 0;
        for (int pause : List.of(1, 2, 4, 8, 16, 30, 30)) {
            assertThat(failure()).isInstanceOf(DeploymentFailedException.class);
            assertThat(refused.hits()).isEqualTo(++tries);
            clock.advance(Duration.ofSeconds(pause).minusMillis(1));
            forgetCalls();
            assertThat(failure())
                    .isInstanceOf(DeploymentFailedException.class)
                    .hasMessageContaining("shop-web")
                    .hasMessageContaining("403");
            assertThat(noted.take()).isEmpty();
            platform.gateway.assertThat().hasSeenNoCall();
            clock.advance(Duration.ofMillis(1));
        }

        refused.remove();
        initializer.beforeApply(EU, "shop-web");
        assertRemembered();
    }

    @Test
    void a_remembered_failure_concerns_no_neighbour() {
        Fault refused = platform.clusters
                .faults()
                .on(call -> call.kind().equals("CiliumNetworkPolicy")
                        && call.writes()
                        && "shop-api".equals(call.context().namespace()))
                .fail(Failure.forbidden());
        assertThatThrownBy(() -> initializer.beforeApply(EU, "shop-api")).isInstanceOf(DeploymentFailedException.class);

        initializer.beforeApply(EU, "shop-web");

        assertThat(refused.hits()).isEqualTo(1);
        assertThat(platform.clusters.cluster(EU).find(platform.policy("shop-web")))
                .isPresent();
    }

    @Test
    void a_deployment_clears_a_remembered_failure() {
        Fault refused = failPolicies(Failure.forbidden());
        assertThat(failure()).isNotNull();
        refused.remove();

        lifecycle.deploy(dev.id());

        initializer.beforeApply(EU, "shop-web");
    }

    @Test
    void a_failure_of_a_store_is_not_remembered() {
        noted.beforeCall(call -> {
            if (call.method().equals("findByOwners")) {
                throw new StoreException(
                        ErrorContext.of(Operation.FIND),
                        "egress_policies",
                        "shop",
                        Retry.later(),
                        "the database is down",
                        null);
            }
        });
        assertThat(failure()).isInstanceOf(StoreException.class);
        noted.beforeCall(call -> {});

        initializer.beforeApply(EU, "shop-web");
    }

    @Test
    void a_wait_that_is_over_is_not_remembered() {
        try (NamespaceLifecycle hasty = platform.builder(platform.gateway, noted.stores())
                .lockWait(Duration.ofMillis(50))
                .build()) {
            try (DeploymentLock.Lease held =
                    platform.lock.tryAcquire(new Target(dev.id(), EU)).orElseThrow()) {
                assertThat(held.isHeld()).isTrue();
                assertThatThrownBy(() -> hasty.initializer().beforeApply(EU, "shop-web"))
                        .hasRootCauseInstanceOf(DeploymentInProgressException.class);
            }
            hasty.initializer().beforeApply(EU, "shop-web");
        }
    }

    @Test
    void an_interrupt_is_not_remembered() throws Exception {
        Fault slow = platform.clusters
                .faults()
                .on(call -> call instanceof GatewayCall.Create)
                .once()
                .block();
        CompletableFuture<Throwable> thrown = new CompletableFuture<>();
        Thread caller = new Thread(() -> thrown.complete(failure()));
        caller.start();
        slow.awaitHits(1);

        caller.interrupt();

        assertThat(thrown.get(30, TimeUnit.SECONDS)).isInstanceOf(OperationInterruptedException.class);
        initializer.beforeApply(EU, "shop-web");
    }

    @Test
    void a_lost_lease_is_not_remembered() throws Exception {
        Fault slow = platform.clusters
                .faults()
                .on(call -> call instanceof GatewayCall.Create)
                .once()
                .block();
        CompletableFuture<Throwable> thrown = CompletableFuture.supplyAsync(this::failure);
        slow.awaitHits(1);
        platform.lock.revoke(new Target(dev.id(), EU));
        slow.remove();
        assertThat(thrown.get(30, TimeUnit.SECONDS)).isInstanceOf(NamespaceException.class);

        initializer.beforeApply(EU, "shop-web");
    }

    @Test
    void an_absent_namespace_is_deployed_by_the_next_write_in_spite_of_its_record() throws Exception {
        deployAndRemember();
        platform.clusters.cluster(EU).as("kubectl").delete(ResourceRef.namespace("shop-web"));
        platform.clusters.cluster(EU).finishDeletion("shop-web");
        assertRemembered();

        Thread any = new Thread(() -> initializer.namespaceWasAbsent(EU, "shop-web"));
        any.start();
        any.join();
        assertThat(noted.take()).isEmpty();
        platform.gateway.assertThat().hasSeenNoCall();

        initializer.beforeApply(EU, "shop-web");
        assertThat(platform.clusters.cluster(EU).find(platform.policy("shop-web")))
                .isPresent();
        assertRemembered();
    }

    @Test
    void an_absent_namespace_is_deployed_by_ensure_deployed_too() {
        deployAndRemember();
        platform.clusters.cluster(EU).as("kubectl").delete(ResourceRef.namespace("shop-web"));
        platform.clusters.cluster(EU).finishDeletion("shop-web");
        initializer.namespaceWasAbsent(EU, "shop-web");

        lifecycle.ensureDeployed(dev.id());

        assertThat(platform.clusters.cluster(EU).find(platform.policy("shop-web")))
                .isPresent();
        forgetCalls();
        lifecycle.ensureDeployed(dev.id());
        platform.gateway.assertThat().hasSeenNoCall();
    }

    @Test
    void an_answer_that_is_forged_costs_one_deployment_in_each_period() {
        deployAndRemember();
        for (int i = 0; i < 10; i++) {
            initializer.namespaceWasAbsent(EU, "shop-web");
            initializer.beforeApply(EU, "shop-web");
        }
        int calls = platform.gateway.calls().size();
        initializer.namespaceWasAbsent(EU, "shop-web");
        initializer.beforeApply(EU, "shop-web");
        assertThat(platform.gateway.calls()).hasSize(calls).isNotEmpty();

        clock.advance(PERIOD);
        initializer.namespaceWasAbsent(EU, "shop-web");
        initializer.beforeApply(EU, "shop-web");

        assertThat(platform.gateway.calls()).hasSizeGreaterThan(calls);
    }

    @Test
    void after_a_forget_every_replica_looks_at_the_cluster_again() {
        deployAndRemember();
        platform.clusters.cluster(EU).as("kubectl").delete(ResourceRef.namespace("shop-web"));
        platform.clusters.cluster(EU).finishDeletion("shop-web");

        lifecycle.forget(dev.id());

        try (NamespaceLifecycle replica = platform.builder().build()) {
            replica.initializer().beforeApply(EU, "shop-web");
            assertThat(platform.clusters.cluster(EU).find(platform.policy("shop-web")))
                    .isPresent();
            platform.gateway.forgetCalls();
            assertThat(replica.ensureDeployed(dev.id()).succeeded()).isTrue();
            assertThat(platform.gateway.calls()).isNotEmpty();
        }
        assertThat(platform.deployments.findPage(new Target(dev.id(), EU), null, 10))
                .noneMatch(row -> row.open());
    }

    @Test
    void a_row_over_the_greatest_age_has_the_cluster_looked_at_once_in_that_time() {
        Duration age = Duration.ofHours(1);
        try (NamespaceLifecycle aging = platform.builder(platform.gateway, noted.stores())
                .clock(clock)
                .greatestRecordAge(age)
                .build()) {
            aging.deploy(dev.id());
            clock.advance(age);
            platform.gateway.forgetCalls();
            aging.initializer().beforeApply(EU, "shop-web");
            platform.gateway.assertThat().hasSeenNoCall();
            platform.clusters.cluster(EU).as("kubectl").delete(platform.policy("shop-api"));

            clock.advance(PERIOD);
            aging.initializer().beforeApply(EU, "shop-web");
            aging.initializer().beforeApply(EU, "shop-api");
            assertThat(platform.clusters.cluster(EU).find(platform.policy("shop-api")))
                    .isPresent();
            platform.gateway.forgetCalls();
            clock.advance(PERIOD);
            aging.initializer().beforeApply(EU, "shop-web");
            platform.gateway.assertThat().hasSeenNoCall();

            clock.advance(age);
            aging.initializer().beforeApply(EU, "shop-web");
            assertThat(platform.gateway.calls()).isNotEmpty();
        }
    }

    @Test
    void a_forget_of_an_unknown_environment_is_refused() {
        assertThatThrownBy(() -> lifecycle.forget(new EnvironmentId("nowhere")))
                .isInstanceOf(UnknownEnvironmentException.class);
    }

    @Test
    void the_memory_is_bounded() {
        InitializerMemory memory = new InitializerMemory(clock, PERIOD);
        for (int i = 0; i < 3 * InitializerMemory.MAX_NAMESPACES; i++) {
            InitializerMemory.ClusterNamespace key =
                    new InitializerMemory.ClusterNamespace(new ClusterId("eu-1"), "n-" + i);
            try (InitializerMemory.Question question = memory.ask(key)) {
                question.concerns(dev.id());
                question.deployed();
            }
            memory.doubt(key);
            memory.isNewDispute(key);
            memory.looked(key);
        }

        assertThat(memory.size()).isLessThanOrEqualTo(4L * InitializerMemory.MAX_NAMESPACES);
    }

    @Test
    void a_memory_of_no_time_is_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> platform.builder().initializerMemory(Duration.ZERO))
                .withMessageContaining("The memory of the initializer must be positive");
    }
}
