package dev.namespaces.integration;

import static dev.namespaces.testkit.TestData.anEgressPolicy;
import static dev.namespaces.testkit.TestData.anEnvironment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.mockito.ArgumentMatchers.isA;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.verify;

import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.core.deploy.DeploymentFailedException;
import dev.namespaces.core.request.NamespaceRequest;
import dev.namespaces.error.ApplyConflictException;
import dev.namespaces.error.ClusterUnreachableException;
import dev.namespaces.error.GatewayContractException;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.NamespaceTerminatingException;
import dev.namespaces.junit.LifecycleExtension;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.DeletionCondition;
import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.spi.ClusterGateway;
import dev.namespaces.spi.EnvironmentStore;
import dev.namespaces.spi.LifecycleEvent;
import dev.namespaces.spi.LifecycleListener;
import dev.namespaces.testkit.Failure;
import dev.namespaces.testkit.FakeClusters;
import dev.namespaces.testkit.Faults;
import dev.namespaces.testkit.GatewayCall;
import dev.namespaces.testkit.InMemoryEnvironmentStore;
import dev.namespaces.testkit.InMemoryStores;
import dev.namespaces.testkit.MovableClock;
import dev.namespaces.testkit.RecordingClusterGateway;
import dev.namespaces.testkit.contract.EnvironmentStoreContract;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The code of the guide to testing is this class's code, and its tests are tests here. */
class TestingGuideTest {

    // spotless:off
    // begin: platform
    static final class Platform implements AutoCloseable {

        private final InMemoryStores stores = new InMemoryStores();
        private final NamespaceLifecycle lifecycle;

        Platform(ClusterGateway gateway, LifecycleListener listener) {
            lifecycle = NamespaceLifecycle.builder(gateway, stores.stores())
                    .listener(listener)
                    .listenerExecutor(Runnable::run) // events arrive before a call returns
                    .build();
        }

        void open(Environment environment) {
            stores.environments().save(environment);
            lifecycle.create(NamespaceRequest.of(environment.id(), environment.id().value()));
            lifecycle.deploy(environment.id());
        }

        @Override
        public void close() {
            lifecycle.close();
        }
    }
    // end: platform

    // begin: recording
    @Test
    void a_new_environment_is_on_its_clusters_with_its_team_and_its_policy() {
        RecordingClusterGateway gateway = new RecordingClusterGateway();
        try (Platform platform = new Platform(gateway, event -> {})) {
            platform.open(anEnvironment().id("shop-dev").clusters("eu-1", "us-1").label("team", "shop").build());
        }

        assertThat(gateway)
                .hasDeployed("Namespace", "shop-dev").onCluster("us-1").withLabel("team", "shop")
                .and().hasDeployed("CiliumNetworkPolicy", "egress.namespaces.dev").inNamespace("shop-dev")
                .and().hasDeployedOnly("Namespace", "shop-dev", "shop-dev");
    }
    // end: recording

    // begin: unchanged
    @Test
    void an_unchanged_environment_costs_no_call() {
        RecordingClusterGateway gateway = new RecordingClusterGateway();
        try (Platform platform = new Platform(gateway, event -> {})) {
            platform.open(anEnvironment().id("shop-dev").build());
            gateway.forgetCalls();

            platform.lifecycle.ensureDeployed(new EnvironmentId("shop-dev"));
            assertThat(gateway).hasSeenNoCall();

            platform.stores.egressPolicies().save(anEgressPolicy().ofProject("shop").denyingAll().build());
            platform.lifecycle.ensureDeployed(new EnvironmentId("shop-dev"));
            assertThat(gateway.calls(GatewayCall.Apply.class)).isNotEmpty();
        }
    }
    // end: unchanged

    // begin: extension
    @Nested
    @ExtendWith(LifecycleExtension.class)
    class ArchivingTest {

        @Test
        void an_archived_environment_is_on_its_clusters_until_it_is_deleted(
                NamespaceLifecycle lifecycle, InMemoryStores stores, FakeClusters clusters, MovableClock clock) {
            Environment dev = anEnvironment().id("shop-dev").build();
            stores.environments().save(dev);
            lifecycle.create(NamespaceRequest.of(dev.id(), "shop-dev"));
            lifecycle.deploy(dev.id());

            stores.environments().softDelete(dev.id());
            clock.advance(Duration.ofDays(30));

            assertThat(clusters.cluster("eu-1").find(ResourceRef.namespace("shop-dev"))).isPresent();
        }
    }
    // end: extension

