package dev.namespaces.integration;

import static dev.namespaces.testkit.TestData.anEnvironment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.core.adopt.ReleaseReport;
import dev.namespaces.core.delete.DeletionPlan;
import dev.namespaces.core.delete.Orphan;
import dev.namespaces.core.delete.PlanOptions;
import dev.namespaces.core.deploy.AdoptionPolicy;
import dev.namespaces.core.deploy.DeployOptions;
import dev.namespaces.core.deploy.DeploymentFailedException;
import dev.namespaces.core.ensure.EnsureOptions;
import dev.namespaces.core.ensure.EnsureResult;
import dev.namespaces.core.request.NamespaceRequest;
import dev.namespaces.error.ClusterFailureException;
import dev.namespaces.error.NamespaceNotOursException;
import dev.namespaces.error.UnknownEnvironmentException;
import dev.namespaces.fabric8.ClientFactory;
import dev.namespaces.fabric8.Fabric8ClusterGateway;
import dev.namespaces.fabric8.NamespaceInitialization;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.OrganizationId;
import dev.namespaces.model.PolicyDialect;
import dev.namespaces.model.ProjectId;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.spi.AccessRule;
import dev.namespaces.spi.ClusterGateway;
import dev.namespaces.spi.Stores;
import dev.namespaces.testkit.Failure;
import dev.namespaces.testkit.FakeClusters;
import dev.namespaces.testkit.InMemoryStores;
import dev.namespaces.testkit.MovableClock;
import dev.namespaces.testservers.KubeApiServer;
import dev.namespaces.testservers.Kubectl;
import dev.namespaces.testservers.OnRealCluster;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The code of the guide to namespaces is this class's code, and its commands run. */
class NamespacesGuideTest {

    private static final Logger log = LoggerFactory.getLogger(NamespacesGuideTest.class);
    private static final Path ROOT = Path.of("..");
    private static final GuidePage GUIDE = GuidePage.of("docs/namespaces.md");
    private static final ClusterId EU = new ClusterId("eu-1");

    private final List<EnvironmentId> scheduled = new ArrayList<>();

    private static Fabric8ClusterGateway gateway(KubernetesClient kubernetesClient, Path kubeconfig) {
        // spotless:off
        // begin: gateway
        Fabric8ClusterGateway gateway = Fabric8ClusterGateway.builder()
                // a client that you have and close yourself
                .client(new ClusterId("eu-1"), kubernetesClient)
                // clients that the gateway makes when it first needs them, and closes
                .clients(ClientFactory.ofKubeconfig(kubeconfig, Map.of(new ClusterId("us-1"), "context-of-us-1")))
                .callTimeout(Duration.ofSeconds(30))
                .build();
        // end: gateway
        // spotless:on
        return gateway;
    }

    private static KubernetesClient hostClient(Config config, ClusterId cluster, NamespaceLifecycle lifecycle) {
        // spotless:off
        // begin: host-client
        KubernetesClient client = new KubernetesClientBuilder()
                .withConfig(config)
                .withHttpClientBuilderConsumer(NamespaceInitialization.of(config, cluster, lifecycle.initializer()))
                .build();
        // end: host-client
        // spotless:on
        return client;
    }

    private static KubernetesClient sharedClient(
            Config config, ClusterId cluster, Stores stores, AtomicReference<NamespaceLifecycle> lifecycle) {
        // spotless:off
        // begin: shared-client
        KubernetesClient client = new KubernetesClientBuilder()
                .withConfig(config)
                .withHttpClientBuilderConsumer(
                        NamespaceInitialization.of(config, cluster, () -> lifecycle.get().initializer()))
                .build();
        Fabric8ClusterGateway gateway = Fabric8ClusterGateway.builder().client(cluster, client).build();
        lifecycle.set(NamespaceLifecycle.builder(gateway, stores).build());
        // end: shared-client
        // spotless:on
        return client;
    }

    private static void deletion(NamespaceLifecycle lifecycle, Namespace namespace) {
        // spotless:off
        // begin: deletion
        DeletionPlan plan = lifecycle.planDeletion(List.of(namespace.id()));
        log.info("{}", plan);
        lifecycle.delete(plan, Duration.ofMinutes(5));
        // end: deletion
        // spotless:on
    }

