package dev.namespaces.integration;

import static dev.namespaces.testkit.TestData.anEnvironment;
import static org.assertj.core.api.Assertions.assertThat;

import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.core.fleet.FleetEnd;
import dev.namespaces.core.fleet.FleetObserver;
import dev.namespaces.core.fleet.FleetOptions;
import dev.namespaces.core.fleet.FleetPosition;
import dev.namespaces.core.fleet.FleetProgress;
import dev.namespaces.core.fleet.FleetReport;
import dev.namespaces.core.fleet.TargetReport;
import dev.namespaces.core.request.NamespaceRequest;
import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.resilience4j.BreakerClusterGateway;
import dev.namespaces.spi.ClusterGateway;
import dev.namespaces.spi.Stores;
import dev.namespaces.testkit.Failure;
import dev.namespaces.testkit.FakeClusters;
import dev.namespaces.testkit.InMemoryStores;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The code of the guide to fleets is this class's code. */
class FleetGuideTest {

    private static final Logger log = LoggerFactory.getLogger(FleetGuideTest.class);

    private final FakeClusters gateway = FakeClusters.of("eu-1", "us-1");
    private final InMemoryStores inMemory = new InMemoryStores();
    private final Stores stores = inMemory.stores();
    private final SavedPosition saved = new SavedPosition();

    /** Where a host keeps the position, such as a row of its own. */
    private static final class SavedPosition {

        private FleetPosition position = FleetPosition.start();

        FleetPosition load() {
            return position;
        }

        void store(FleetPosition position) {
            this.position = position;
        }
    }

    @BeforeEach
    void environments() {
        try (NamespaceLifecycle lifecycle =
                NamespaceLifecycle.builder(gateway, stores).build()) {
            for (String id : new String[] {"bank-dev", "bank-prod", "shop-dev", "shop-prod"}) {
                Environment environment =
                        anEnvironment().id(id).clusters("eu-1", "us-1").build();
                inMemory.environments().save(environment);
                lifecycle.create(NamespaceRequest.of(environment.id(), id + "-web"));
            }
        }
    }

    @Test
    void the_whole_fleet_is_deployed() {
        try (NamespaceLifecycle lifecycle =
                NamespaceLifecycle.builder(gateway, stores).build()) {
            assertThat(ensureAll(lifecycle).targets().deployed()).isEqualTo(8);
            assertThat(ensureAll(lifecycle).targets().unchanged()).isEqualTo(8);
        }
    }

    @Test
    void a_cluster_that_fails_is_set_aside() {
        gateway.faults().on(call -> call.cluster().value().equals("eu-1")).fail(Failure.unreachable());

        try (NamespaceLifecycle lifecycle = withBreaker(gateway)) {
            ensureAll(lifecycle);
            ensureAll(lifecycle);
            FleetReport report = ensureAll(lifecycle);

            assertThat(report.targets().setAside()).isEqualTo(4);
            assertThat(report.targets().unchanged()).isEqualTo(4);
        }
    }

    @Test
    void a_later_call_goes_on_at_the_saved_position() {
        try (NamespaceLifecycle lifecycle =
                NamespaceLifecycle.builder(gateway, stores).build()) {
            saved.store(FleetPosition.after(new EnvironmentId("bank-prod")));

            FleetReport report = resume(lifecycle);

            assertThat(report.end()).isEqualTo(new FleetEnd.AllDone());
            assertThat(report.targets().deployed()).isEqualTo(4);
            assertThat(saved.load()).isEqualTo(FleetPosition.after(new EnvironmentId("shop-prod")));
        }
    }

    // spotless:off
    private static FleetReport ensureAll(NamespaceLifecycle lifecycle) {
        // begin: call
        FleetReport report = lifecycle.ensureAll(
                FleetOptions.defaults(), result -> log.info("{}: {}", result.target(), result.cluster().outcome()));
        // end: call
        return report;
    }

    private NamespaceLifecycle withBreaker(ClusterGateway gateway) {
        // begin: breaker
        BreakerClusterGateway breaker = BreakerClusterGateway.of(gateway);
        NamespaceLifecycle lifecycle = NamespaceLifecycle.builder(breaker, stores).build();
        // end: breaker
        return lifecycle;
    }

    private FleetReport resume(NamespaceLifecycle lifecycle) {
        // begin: resume
        FleetPosition position = saved.load(); // FleetPosition.start() the first time
        FleetReport report = lifecycle.ensureAll(FleetOptions.defaults().withStart(position), new FleetObserver() {
            @Override
            public void ended(TargetReport result) {}

            @Override
            public void progressed(FleetProgress progress) {
                saved.store(progress.position());
            }
        });
        // end: resume
        return report;
    }
    // spotless:on
}
