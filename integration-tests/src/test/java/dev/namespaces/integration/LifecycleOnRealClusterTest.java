package dev.namespaces.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.core.delete.DeletionIncompleteException;
import dev.namespaces.core.delete.DeletionPlan;
import dev.namespaces.core.delete.DeletionReport.Outcome;
import dev.namespaces.core.deploy.DeploymentFailedException;
import dev.namespaces.core.ensure.EnsureOptions;
import dev.namespaces.core.ensure.EnsureOutcome;
import dev.namespaces.core.request.NamespaceRequest;
import dev.namespaces.error.ForbiddenException;
import dev.namespaces.error.NamespaceTerminatingException;
import dev.namespaces.fabric8.Fabric8ClusterGateway;
import dev.namespaces.fabric8.NamespaceInitialization;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.DeletionCondition;
import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.OrganizationId;
import dev.namespaces.model.ProjectId;
import dev.namespaces.spi.LifecycleEvent;
import dev.namespaces.spi.NamespaceInitializer;
import dev.namespaces.testkit.InMemoryStores;
import dev.namespaces.testservers.HttpModule;
import dev.namespaces.testservers.KubeApiServer;
import dev.namespaces.testservers.OnRealCluster;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The lifecycle as a host runs it, with the fabric8 gateway, on a real API server. */
@OnRealCluster(cilium = true, namespaceController = true)
class LifecycleOnRealClusterTest {

    private static final ClusterId CLUSTER = new ClusterId("real");
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static KubeApiServer server;
    private static KubernetesClient admin;

    private final List<LifecycleEvent> events = new CopyOnWriteArrayList<>();
    private final InMemoryStores stores = new InMemoryStores();

    @BeforeAll
    static void open(KubeApiServer cluster) {
        server = cluster;
        admin = server.client();
    }

