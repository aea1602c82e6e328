package dev.namespaces.core;

import static dev.namespaces.core.Platform.EU;
import static dev.namespaces.core.Platform.US;
import static dev.namespaces.testkit.TestData.aNamespace;
import static dev.namespaces.testkit.TestData.anEnvironment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.namespaces.core.deploy.DeploymentFailedException;
import dev.namespaces.model.Environment;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.model.Target;
import dev.namespaces.spi.ClusterGateway;
import dev.namespaces.spi.LifecycleEvent;
import dev.namespaces.spi.NamespaceInitializer;
import dev.namespaces.testkit.Failure;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.GenericKubernetesResourceBuilder;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class InitializerTest {

    private final Platform platform = new Platform();
    private final NamespaceInitializer initializer = platform.lifecycle.initializer();

    @AfterEach
    void close() {
        platform.close();
    }

    private static ConfigMap configMap(String namespace) {
        return new ConfigMapBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName("c")
                .endMetadata()
                .build();
    }

    @Test
    void a_manifest_for_a_namespace_of_one_environment_deploys_it_on_that_cluster_before_the_call_returns() {
        Environment dev = platform.environment(
                anEnvironment().id("shop-dev").clusters("eu-1", "us-1").build(), "shop-web");

        initializer.beforeApply(EU, configMap("shop-web"));

        assertThat(platform.clusters.cluster(EU).find(platform.policy("shop-web")))
                .isPresent();
        assertThat(platform.deployments.findPage(new Target(dev.id(), US), null, 10))
                .isEmpty();
        assertThat(platform.clusters.cluster(US).objects()).isEmpty();
    }

    @Test
    void the_second_manifest_calls_no_cluster() {
        platform.environment(anEnvironment().id("shop-dev").build(), "shop-web");
        initializer.beforeApply(EU, "shop-web");
        platform.gateway.forgetCalls();

        initializer.beforeApply(EU, configMap("shop-web"));

        platform.gateway.assertThat().hasSeenNoCall();
    }

    @Test
    void an_event_says_that_the_stores_are_asked_and_none_says_that_memory_knew() {
        platform.environment(anEnvironment().id("shop-dev").build(), "shop-web");

        initializer.beforeApply(EU, "shop-web");
        initializer.beforeApply(EU, "shop-web");

        assertThat(platform.events)
                .filteredOn(LifecycleEvent.InitializerMissed.class::isInstance)
                .containsExactly(new LifecycleEvent.InitializerMissed(EU, "shop-web"));
    }

    @Test
    void a_neighbour_that_cannot_be_deployed_stops_no_writes() {
        Environment dev = platform.environment(
                anEnvironment().id("shop-dev").label("team", "shop").build(), "shop-api", "shop-web");
        platform.lifecycle.deploy(dev.id());
        platform.clusters.cluster(EU).as("kubectl").label(ResourceRef.namespace("shop-api"), "team", "other");
        platform.environments.save(
                anEnvironment().id("shop-dev").label("team", "changed").build());

        initializer.beforeApply(EU, "shop-web");

        assertThat(platform.labels(EU, "shop-web")).containsEntry("team", "changed");
        assertThat(platform.labels(EU, "shop-api")).containsEntry("team", "other");
    }

    @Test
    void an_undeployable_neighbour_costs_no_cluster_calls() {
        Environment dev = platform.environment(
                anEnvironment().id("shop-dev").build(),
                IntStream.range(0, 50).mapToObj(i -> "shop-" + i).toArray(String[]::new));
        platform.lifecycle.deploy(dev.id());
        platform.namespaces.insert(
                List.of(aNamespace().in(dev).name("kube-broken").build()));
        platform.gateway.forgetCalls();

        for (int i = 0; i < 50; i++) {
            initializer.beforeApply(EU, "shop-" + i);
        }

        platform.gateway.assertThat().hasSeenNoCall();
    }

    @Test
    void a_name_that_another_environment_has_stops_writes_in_no_other_namespace() {
        Environment squatter =
                platform.environment(anEnvironment().id("squatter").build(), "payments");
        platform.lifecycle.deploy(squatter.id());
        Environment shop = platform.sharing(anEnvironment().id("shop").build(), "payments");
        platform.namespace(shop, "web");

        initializer.beforeApply(EU, "web");

        assertThat(platform.labels(EU, "web")).containsEntry("namespaces.dev/environment", "shop");
    }

    @Test
    void a_claim_on_another_cluster_does_not_count() {
        Environment here =
                platform.environment(anEnvironment().id("one").clusters("eu-1").build(), "shared");
        platform.environment(anEnvironment().id("two").clusters("us-1").build(), "shared");

        initializer.beforeApply(EU, configMap("shared"));

        assertThat(platform.labels(EU, "shared"))
                .containsEntry("namespaces.dev/environment", here.id().value());
    }

    @Test
    void a_manifest_for_a_namespace_that_no_environment_claims_passes() {
        initializer.beforeApply(EU, configMap("nobodys"));
        initializer.beforeApply(EU, "nobodys");

        platform.gateway.assertThat().hasSeenNoCall();
    }

    @Test
    void a_namespace_and_a_cluster_scoped_manifest_pass() {
        platform.environment(anEnvironment().id("shop-dev").build(), "shop-web");

        initializer.beforeApply(
                EU,
                new NamespaceBuilder()
                        .withNewMetadata()
                        .withName("shop-web")
                        .endMetadata()
                        .build());
        initializer.beforeApply(
                EU,
                new GenericKubernetesResourceBuilder()
                        .withApiVersion("rbac.authorization.k8s.io/v1")
                        .withKind("ClusterRole")
                        .withNewMetadata()
                        .withName("shop-web")
                        .endMetadata()
                        .build());

        platform.gateway.assertThat().hasSeenNoCall();
    }

    @Test
    void a_manifest_without_metadata_passes() {
        ConfigMap bare = new ConfigMap();
        bare.setMetadata(null);

        initializer.beforeApply(EU, bare);

        platform.gateway.assertThat().hasSeenNoCall();
    }

    @Test
    void a_deployment_that_fails_reaches_the_caller() {
        Environment dev = platform.environment(anEnvironment().id("shop-dev").build(), "shop-web");
        platform.clusters
                .faults()
                .on(call -> call.kind().equals("CiliumNetworkPolicy") && call.writes())
                .fail(Failure.forbidden());

        assertThatThrownBy(() -> initializer.beforeApply(EU, configMap("shop-web")))
                .isInstanceOfSatisfying(DeploymentFailedException.class, e -> {
                    assertThat(e.context().cluster()).isEqualTo(EU);
                    assertThat(e.context().namespace()).isEqualTo("shop-web");
                    assertThat(e.context().environmentId()).isEqualTo(dev.id());
                });
    }

    @Test
    void a_gateway_that_calls_the_initializer_itself_does_not_wait_for_itself() {
        AtomicReference<NamespaceInitializer> own = new AtomicReference<>();
        ClusterGateway looping = (ClusterGateway) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {ClusterGateway.class}, (proxy, method, arguments) -> {
                    own.get().beforeApply(EU, configMap("shop-web"));
                    return method.invoke(platform.gateway, arguments);
                });
        Environment dev = platform.environment(anEnvironment().id("shop-dev").build(), "shop-web");
        try (NamespaceLifecycle lifecycle =
                platform.builder(looping, platform.stores.stores()).build()) {
            own.set(lifecycle.initializer());

            lifecycle.initializer().beforeApply(EU, configMap("shop-web"));
        }

        assertThat(platform.labels(EU, "shop-web"))
                .containsEntry("namespaces.dev/environment", dev.id().value());
    }
}
