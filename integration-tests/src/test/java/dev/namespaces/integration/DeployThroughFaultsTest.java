package dev.namespaces.integration;

import static dev.namespaces.testkit.TestData.anEnvironment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.core.deploy.ClusterOutcome;
import dev.namespaces.core.deploy.ClusterReport;
import dev.namespaces.core.deploy.DeploymentFailedException;
import dev.namespaces.core.deploy.NamespaceOutcome;
import dev.namespaces.core.deploy.NamespaceReport;
import dev.namespaces.core.request.NamespaceRequest;
import dev.namespaces.fabric8.ClientFactory;
import dev.namespaces.fabric8.Fabric8ClusterGateway;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.DeploymentRecord;
import dev.namespaces.model.Environment;
import dev.namespaces.testkit.InMemoryStores;
import dev.namespaces.testservers.HttpProxy;
import dev.namespaces.testservers.KubeApiServer;
import dev.namespaces.testservers.OnRealCluster;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Deployments to a real API server that fails from the first, second, third... request on: the report says what exists,
 * and nothing else is recorded.
 */
@OnRealCluster(cilium = true)
class DeployThroughFaultsTest {

    private static final ClusterId CLUSTER = new ClusterId("real");
    private static final List<String> NAMES = List.of("web", "orders");

    /** What happens to every request once the fault has begun. */
    enum Fault {
        FAILS,
        IS_THROTTLED,
        IS_DONE_BUT_NOT_ANSWERED,
        HANGS;

        HttpProxy.Turn turn() {
            return switch (this) {
                case FAILS -> HttpProxy.status(500, "InternalError", Map.of());
                case IS_THROTTLED -> HttpProxy.status(429, "TooManyRequests", Map.of("Retry-After", "3600"));
                case IS_DONE_BUT_NOT_ANSWERED -> HttpProxy.LOSE_ANSWER;
                case HANGS -> (exchange, forward) -> awaitTheEnd();
            };
        }

