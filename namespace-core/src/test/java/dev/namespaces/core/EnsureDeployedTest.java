package dev.namespaces.core;

import static dev.namespaces.core.Platform.EU;
import static dev.namespaces.core.Platform.US;
import static dev.namespaces.testkit.TestData.anEgressPolicy;
import static dev.namespaces.testkit.TestData.anEnvironment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.namespaces.core.deploy.ClusterOutcome;
import dev.namespaces.core.deploy.DeployOptions;
import dev.namespaces.core.deploy.DeploymentFailedException;
import dev.namespaces.core.deploy.DeploymentReport;
import dev.namespaces.core.request.NamespaceRequest;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.Target;
import dev.namespaces.testkit.Failure;
import dev.namespaces.testkit.Faults.Fault;
import dev.namespaces.testkit.GatewayCall;
import dev.namespaces.testkit.InMemoryDeploymentLock;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class EnsureDeployedTest {

    private final Platform platform = new Platform();
    private final NamespaceLifecycle lifecycle = platform.lifecycle;
    private final Environment dev = platform.environment(
            anEnvironment()
                    .id("shop-dev")
                    .clusters("eu-1", "us-1")
                    .label("stage", "dev")
                    .build(),
            "shop-api",
            "shop-web");

    @BeforeEach
    void deployOnce() {
        lifecycle.ensureDeployed(dev.id());
        platform.gateway.forgetCalls();
    }

    @AfterEach
    void close() {
        platform.close();
    }

    @Test
    void a_second_time_calls_no_cluster() {
        DeploymentReport report = lifecycle.ensureDeployed(dev.id());

        platform.gateway.assertThat().hasSeenNoCall();
        assertThat(report.environments().get(0).clusters())
                .allSatisfy(cluster -> assertThat(cluster.outcome()).isInstanceOf(ClusterOutcome.Unchanged.class));
        assertThat(report.toString()).contains("unchanged");
    }

    @Test
    void another_instance_on_the_same_stores_calls_no_cluster_either() {
        try (NamespaceLifecycle replica = platform.builder().build()) {
            replica.ensureDeployed(dev.id());
        }

        platform.gateway.assertThat().hasSeenNoCall();
    }

    @Test
    void a_changed_label_of_the_environment_deploys_again() {
        platform.environments.save(anEnvironment()
                .id("shop-dev")
                .clusters("eu-1", "us-1")
                .label("stage", "changed")
                .build());

        assertDeployedAgain();
        assertThat(platform.labels(US, "shop-web")).containsEntry("stage", "changed");
    }

    @Test
    void changed_metadata_of_a_namespace_deploys_again_and_a_dropped_key_goes() {
        Namespace web = platform.namespaces.findByNames(List.of("shop-web")).get(0);
        Namespace updated = lifecycle.update(
                web.id(),
                web.version(),
                NamespaceRequest.of(dev.id(), "shop-web").withMetadata("tier", "1"));
        assertDeployedAgain();
        assertThat(platform.labels(EU, "shop-web")).containsEntry("tier", "1");

        lifecycle.update(web.id(), updated.version(), NamespaceRequest.of(dev.id(), "shop-web"));
        assertDeployedAgain();
        assertThat(platform.labels(EU, "shop-web")).doesNotContainKey("tier");
    }

    @Test
    void a_changed_policy_at_any_level_deploys_again() {
        platform.policies.save(anEgressPolicy()
                .id("org")
                .ofOrganization(dev.organizationId().value())
                .denyingAll()
                .build());
        assertDeployedAgain();

        platform.policies.save(anEgressPolicy()
                .id("prj")
                .ofProject(dev.projectId().value())
                .allowingAll()
                .build());
        assertDeployedAgain();
    }

    @Test
    void a_policy_of_a_level_that_does_not_apply_changes_nothing() {
        platform.policies.save(anEgressPolicy()
                .id("prj")
                .ofProject(dev.projectId().value())
                .denyingAll()
                .build());
        assertDeployedAgain();

        platform.policies.save(anEgressPolicy()
                .id("org")
                .ofOrganization(dev.organizationId().value())
                .allowingAll()
                .build());
        lifecycle.ensureDeployed(dev.id());

        platform.gateway.assertThat().hasSeenNoCall();
    }

    @Test
    void an_added_namespace_deploys_again() {
        platform.namespace(dev, "shop-new");

        assertDeployedAgain();
        assertThat(platform.labels(EU, "shop-new")).isNotEmpty();
    }

    @Test
    void a_namespace_that_is_no_longer_stored_is_not_deleted_from_any_cluster() {
        Namespace web = platform.namespaces.findByNames(List.of("shop-web")).get(0);
        platform.namespaces.update(List.of(web.deleted(Platform.NOW)));

        assertDeployedAgain();

        assertThat(platform.labels(EU, "shop-web")).isNotEmpty();
        assertThat(platform.gateway.calls(GatewayCall.Delete.class)).isEmpty();
    }

    @Test
    void the_former_state_is_deployed_again_after_a_deployment_died_halfway() {
        Namespace web = platform.namespaces.findByNames(List.of("shop-web")).get(0);
        Namespace changed = lifecycle.update(
                web.id(),
                web.version(),
                NamespaceRequest.of(dev.id(), "shop-web").withMetadata("tier", "1"));
        platform.clusters
                .faults()
                .on(call -> call.kind().equals("Namespace") && call.writes())
                .once()
                .loseAnswer(Failure.crash());
        assertThatThrownBy(() -> lifecycle.ensureDeployed(dev.id())).isInstanceOf(Error.class);
        platform.clusters.faults().clear();

        lifecycle.update(web.id(), changed.version(), NamespaceRequest.of(dev.id(), "shop-web"));
        assertDeployedAgain();

        assertThat(platform.labels(EU, "shop-web")).doesNotContainKey("tier");
        assertThat(platform.labels(US, "shop-web")).doesNotContainKey("tier");
    }

    @Test
    void only_the_cluster_that_failed_is_deployed_again() {
        platform.namespace(dev, "shop-new");
        platform.clusters.faults().on(call -> call.cluster().equals(US)).fail(Failure.unreachable());
        assertThatThrownBy(() -> lifecycle.ensureDeployed(dev.id())).isInstanceOf(DeploymentFailedException.class);
        platform.clusters.faults().clear();
        platform.gateway.forgetCalls();

        lifecycle.ensureDeployed(dev.id());

        assertThat(platform.gateway.calls())
                .isNotEmpty()
                .allMatch(call -> call.call().cluster().equals(US));
    }

    @Test
    void many_callers_at_once_deploy_once() throws Exception {
        platform.namespace(dev, "shop-new");

        List<CompletableFuture<DeploymentReport>> callers = IntStream.range(0, 16)
                .mapToObj(i -> CompletableFuture.supplyAsync(() -> lifecycle.ensureDeployed(dev.id())))
                .toList();
        for (CompletableFuture<DeploymentReport> caller : callers) {
            assertThat(caller.get(30, TimeUnit.SECONDS).succeeded()).isTrue();
        }

        assertThat(platform.gateway.calls(GatewayCall.Create.class)).hasSize(4);
        assertThat(platform.gateway.calls(GatewayCall.Serves.class)).hasSize(2);
    }

    @Test
    void an_overtaken_replica_does_not_treat_the_other_record_as_its_own() throws Exception {
        Fault slow = platform.clusters
                .faults()
                .on(call -> call.cluster().equals(EU) && call.name().equals("shop-web") && call.writes())
                .once()
                .block();
        Namespace changed = update("shop-web", "tier", "1");
        CompletableFuture<DeploymentReport> late =
                CompletableFuture.supplyAsync(() -> lifecycle.ensureDeployed(dev.id()));
        slow.awaitHits(1);

        lifecycle.update(
                changed.id(),
                changed.version(),
                NamespaceRequest.of(dev.id(), "shop-web").withMetadata("tier", "2"));
        // Each replica has its own lock, so this lock does not stop the other replica.
        try (NamespaceLifecycle replica = platform.builder(
                        platform.gateway,
                        platform.stores.stores().toBuilder()
                                .deploymentLock(new InMemoryDeploymentLock())
                                .build())
                .build()) {
            replica.ensureDeployed(dev.id());
        }
        slow.remove();

        assertThat(late.get(30, TimeUnit.SECONDS).succeeded()).isTrue();
        assertThat(platform.labels(EU, "shop-web")).containsEntry("tier", "2");
        assertThat(platform.isRecorded(dev, EU)).isTrue();
    }

    @Test
    void a_deployment_that_lost_its_lock_changes_nothing_after_a_newer_one() throws Exception {
        assertNothingLateAfter(() -> platform.lock.revoke(new Target(dev.id(), EU)), false);
    }

    @Test
    void an_interrupted_deployment_changes_nothing_after_a_newer_one() throws Exception {
        assertNothingLateAfter(() -> {}, true);
    }

    @Test
    void objects_that_a_failed_deployment_overwrote_are_deployed_again() throws Exception {
        Namespace api = platform.namespaces.findByNames(List.of("shop-api")).get(0);
        lifecycle.update(
                api.id(),
                api.version(),
                NamespaceRequest.of(dev.id(), "shop-api").withMetadata("tier", "0"));
        Fault refusal = platform.clusters
                .faults()
                .on(call -> call.cluster().equals(EU) && call.name().equals("shop-api") && call.writes())
                .once()
                .fail(Failure.forbidden());
        deployBeside(() -> refusal.awaitHits(1), false);

        assertThat(lifecycle.ensureDeployed(dev.id()).succeeded()).isTrue();
        assertThat(platform.labels(EU, "shop-web")).containsEntry("tier", "2");
        assertThat(platform.isRecorded(dev, EU)).isTrue();
    }

    private void assertNothingLateAfter(Runnable before, boolean interrupt) throws Exception {
        deployBeside(before, interrupt);

        assertThat(platform.labels(EU, "shop-web")).containsEntry("tier", "2");
        platform.gateway.forgetCalls();
        assertThat(lifecycle.ensureDeployed(dev.id()).succeeded()).isTrue();
        platform.gateway.assertThat().hasSeenNoCall();
    }

    /** Another replica stores and completes a newer state on a cluster while a deployment runs there. */
    @Test
    void objects_that_a_single_apply_overwrote_are_deployed_again() throws Exception {
        Namespace web = platform.namespaces.findByNames(List.of("shop-web")).get(0);

        Throwable thrown = deployBeside(() -> lifecycle.apply(web.id(), DeployOptions.defaults()), () -> {}, false);

        assertThat(thrown).isNull();
        assertThat(platform.labels(EU, "shop-web")).containsEntry("tier", "1");
        assertThat(lifecycle.ensureDeployed(dev.id()).succeeded()).isTrue();
        assertThat(platform.labels(EU, "shop-web")).containsEntry("tier", "2");
    }

    private void deployBeside(Runnable before, boolean interrupt) throws Exception {
        assertThat(deployBeside(() -> lifecycle.ensureDeployed(dev.id()), before, interrupt))
                .isInstanceOf(NamespaceException.class);
    }

    /** Lets another replica deploy while the call is writing, and returns the exception of the call. */
    private @Nullable Throwable deployBeside(Runnable deployment, Runnable before, boolean interrupt) throws Exception {
        Fault slow = platform.clusters
                .faults()
                .on(call -> call.cluster().equals(EU) && call.name().equals("shop-web") && call.writes())
                .once()
                .block();
        Namespace older = update("shop-web", "tier", "1");
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Thread late = new Thread(() -> thrown.set(catchThrowable(deployment::run)));
        late.start();
        slow.awaitHits(1);
        before.run();
        try (NamespaceLifecycle replica = platform.builder(
                        platform.gateway,
                        platform.stores.stores().toBuilder()
                                .deploymentLock(new InMemoryDeploymentLock())
                                .build())
                .build()) {
            replica.update(
                    older.id(),
                    older.version(),
                    NamespaceRequest.of(dev.id(), "shop-web").withMetadata("tier", "2"));
            replica.ensureDeployed(dev.id());
        }
        if (interrupt) {
            late.interrupt();
        } else {
            slow.remove();
        }
        late.join(30_000);

        return thrown.get();
    }

    private Namespace update(String name, String key, String value) {
        Namespace stored = platform.namespaces.findByNames(List.of(name)).get(0);
        return lifecycle.update(
                stored.id(),
                stored.version(),
                NamespaceRequest.of(dev.id(), name).withMetadata(key, value));
    }

    @Test
    void the_next_attempt_ends_in_the_same_state_after_a_fault_of_any_call() {
        Map<String, Object> wanted;
        int calls;
        try (Platform reference = new Platform()) {
            Environment environment = reference.environment(dev, "shop-api", "shop-web");
            reference.clusters.cluster(EU).as("kubectl").createNamespace("shop-api", Map.of("theirs", "kept"));
            reference.lifecycle.deploy(environment.id());
            wanted = withoutIds(reference.standing());
            calls = reference.gateway.calls().size();
        }
        for (Failure failure : List.of(Failure.status(500), Failure.crash())) {
            for (boolean tookEffect : List.of(false, true)) {
                for (int n = 0; n < calls; n++) {
                    try (Platform faulty = new Platform()) {
                        Environment environment = faulty.environment(dev, "shop-api", "shop-web");
                        faulty.clusters.cluster(EU).as("kubectl").createNamespace("shop-api", Map.of("theirs", "kept"));
                        var rule = faulty.clusters
                                .faults()
                                .on(call -> true)
                                .skipping(n)
                                .once();
                        var fault = tookEffect ? rule.loseAnswer(failure) : rule.fail(failure);

                        assertThatThrownBy(() -> faulty.lifecycle.deploy(environment.id()))
                                .as("call %d", n)
                                .isInstanceOfAny(DeploymentFailedException.class, Error.class);
                        assertThat(fault.hits()).isEqualTo(1);
                        assertThat(faulty.isRecorded(environment, EU) && faulty.isRecorded(environment, US))
                                .isFalse();

                        faulty.lifecycle.ensureDeployed(environment.id());
                        assertThat(withoutIds(faulty.standing()))
                                .as("call %d", n)
                                .isEqualTo(wanted);
                    }
                }
            }
        }
    }

    @Test
    void one_target_is_deployed_on_its_cluster_only() {
        Target target = new Target(dev.id(), US);
        assertThat(lifecycle.ensureDeployed(target).orElseThrow().outcome())
                .isInstanceOf(ClusterOutcome.Unchanged.class);
        platform.gateway.assertThat().hasSeenNoCall();

        platform.namespace(dev, "shop-new");
        assertThat(lifecycle.ensureDeployed(target).orElseThrow().outcome())
                .isInstanceOf(ClusterOutcome.Deployed.class);

        assertThat(platform.gateway.calls())
                .isNotEmpty()
                .allMatch(call -> call.call().cluster().equals(US));
    }

    @Test
    void nothing_is_deployed_for_a_target_that_does_not_exist() {
        platform.environments.save(
                anEnvironment().id("shop-dev").clusters("eu-1").build());

        assertThat(lifecycle.ensureDeployed(new Target(dev.id(), US))).isEmpty();
        assertThat(lifecycle.ensureDeployed(new Target(new EnvironmentId("unknown"), EU)))
                .isEmpty();
        platform.gateway.assertThat().hasSeenNoCall();
    }

    @Test
    void the_failure_of_one_target_has_the_report() {
        platform.namespace(dev, "shop-new");
        platform.clusters.faults().on(call -> call.cluster().equals(EU)).fail(Failure.unreachable());

        assertThatThrownBy(() -> lifecycle.ensureDeployed(new Target(dev.id(), EU)))
                .isInstanceOfSatisfying(DeploymentFailedException.class, failed -> {
                    assertThat(failed.isRetryable()).isTrue();
                    assertThat(failed.report().environments().get(0).clusters()).hasSize(1);
                });
    }

    private static Map<String, Object> withoutIds(Map<String, Object> standing) {
        Map<String, Object> without = new java.util.TreeMap<>();
        standing.forEach((key, value) -> without.put(
                key,
                value.toString().replaceAll("namespaces.dev/(namespace-id|attempt|created)=[0-9A-Za-z_-]+", "$1")));
        return without;
    }

    private void assertDeployedAgain() {
        platform.gateway.forgetCalls();
        assertThat(lifecycle.ensureDeployed(dev.id()).succeeded()).isTrue();
        assertThat(platform.gateway.calls()).isNotEmpty();
        platform.gateway.forgetCalls();
        lifecycle.ensureDeployed(dev.id());
        platform.gateway.assertThat().hasSeenNoCall();
    }
}