    // begin: settings
    @Nested
    class SharedNamesTest {

        @RegisterExtension
        static final LifecycleExtension PLATFORM = LifecycleExtension.with(builder -> builder.allowSharedNames());

        @Test
        void two_environments_may_share_a_namespace(NamespaceLifecycle lifecycle, InMemoryStores stores) {
            stores.environments().save(anEnvironment().id("shop-dev").build());
            stores.environments().save(anEnvironment().id("till-dev").build());

            lifecycle.create(NamespaceRequest.of(new EnvironmentId("shop-dev"), "tools"));
            lifecycle.create(NamespaceRequest.of(new EnvironmentId("till-dev"), "tools"));

            assertThat(stores.namespaces().findByNames(List.of("tools"))).hasSize(2);
        }
    }
    // end: settings

    // begin: golden
    @Test
    @ExtendWith(LifecycleExtension.class)
    void an_environment_without_egress_has_these_objects(
            NamespaceLifecycle lifecycle, InMemoryStores stores, FakeClusters clusters) throws IOException {
        Environment dev = anEnvironment().id("shop-dev").label("team", "shop").build();
        stores.environments().save(dev);
        stores.egressPolicies().save(anEgressPolicy().ofProject("shop").denyingAll().build());
        lifecycle.create(NamespaceRequest.of(dev.id(), "shop-dev"));

        lifecycle.deploy(dev.id());

        assertThat(clusters.cluster("eu-1").toYaml())
                .isEqualTo(Files.readString(Path.of("src/test/resources/golden/shop-dev.yaml")));
    }
    // end: golden

    // begin: terminating
    @Test
    void a_terminating_namespace_is_refused_and_its_finalizer_is_named() {
        FakeClusters clusters = FakeClusters.of("eu-1");
        clusters.cluster("eu-1").as("kubectl").createNamespace("shop-dev");
        clusters.cluster("eu-1").as("kubectl").delete(ResourceRef.namespace("shop-dev"));
        clusters.cluster("eu-1").reportDeletion("shop-dev",
                new DeletionCondition("NamespaceFinalizersRemaining", "SomeFinalizersRemain", "example.com/hold in 1 resource"));
        try (Platform platform = new Platform(clusters, event -> {})) {

            assertThatExceptionOfType(NamespaceTerminatingException.class)
                    .isThrownBy(() -> platform.lifecycle.ensureNamespaceExists(new ClusterId("eu-1"), "shop-dev"))
                    .withMessageContaining("example.com/hold");
        }
    }
    // end: terminating

    // begin: conflict
    @Test
    void a_label_that_somebody_else_has_changed_is_a_conflict() {
        FakeClusters clusters = FakeClusters.of("eu-1");
        Environment dev = anEnvironment().id("shop-dev").label("stage", "dev").build();
        try (Platform platform = new Platform(clusters, event -> {})) {
            platform.open(dev);
            clusters.cluster("eu-1").as("kubectl").label(ResourceRef.namespace("shop-dev"), "stage", "prod");

            assertThatExceptionOfType(DeploymentFailedException.class)
                    .isThrownBy(() -> platform.lifecycle.deploy(dev.id()))
                    .withCauseInstanceOf(ApplyConflictException.class);
        }
    }
    // end: conflict

    // begin: faults
    @Test
    void an_environment_whose_cluster_was_away_is_deployed_later() {
        FakeClusters clusters = FakeClusters.of("eu-1");
        clusters.faults().on(call -> call.writes()).once().fail(Failure.unreachable());
        Environment dev = anEnvironment().id("shop-dev").build();
        try (Platform platform = new Platform(clusters, event -> {})) {

            assertThatExceptionOfType(DeploymentFailedException.class)
                    .isThrownBy(() -> platform.open(dev))
                    .withCauseInstanceOf(ClusterUnreachableException.class);

            platform.lifecycle.ensureDeployed(dev.id());
            assertThat(clusters.cluster("eu-1").find(ResourceRef.namespace("shop-dev"))).isPresent();
        }
    }
    // end: faults