    private static void approval(
            NamespaceLifecycle lifecycle, EnvironmentId environment, Map<String, String> requests, String request) {
        // spotless:off
        // begin: approval
        // the first person asks
        PlanOptions options = PlanOptions.defaults().withRequestedBy("ada");
        requests.put(request, lifecycle.planDeletion(environment, options).toJson());

        // the second person reads the plan and approves it, perhaps on another replica, after a restart
        DeletionPlan plan = DeletionPlan.fromJson(requests.get(request));
        lifecycle.delete(plan, Duration.ofMinutes(5));
        // end: approval
        // spotless:on
    }

    private static DeletionPlan orphans(NamespaceLifecycle lifecycle, ClusterId cluster) {
        // spotless:off
        // begin: orphans
        List<Orphan> orphans = lifecycle.findOrphans(cluster);
        log.info("{}", orphans);
        List<Orphan> ours = orphans.stream().filter(Orphan::canBePlanned).toList();
        DeletionPlan plan = lifecycle.planOrphanDeletion(ours, PlanOptions.defaults());
        // end: orphans
        // spotless:on
        return plan;
    }

    private static void adoptionPlan(NamespaceLifecycle lifecycle, EnvironmentId environment) {
        // spotless:off
        // begin: adoption-plan
        lifecycle.planAdoption(environment).candidates().forEach(candidate -> log.info(
                "{} on {}, {} days old, its pods would lose: {}",
                candidate.namespace().name(), candidate.cluster(), candidate.age().toDays(), candidate.egressChanges()));
        // end: adoption-plan
        // spotless:on
    }

    private static ReleaseReport release(NamespaceLifecycle lifecycle, Namespace namespace) {
        // spotless:off
        // begin: release
        ReleaseReport report = lifecycle.release(List.of(namespace.id()));
        // end: release
        // spotless:on
        return report;
    }

    private static void adoption(NamespaceLifecycle lifecycle, EnvironmentId environment) {
        // spotless:off
        // begin: adoption
        lifecycle.deploy(environment, DeployOptions.defaults().withAdoption(AdoptionPolicy.ALWAYS));
        // end: adoption
        // spotless:on
    }

    private static void preflight(Fabric8ClusterGateway gateway, ClusterId cluster) {
        // spotless:off
        // begin: preflight
        Set<PolicyDialect> dialects = Set.of(PolicyDialect.CILIUM);
        List<AccessRule> missing = gateway.missingAccess(cluster, AccessRule.lifecycle(dialects)); // in any namespace
        if (!missing.isEmpty()) {
            throw new IllegalStateException("Not allowed on " + cluster + ": " + missing);
        }
        // end: preflight
        // spotless:on
    }

    private static void reconciler(NamespaceLifecycle lifecycle, ClusterId cluster, List<String> names, Queue queue) {
        // spotless:off
        // begin: reconciler
        lifecycle.ensureNamespacesExist(cluster, names, EnsureOptions.defaults()).forEach((name, result) -> {
            if (result instanceof EnsureResult.Failed failed) {
                queue.addAfter(name, failed.retryAfter());
            }
        });
        // end: reconciler
        // spotless:on
    }

    private static void waitForTermination(NamespaceLifecycle lifecycle, ClusterId cluster) {
        // spotless:off
        // begin: wait
        lifecycle.ensureNamespaceExists(cluster, "shop-web", EnsureOptions.defaults().withWaitForTermination(Duration.ofMinutes(2)));
        // end: wait
        // spotless:on
    }

    private void retry(NamespaceLifecycle lifecycle, EnvironmentId environment) {
        // spotless:off
        // begin: retry
        try {
            lifecycle.deploy(environment);
        } catch (DeploymentFailedException e) {
            log.warn("{}", e.report());
            if (e.isRetryable()) {
                schedule(environment, e.retryAfter().orElse(Duration.ofMinutes(1)));
            }
        }
        // end: retry
        // spotless:on
    }

    private interface Queue {
        void addAfter(String name, Duration wait);
    }

    private void schedule(EnvironmentId environment, Duration wait) {
        assertThat(wait).isPositive();
        scheduled.add(environment);
    }

