package dev.namespaces.core;

import static dev.namespaces.core.Platform.EU;
import static dev.namespaces.testkit.TestData.anEnvironment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.namespaces.core.adopt.ReleaseReport;
import dev.namespaces.core.adopt.ReleaseReport.Outcome;
import dev.namespaces.core.deploy.DeployOptions;
import dev.namespaces.core.request.NamespaceRequest;
import dev.namespaces.model.Environment;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.NamespaceId;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.model.Target;
import dev.namespaces.spi.ClusterGateway;
import dev.namespaces.testkit.FakeCluster;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A second process ends a release whose process died, by the same call. */
@Timeout(90)
class ReleaseAfterDeathTest {

    private static final ResourceRef WEB = ResourceRef.namespace("shop-web");

    @Test
    void namespaces_are_as_before_if_a_release_dies_at_any_step_and_is_retried() {
        int steps = 0;
        while (true) {
            try (World world = new World()) {
                if (!world.diesAt(steps)) {
                    break;
                }
                ReleaseReport report = world.platform.lifecycle.release(world.ids);

                world.assertReleased("death at step " + steps);
                assertThat(report.isComplete()).isTrue();
                assertThat(report.toString()).doesNotContain("stays");
            }
            steps++;
        }
        assertThat(steps).isGreaterThan(15);
    }

    @Test
    void the_namespaces_are_as_before_if_a_release_dies_twice() {
        for (int first = 5; first < 25; first++) {
            try (World world = new World()) {
                world.diesAt(first);
                world.diesAt(first - 3);

                world.platform.lifecycle.release(world.ids);

                world.assertReleased("deaths at steps " + first + " and " + (first - 3));
            }
        }
    }

    @Test
    void the_namespaces_are_as_before_if_their_deployment_died_at_any_step() {
        int steps = 0;
        while (true) {
            try (World world = new World(false)) {
                AtomicInteger left = new AtomicInteger(steps);
                if (!world.dies(call -> left.getAndDecrement() <= 0, World::deploy)) {
                    break;
                }
                world.deploy(world.platform.lifecycle);

                world.platform.lifecycle.release(world.ids);

                world.assertReleased("death at step " + steps);
            }
            steps++;
        }
        assertThat(steps).isGreaterThan(15);
    }

    @Test
    void the_first_overwritten_values_stay_after_a_dead_release_and_a_deployment() {
        try (World world = new World()) {
            // At this step the record is cleared, and the stored namespaces are still live.
            world.diesBefore("namespaces.update");
            world.platform.lifecycle.deploy(world.environment.id(), World.TAKE_OVER);

            world.platform.lifecycle.release(world.ids);

            world.assertReleased("a deployment");
        }
    }

    @Test
    void a_released_name_that_has_a_successor_is_not_released_again() {
        try (World world = new World()) {
            world.platform.lifecycle.release(world.ids);
            Namespace successor = world.platform.namespace(world.environment, "shop-web");
            world.platform.lifecycle.deploy(world.environment.id(), World.TAKE_OVER);
            Map<String, Object> before = world.platform.standing();

            ReleaseReport report = world.platform.lifecycle.release(world.ids);

            assertThat(world.platform.standing()).isEqualTo(before);
            assertThat(report.results())
                    .filteredOn(result -> result.namespace().name().equals("shop-web"))
                    .extracting(ReleaseReport.Result::outcome)
                    .containsExactly(new Outcome.NotOurs());
            assertThat(world.platform.namespaces.findByIds(List.of(successor.id())))
                    .allMatch(Namespace::isLive);
        }
    }

    /** One adopted namespace, whose labels were overwritten, and one that we created. */
    private static final class World implements AutoCloseable {

        static final DeployOptions TAKE_OVER = DeployOptions.defaults().withTakeOverFields(true);

        final Platform platform = new Platform();
        final Environment environment = platform.environment(
                anEnvironment().id("shop-dev").clusters("eu-1").build());
        final List<NamespaceId> ids;
        private final Object before;

        World() {
            this(true);
        }

        World(boolean deployed) {
            FakeCluster.User kubectl = platform.clusters.cluster(EU).as("kubectl");
            kubectl.createNamespace("shop-web", Map.of("team", "storefront", "app.kubernetes.io/managed-by", "Helm"));
            kubectl.annotate(WEB, "example.com/owner", "alice");
            before = web();
            Namespace web = platform.lifecycle.create(
                    NamespaceRequest.of(environment.id(), "shop-web").withMetadata("team", "platform"));
            ids = List.of(web.id(), platform.namespace(environment, "shop-api").id());
            if (deployed) {
                deploy(platform.lifecycle);
                assertThat(web()).isNotEqualTo(before);
            }
        }

        /** Runs the release in a process that dies before the call of this number. Returns whether it died. */
        boolean diesAt(int step) {
            AtomicInteger left = new AtomicInteger(step);
            return dies(call -> left.getAndDecrement() <= 0);
        }

        void diesBefore(String call) {
            assertThat(dies(call::equals)).isTrue();
        }

        void deploy(NamespaceLifecycle lifecycle) {
            lifecycle.deploy(environment.id(), TAKE_OVER);
        }

        private boolean dies(Predicate<String> when) {
            return dies(when, (world, lifecycle) -> lifecycle.release(world.ids));
        }

        boolean dies(Predicate<String> when, BiConsumer<World, NamespaceLifecycle> work) {
            Mortal process = new Mortal(when);
            try (NamespaceLifecycle mortal = platform.builder(
                            process.gateway(platform.gateway),
                            WatchedStores.of(platform.stores.stores(), process::call))
                    .build()) {
                Throwable death = catchThrowable(() -> work.accept(this, mortal));
                assertThat(death != null).isEqualTo(process.dead);
            }
            return process.dead;
        }

        void assertReleased(String what) {
            assertThat(web()).as(what).isEqualTo(before);
            assertThat(platform.labels(EU, "shop-api")).as(what).containsOnlyKeys("kubernetes.io/metadata.name");
            assertThat(platform.clusters.cluster(EU).objects("CiliumNetworkPolicy"))
                    .as(what)
                    .isEmpty();
            assertThat(platform.deployments.findPage(new Target(environment.id(), EU), null, 100))
                    .as(what)
                    .isEmpty();
            assertThat(platform.namespaces.findByEnvironments(List.of(environment.id())))
                    .as(what)
                    .isEmpty();
        }

        private Object web() {
            return platform.standing().get(EU + " " + WEB);
        }

        @Override
        public void close() {
            platform.close();
        }
    }

    /** Counts the calls of one process to stores and clusters. From its death on no call takes effect. */
    private static final class Mortal {

        private final Predicate<String> dies;
        private volatile boolean dead;

        Mortal(Predicate<String> dies) {
            this.dies = dies;
        }

        synchronized void call(String call) {
            dead |= dies.test(call);
            if (dead) {
                throw new Error("The process has died before " + call);
            }
        }

        ClusterGateway gateway(ClusterGateway gateway) {
            return (ClusterGateway) Proxy.newProxyInstance(
                    ClusterGateway.class.getClassLoader(),
                    new Class<?>[] {ClusterGateway.class},
                    (proxy, method, arguments) -> {
                        call("gateway." + method.getName());
                        try {
                            return method.invoke(gateway, arguments);
                        } catch (InvocationTargetException e) {
                            throw e.getCause();
                        }
                    });
        }
    }
}