    // begin: late
    @Test
    void a_create_that_arrives_late_is_recognized_by_the_next_deployment() {
        FakeClusters clusters = FakeClusters.of("eu-1");
        Faults.Fault late = clusters.faults().on(call -> call instanceof GatewayCall.Create).once().arriveLater(Failure.timeout());
        Environment dev = anEnvironment().id("shop-dev").build();
        try (Platform platform = new Platform(clusters, event -> {})) {
            assertThatExceptionOfType(DeploymentFailedException.class).isThrownBy(() -> platform.open(dev));
            assertThat(clusters.cluster("eu-1").find(ResourceRef.namespace("shop-dev"))).isEmpty();

            late.deliver();

            assertThat(clusters.cluster("eu-1").find(ResourceRef.namespace("shop-dev"))).isPresent();
            assertThat(platform.lifecycle.ensureDeployed(dev.id()).succeeded()).isTrue();
        }
    }
    // end: late

    // begin: interrupted
    @Test
    void a_write_of_an_interrupted_deployment_does_not_block_the_next_one() throws InterruptedException {
        FakeClusters clusters = FakeClusters.of("eu-1");
        Faults.Fault sent = clusters.faults().on(call -> call.writes()).once().arriveLaterIfInterrupted();
        Environment dev = anEnvironment().id("shop-dev").build();
        try (Platform platform = new Platform(clusters, event -> {})) {
            AtomicReference<Throwable> failure = new AtomicReference<>();
            Thread deployment = new Thread(() -> failure.set(catchThrowable(() -> platform.open(dev))));
            deployment.start();
            sent.awaitHits(1);
            deployment.interrupt();
            deployment.join();
            assertThat(failure.get()).isInstanceOf(NamespaceException.class);

            assertThat(platform.lifecycle.ensureDeployed(dev.id()).succeeded()).isTrue();
            assertThat(sent.deliver()).hasSize(1); // the API server refuses it: the namespace exists
        }
    }
    // end: interrupted

    // begin: repeated
    @Test
    void a_request_that_was_sent_twice_changes_nothing_when_it_arrives() {
        FakeClusters clusters = FakeClusters.of("eu-1");
        Faults.Fault repeated = clusters.faults().on(call -> call.writes()).once().repeat();
        try (Platform platform = new Platform(clusters, event -> {})) {
            platform.open(anEnvironment().id("shop-dev").build());
            List<HasMetadata> deployed = clusters.cluster("eu-1").objects();

            assertThat(repeated.deliver()).hasSize(1);

            assertThat(clusters.cluster("eu-1").objects()).isEqualTo(deployed);
        }
    }
    // end: repeated

    // begin: hung
    @Test
    void a_gateway_that_never_returns_costs_a_deployment_a_bounded_time() {
        FakeClusters clusters = FakeClusters.of("eu-1");
        Faults.Fault hung = clusters.faults().on(call -> call.writes()).once().hang();
        InMemoryStores stores = new InMemoryStores();
        Environment dev = anEnvironment().id("shop-dev").build();
        stores.environments().save(dev);
        try (NamespaceLifecycle lifecycle =
                NamespaceLifecycle.builder(clusters, stores.stores()).gatewayCallLimit(Duration.ofMillis(200)).build()) {
            lifecycle.create(NamespaceRequest.of(dev.id(), "shop-dev"));

            assertThatExceptionOfType(DeploymentFailedException.class)
                    .isThrownBy(() -> lifecycle.deploy(dev.id()))
                    .withCauseInstanceOf(GatewayContractException.class);

            hung.remove(); // lets the thread of the call end
        }
    }
    // end: hung

    // begin: mockito
    @Test
    void the_audit_log_receives_every_deployment() {
        LifecycleListener audit = mock(LifecycleListener.class);
        try (Platform platform = new Platform(new RecordingClusterGateway(), audit)) {
            platform.open(anEnvironment().id("shop-dev").build());
        }

        verify(audit).on(isA(LifecycleEvent.DeploymentCompleted.class));
    }
    // end: mockito

    // begin: contract
    @Nested
    class YourEnvironmentStoreTest extends EnvironmentStoreContract {

        private final InMemoryEnvironmentStore yours = new InMemoryEnvironmentStore();

        @Override
        protected EnvironmentStore store() {
            return yours;
        }

        @Override
        protected void save(Environment environment) {
            yours.save(environment);
        }

        @Override
        protected void remove(EnvironmentId id) {
            yours.softDelete(id);
        }
    }
    // end: contract
    // spotless:on

    @Test
    void the_guide_shows_the_golden_file() throws IOException {
        GuidePage.of("docs/testing.md")
                .assertBlock(
                        "yaml: TestingGuideTest golden",
                        Files.readString(Path.of("src/test/resources/golden/shop-dev.yaml")));
    }
}