    @Test
    void of_32_threads_that_ensure_the_same_50_namespaces_each_gets_an_honest_outcome() throws Exception {
        String prefix = name("ensured");
        ExecutorService threads = Executors.newFixedThreadPool(32);
        try (NamespaceLifecycle lifecycle = lifecycle(admin)) {
            CountDownLatch start = new CountDownLatch(1);
            List<Future<Map<EnsureOutcome, Integer>>> callers = new ArrayList<>();
            for (int caller = 0; caller < 32; caller++) {
                callers.add(threads.submit(() -> {
                    start.await();
                    Map<EnsureOutcome, Integer> outcomes = new EnumMap<>(EnsureOutcome.class);
                    for (int i = 0; i < 50; i++) {
                        outcomes.merge(lifecycle.ensureNamespaceExists(CLUSTER, prefix + "-" + i), 1, Integer::sum);
                    }
                    return outcomes;
                }));
            }

            start.countDown();

            Map<EnsureOutcome, Integer> all = new EnumMap<>(EnsureOutcome.class);
            for (Future<Map<EnsureOutcome, Integer>> caller : callers) {
                caller.get().forEach((outcome, times) -> all.merge(outcome, times, Integer::sum));
            }
            assertThat(all)
                    .containsOnly(
                            Map.entry(EnsureOutcome.CREATED, 50),
                            Map.entry(EnsureOutcome.EXISTED_MANAGED, 32 * 50 - 50));
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void with_the_ensure_only_role_a_host_ensures_and_does_nothing_else() {
        String name = name("only");
        try (KubernetesClient client = as("namespaces-ensure-only");
                NamespaceLifecycle lifecycle = lifecycle(client)) {
            assertThat(lifecycle.ensureNamespaceExists(CLUSTER, name)).isEqualTo(EnsureOutcome.CREATED);
            assertThat(lifecycle.ensureNamespaceExists(CLUSTER, name)).isEqualTo(EnsureOutcome.EXISTED_MANAGED);
            assertThat(lifecycle.ensureNamespaceExists(CLUSTER, "default")).isEqualTo(EnsureOutcome.EXISTED_UNMANAGED);

            Namespace stored = lifecycle.create(NamespaceRequest.of(environment(), name("deployed")));
            assertThatExceptionOfType(DeploymentFailedException.class)
                    .isThrownBy(() -> lifecycle.deploy(stored.environmentId()))
                    .withCauseInstanceOf(ForbiddenException.class);
        }
    }

    @Test
    void with_the_lifecycle_role_a_host_deploys_changes_and_deletes() {
        try (KubernetesClient client = as("namespaces-lifecycle");
                NamespaceLifecycle lifecycle = lifecycle(client);
                KubeApiServer.NamespaceController controller = server.startNamespaceController()) {
            Namespace stored = lifecycle.create(
                    NamespaceRequest.of(environment(), name("whole")).withMetadata("team", "one"));

            lifecycle.deploy(stored.environmentId());
            assertThat(labels(stored)).containsEntry("team", "one");
            assertThat(policies(stored)).hasSize(1);
            lifecycle.update(stored.id(), stored.version(), NamespaceRequest.of(stored.environmentId(), stored.name()));
            lifecycle.deploy(stored.environmentId());
            assertThat(labels(stored)).doesNotContainKey("team");

            DeletionPlan plan = lifecycle.planDeletion(List.of(stored.id()));
            assertThat(plan.deletions()).hasSize(1);
            assertThat(lifecycle.delete(plan, PATIENCE).isComplete()).isTrue();
            assertThat(admin.namespaces().withName(stored.name()).get()).isNull();
            assertThat(events).hasAtLeastOneElementOfType(LifecycleEvent.NamespaceDeleted.class);
            assertThat(controller).isNotNull();
        }
    }

    @Test
    void a_deletion_that_a_finalizer_holds_ends_in_time_and_says_what_holds_it() {
        try (NamespaceLifecycle lifecycle = lifecycle(admin);
                KubeApiServer.NamespaceController controller = server.startNamespaceController()) {
            Namespace stored = lifecycle.create(NamespaceRequest.of(environment(), name("held")));
            lifecycle.deploy(stored.environmentId());
            ConfigMap holder = configMap(stored.name());
            holder.getMetadata().setFinalizers(List.of("example.com/hold"));
            admin.resource(holder).create();

            assertThatExceptionOfType(DeletionIncompleteException.class)
                    .isThrownBy(() ->
                            lifecycle.delete(lifecycle.planDeletion(List.of(stored.id())), Duration.ofSeconds(15)))
                    .satisfies(e -> assertThat(e.report().results())
                            .singleElement()
                            .satisfies(result -> assertThat(result.outcome())
                                    .isInstanceOfSatisfying(
                                            Outcome.Terminating.class,
                                            outcome -> assertThat(outcome.conditions())
                                                    .extracting(DeletionCondition::type)
                                                    .contains("NamespaceFinalizersRemaining"))))
                    .withMessageContaining("example.com/hold");
            assertThat(events).hasAtLeastOneElementOfType(LifecycleEvent.NamespaceTerminating.class);
            assertThatExceptionOfType(NamespaceTerminatingException.class)
                    .isThrownBy(() -> lifecycle.ensureNamespaceExists(CLUSTER, stored.name()))
                    .satisfies(e -> assertThat(e.conditions()).isNotEmpty());

            admin.resource(holder)
                    .edit(held -> held.edit()
                            .editMetadata()
                            .withFinalizers()
                            .endMetadata()
                            .build());
            assertThat(lifecycle.ensureNamespaceExists(
                            CLUSTER, stored.name(), EnsureOptions.defaults().withWaitForTermination(PATIENCE)))
                    .isEqualTo(EnsureOutcome.CREATED);
            assertThat(controller).isNotNull();
        }
    }

    @Test
    void a_hosts_own_write_deploys_its_namespace_with_its_fence_first() {
        Config config = server.config();
        try (NamespaceLifecycle lifecycle = lifecycle(admin);
                KubernetesClient host = new KubernetesClientBuilder()
                        .withConfig(config)
                        .withHttpClientBuilderConsumer(
                                NamespaceInitialization.of(config, CLUSTER, lifecycle.initializer()))
                        .build()) {
            Namespace stored = lifecycle.create(NamespaceRequest.of(environment(), name("hosted")));

            host.resource(configMap(stored.name())).create();

            assertThat(labels(stored))
                    .containsEntry(
                            "namespaces.dev/environment", stored.environmentId().value());
            assertThat(policies(stored)).hasSize(1);
        }
    }

    @ParameterizedTest
    @EnumSource
    void the_second_write_after_a_deletion_by_hand_finds_a_fenced_namespace(HttpModule module) {
        Config config = server.config();
        AtomicReference<NamespaceInitializer> initializer = new AtomicReference<>();
        try (KubernetesClient client = module.builder(config)
                        .withHttpClientBuilderConsumer(NamespaceInitialization.of(config, CLUSTER, initializer::get))
                        .build();
                NamespaceLifecycle lifecycle = lifecycle(client);
                KubeApiServer.NamespaceController controller = server.startNamespaceController()) {
            initializer.set(lifecycle.initializer());
            Map<String, Consumer<Resource<ConfigMap>>> writes =
                    Map.of("create", Resource::create, "apply", Resource::serverSideApply);
            writes.forEach((kind, write) -> {
                Namespace stored = lifecycle.create(NamespaceRequest.of(environment(), name("by-hand")));
                Resource<ConfigMap> settings = client.resource(configMap(stored.name()));
                settings.create();
                Resource<?> live = admin.namespaces().withName(stored.name());
                live.delete();
                live.waitUntilCondition(Objects::isNull, PATIENCE.toSeconds(), TimeUnit.SECONDS);

                assertThatExceptionOfType(KubernetesClientException.class)
                        .as(kind)
                        .isThrownBy(() -> write.accept(settings))
                        .satisfies(e -> assertThat(e.getCode()).isEqualTo(404));
                assertThat(live.get()).as(kind).isNull();
                write.accept(settings);

                assertThat(policies(stored)).as(kind).hasSize(1);
                assertThat(settings.get()).as(kind).isNotNull();
            });
            assertThat(controller).isNotNull();
        }
    }

    private NamespaceLifecycle lifecycle(KubernetesClient client) {
        return NamespaceLifecycle.builder(
                        Fabric8ClusterGateway.builder().client(CLUSTER, client).build(), stores.stores())
                .listener(events::add)
                .listenerExecutor(Runnable::run)
                .build();
    }

    private EnvironmentId environment() {
        EnvironmentId id = new EnvironmentId(name("environment"));
        stores.environments().save(Environment.of(id, new OrganizationId("acme"), new ProjectId("shop"), CLUSTER));
        return id;
    }

    private static KubernetesClient as(String shippedRole) {
        List<PolicyRule> rights = server.readClusterRoles(Path.of("..", "docs", "rbac.yaml"))
                .get(shippedRole)
                .getRules();
        return new KubernetesClientBuilder()
                .withConfig(server.config(server.newUser(rights)))
                .build();
    }

    private static Map<String, String> labels(Namespace stored) {
        return admin.namespaces().withName(stored.name()).get().getMetadata().getLabels();
    }

    private static List<GenericKubernetesResource> policies(Namespace stored) {
        return admin.genericKubernetesResources("cilium.io/v2", "CiliumNetworkPolicy")
                .inNamespace(stored.name())
                .list()
                .getItems();
    }

    private static ConfigMap configMap(String namespace) {
        return new ConfigMapBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName("settings")
                .endMetadata()
                .build();
    }

    private static String name(String prefix) {
        return server.newName(prefix);
    }
}