    @Test
    void what_needs_no_server_runs() {
        FakeClusters clusters = FakeClusters.of(EU.value());
        InMemoryStores stores = new InMemoryStores();
        stores.environments().save(environment());
        try (NamespaceLifecycle lifecycle = lifecycle(clusters, stores)) {
            Namespace stored = lifecycle.create(NamespaceRequest.of(new EnvironmentId("shop-dev"), "shop-dev-web"));
            lifecycle.deploy(stored.environmentId());
            reconciler(lifecycle, EU, List.of("tools"), (name, wait) -> {
                throw new AssertionError("nothing fails here");
            });
            waitForTermination(lifecycle, EU);
            retry(lifecycle, stored.environmentId());
            assertThat(scheduled).isEmpty();
            assertThatExceptionOfType(UnknownEnvironmentException.class)
                    .isThrownBy(() -> retry(lifecycle, new EnvironmentId("nothing")));
        }
    }

    @Test
    void deletion_release_and_orphans_work_as_the_guide_says() {
        FakeClusters clusters = FakeClusters.of(EU.value()).finishingDeletionsAtOnce();
        InMemoryStores stores = new InMemoryStores();
        stores.environments().save(environment());
        try (NamespaceLifecycle lifecycle = lifecycle(clusters, stores)) {
            EnvironmentId dev = new EnvironmentId("shop-dev");
            clusters.cluster(EU).as("helm").createNamespace("shop-dev-old");
            lifecycle.create(NamespaceRequest.of(dev, "shop-dev-web"));
            Namespace old = lifecycle.create(NamespaceRequest.of(dev, "shop-dev-old"));
            adoptionPlan(lifecycle, dev);
            adoption(lifecycle, dev);

            assertThat(release(lifecycle, old).isComplete()).isTrue();

            stores.namespaces()
                    .update(stores.namespaces().findByEnvironments(List.of(dev)).stream()
                            .map(namespace -> namespace.deleted(namespace.createdAt()))
                            .toList());
            assertThat(orphans(lifecycle, EU).deletions())
                    .singleElement()
                    .satisfies(
                            deletion -> assertThat(deletion.namespace().name()).isEqualTo("shop-dev-web"));

            approval(lifecycle, dev, new HashMap<>(), "request 1");

            assertThat(clusters.cluster(EU).find(ResourceRef.namespace("shop-dev-web")))
                    .isEmpty();
            assertThat(clusters.cluster(EU).find(ResourceRef.namespace("shop-dev-old")))
                    .isPresent();
        }
    }

    @Test
    void the_guide_shows_what_a_plan_prints() {
        FakeClusters clusters = FakeClusters.of("eu-1", "us-1");
        InMemoryStores stores = new InMemoryStores();
        EnvironmentId dev = new EnvironmentId("shop-dev");
        stores.environments()
                .save(anEnvironment().id("shop-dev").clusters("eu-1", "us-1").build());
        MovableClock clock = MovableClock.at(Instant.parse("2026-11-26T09:00:00Z"));
        try (NamespaceLifecycle lifecycle = NamespaceLifecycle.builder(clusters, stores.stores())
                .clock(clock)
                .build()) {
            clusters.cluster(EU).as("helm").createNamespace("shop-old");
            lifecycle.create(NamespaceRequest.of(dev, "shop-web"));
            lifecycle.create(NamespaceRequest.of(dev, "shop-old"));
            adoption(lifecycle, dev);
            clusters.faults()
                    .on(call -> call.cluster().equals(new ClusterId("us-1")))
                    .fail(Failure.notConnected());

            String plan = lifecycle
                    .planDeletion(dev, PlanOptions.defaults().withRequestedBy("ada"))
                    .toString();

            GUIDE.assertBlock(
                    "prints: NamespacesGuideTest plan",
                    plan.replaceAll("uid [^)]+", "uid 5f1c6a52-93f3-4a44-a3f0-2e0e6d1a5f0b") + "\n");
        }
    }