        private static void awaitTheEnd() {
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static KubernetesClient admin;

    private final InMemoryStores stores = new InMemoryStores();

    @BeforeAll
    static void open(KubeApiServer server) {
        admin = server.client();
    }

    @ParameterizedTest
    @EnumSource
    void a_report_of_a_broken_deployment_is_true_and_the_next_one_repairs_all(Fault fault) {
        String prefix = "harmed-" + fault.name().toLowerCase(Locale.ROOT).replace('_', '-');
        int requests = requestsOf(prefix + "-not");
        // Reading the namespaces, creating them, and their policies; without what asks for the kind.
        assertThat(requests).isGreaterThanOrEqualTo(3 * NAMES.size());
        int half = 0;
        for (int passed = 0; passed < requests; passed++) {
            Environment environment = environment(prefix + "-" + passed);
            try (HttpProxy proxy = new HttpProxy(admin)) {
                for (int i = 0; i < passed; i++) {
                    proxy.next(HttpProxy.PASS);
                }
                proxy.always(fault.turn());
                try (NamespaceLifecycle harmed = lifecycle(gateway(proxy, Duration.ofMillis(800)))) {

                    DeploymentFailedException failure = catchThrowableOfType(
                            DeploymentFailedException.class, () -> harmed.deploy(environment.id()));

                    assertThat(failure)
                            .as("after %s of %s requests", passed, requests)
                            .isNotNull();
                    assertIsTrue(environment, failure);
                    half += (int) NAMES.stream()
                            .filter(name -> namespace(environment, name) != null && !isDeployed(environment, name))
                            .count();
                    assertThat(records(environment)).noneMatch(DeploymentRecord::isComplete);
                }
                proxy.always(HttpProxy.PASS);
                try (NamespaceLifecycle whole = lifecycle(gateway(proxy, Duration.ofSeconds(30)))) {
                    whole.ensureDeployed(environment.id());
                }
            }
            assertThat(NAMES).allSatisfy(name -> {
                assertThat(isDeployed(environment, name)).isTrue();
                // It is ours even if the answer to our create was lost, and may be deleted later.
                assertThat(label(environment, name, "namespaces.dev/origin")).isEqualTo("created");
            });
            assertThat(records(environment)).isNotEmpty().allMatch(DeploymentRecord::isComplete);
        }
        assertThat(half).as("namespaces without their policy on the way").isPositive();
    }

    private void assertIsTrue(Environment environment, DeploymentFailedException failure) {
        ClusterReport report = failure.report().environments().get(0).clusters().get(0);
        if (report.namespaces().isEmpty()) {
            assertThat(report.outcome()).isInstanceOf(ClusterOutcome.Failed.class);
            assertThat(NAMES)
                    .allSatisfy(name -> assertThat(namespace(environment, name)).isNull());
            return;
        }
        assertThat(report.namespaces()).hasSize(NAMES.size());
        for (NamespaceReport each : report.namespaces()) {
            String name = each.namespace().name().substring(environment.name().length() + 1);
            if (each.outcome() instanceof NamespaceOutcome.Deployed) {
                assertThat(isDeployed(environment, name)).isTrue();
            } else if (each.outcome() instanceof NamespaceOutcome.NotAttempted) {
                assertThat(namespace(environment, name)).isNull();
            } else if (each.outcome() instanceof NamespaceOutcome.Unfenced) {
                assertThat(namespace(environment, name)).isNotNull();
            } else {
                assertThat(each.outcome()).isInstanceOf(NamespaceOutcome.Failed.class);
            }
        }
    }

    private int requestsOf(String name) {
        Environment environment = environment(name);
        try (HttpProxy proxy = new HttpProxy(admin);
                NamespaceLifecycle lifecycle = lifecycle(gateway(proxy, Duration.ofSeconds(30)))) {
            lifecycle.deploy(environment.id());
            return proxy.requests().size();
        }
    }

    private Environment environment(String name) {
        Environment environment = anEnvironment()
                .id(name)
                .name(name)
                .project(name)
                .cluster(CLUSTER.value())
                .build();
        stores.environments().save(environment);
        try (NamespaceLifecycle lifecycle =
                lifecycle(Fabric8ClusterGateway.builder().client(CLUSTER, admin).build())) {
            NAMES.forEach(each -> lifecycle.create(NamespaceRequest.of(environment.id(), name + "-" + each)));
        }
        return environment;
    }

    private NamespaceLifecycle lifecycle(Fabric8ClusterGateway gateway) {
        return NamespaceLifecycle.builder(gateway, stores.stores()).build();
    }

    private List<DeploymentRecord> records(Environment environment) {
        return stores.deployments().findByEnvironments(List.of(environment.id()));
    }

    /** Returns a gateway that creates its own client, and closes it. */
    private static Fabric8ClusterGateway gateway(HttpProxy proxy, Duration callTimeout) {
        Config config = new ConfigBuilder(KubeApiServer.shared().config())
                .withMasterUrl(proxy.url())
                .build();
        return Fabric8ClusterGateway.builder()
                .clients(ClientFactory.of(Map.of(
                        CLUSTER,
                        () -> new KubernetesClientBuilder().withConfig(config).build())))
                .callTimeout(callTimeout)
                .build();
    }

    private static boolean isDeployed(Environment environment, String name) {
        return environment.id().value().equals(label(environment, name, "namespaces.dev/environment"))
                && admin.genericKubernetesResources("cilium.io/v2", "CiliumNetworkPolicy")
                                .inNamespace(environment.name() + "-" + name)
                                .withName("egress.namespaces.dev")
                                .get()
                        != null;
    }

    private static String label(Environment environment, String name, String key) {
        Namespace namespace = namespace(environment, name);
        return namespace == null ? null : namespace.getMetadata().getLabels().get(key);
    }

    private static Namespace namespace(Environment environment, String name) {
        return admin.namespaces().withName(environment.name() + "-" + name).get();
    }
}