    @OnRealCluster(cilium = true)
    @Test
    void one_client_serves_the_host_and_the_gateway(KubeApiServer server) {
        InMemoryStores stores = new InMemoryStores();
        stores.environments().save(environment());
        AtomicReference<NamespaceLifecycle> lifecycle = new AtomicReference<>();
        try (KubernetesClient client = sharedClient(server.config(), EU, stores.stores(), lifecycle);
                NamespaceLifecycle created = lifecycle.get()) {
            String name = server.newName("shared");
            created.create(NamespaceRequest.of(new EnvironmentId("shop-dev"), name));

            client.resource(new ConfigMapBuilder()
                            .withNewMetadata()
                            .withNamespace(name)
                            .withName("settings")
                            .endMetadata()
                            .build())
                    .create();

            assertThat(client.namespaces().withName(name).get().getMetadata().getLabels())
                    .containsEntry("namespaces.dev/environment", "shop-dev");
        }
    }

    @OnRealCluster(cilium = true, namespaceController = true)
    @Test
    void what_needs_a_server_and_every_command_runs(KubeApiServer server) {
        Config config = server.config();
        InMemoryStores stores = new InMemoryStores();
        stores.environments().save(environment());
        try (KubernetesClient admin =
                        new KubernetesClientBuilder().withConfig(config).build();
                Fabric8ClusterGateway gateway = gateway(admin, server.kubeconfigFile());
                NamespaceLifecycle lifecycle = lifecycle(gateway, stores);
                KubernetesClient host = hostClient(config, EU, lifecycle)) {
            preflight(gateway, EU);
            assertThatExceptionOfType(ClusterFailureException.class)
                    .isThrownBy(() -> preflight(gateway, new ClusterId("us-1")))
                    .withMessageContaining("context-of-us-1");
            assertThat(host.namespaces().withName("default").get()).isNotNull();
            Namespace stored = lifecycle.create(NamespaceRequest.of(new EnvironmentId("shop-dev"), "shop-dev-web"));
            admin.resource(new NamespaceBuilder()
                            .withNewMetadata()
                            .withName("shop-dev-old")
                            .endMetadata()
                            .build())
                    .create();
            lifecycle.create(NamespaceRequest.of(new EnvironmentId("shop-dev"), "shop-dev-old"));
            assertThatExceptionOfType(DeploymentFailedException.class)
                    .isThrownBy(() -> lifecycle.deploy(stored.environmentId()))
                    .withCauseInstanceOf(NamespaceNotOursException.class);
            adoption(lifecycle, stored.environmentId());
            ConfigMap holder = new ConfigMapBuilder()
                    .withNewMetadata()
                    .withNamespace("shop-dev-web")
                    .withName("holder")
                    .withFinalizers("example.com/hold")
                    .endMetadata()
                    .build();
            admin.resource(holder).create();

            List<String> commands = GUIDE.lines("sh: NamespacesGuideTest");

            assertThat(commands).hasSizeGreaterThan(10);
            Kubectl kubectl = server.kubectl();
            for (String command : commands) {
                Kubectl.Result result = kubectl.tryShell(ROOT, command);
                assertThat(result.exitCode())
                        .as("%s%n%s", command, result.error())
                        .isZero();
                if (!command.contains(".status.conditions")) {
                    assertThat(result.output()).as(command).isNotBlank();
                }
            }
            try (KubeApiServer.NamespaceController controller = server.startNamespaceController()) {
                CompletableFuture<Void> deletion = CompletableFuture.runAsync(() -> deletion(lifecycle, stored));
                String why = commands.stream()
                        .filter(command -> command.contains(".status.conditions"))
                        .findFirst()
                        .orElseThrow();
                await().atMost(Duration.ofMinutes(1))
                        .untilAsserted(
                                () -> assertThat(kubectl.tryShell(ROOT, why).output())
                                        .isEqualTo(GUIDE.block("prints: NamespacesGuideTest conditions")));

                admin.resource(holder)
                        .edit(held -> held.edit()
                                .editMetadata()
                                .withFinalizers()
                                .endMetadata()
                                .build());

                deletion.join();
                assertThat(controller).isNotNull();
            }
        }
    }

    private static NamespaceLifecycle lifecycle(ClusterGateway gateway, InMemoryStores stores) {
        return NamespaceLifecycle.builder(gateway, stores.stores()).build();
    }

    private static Environment environment() {
        return Environment.of(new EnvironmentId("shop-dev"), new OrganizationId("acme"), new ProjectId("shop"), EU);
    }
}
