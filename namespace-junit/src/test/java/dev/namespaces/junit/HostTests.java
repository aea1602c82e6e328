package dev.namespaces.junit;

import static dev.namespaces.testkit.TestData.anEnvironment;
import static org.assertj.core.api.Assertions.assertThat;

import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.core.request.NamespaceRequest;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.spi.EnvironmentStore;
import dev.namespaces.spi.LifecycleEvent;
import dev.namespaces.testkit.FakeClusters;
import dev.namespaces.testkit.Faults;
import dev.namespaces.testkit.InMemoryEnvironmentStore;
import dev.namespaces.testkit.InMemoryStores;
import dev.namespaces.testkit.MovableClock;
import dev.namespaces.testkit.contract.EnvironmentStoreContract;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Test classes of a host. {@link LifecycleExtensionTest} runs them with several versions of JUnit. */
final class HostTests {

    /** Every lifecycle that a test got, so that it can be seen whether it was closed. */
    static final List<NamespaceLifecycle> LIFECYCLES = new ArrayList<>();

    private HostTests() {}

    @ExtendWith(LifecycleExtension.class)
    static class OfMethods {

        @Test
        void deploys(NamespaceLifecycle lifecycle, FakeClusters clusters, InMemoryStores stores, MovableClock clock) {
            LIFECYCLES.add(lifecycle);
            clock.advance(Duration.ofHours(1));
            Environment environment = anEnvironment().clusters("eu-1").build();
            stores.environments().save(environment);

            lifecycle.create(NamespaceRequest.of(environment.id(), "shop-web"));
            lifecycle.deploy(environment.id());

            assertThat(clusters.cluster("eu-1").find(ResourceRef.namespace("shop-web")))
                    .hasValueSatisfying(live -> assertThat(live.getMetadata().getCreationTimestamp())
                            .isEqualTo("2026-01-01T01:00:00Z"));
        }

        @Test
        void leavesACallThatWaits(NamespaceLifecycle lifecycle, FakeClusters clusters) {
            LIFECYCLES.add(lifecycle);
            Faults.Fault hung = clusters.faults().on(call -> true).hang();
            Thread caller = new Thread(() -> lifecycle.ensureNamespaceExists(new ClusterId("eu-1"), "shop-web"));
            caller.setDaemon(true);
            caller.setUncaughtExceptionHandler((thread, closed) -> {});
            caller.start();
            hung.awaitHits(1);
        }
    }

    @ExtendWith(LifecycleExtension.class)
    static class OfConstructor {

        private final NamespaceLifecycle lifecycle;
        private final InMemoryStores stores;

        OfConstructor(NamespaceLifecycle lifecycle, InMemoryStores stores) {
            assertThat(LIFECYCLES).doesNotContain(lifecycle);
            LIFECYCLES.add(lifecycle);
            this.lifecycle = lifecycle;
            this.stores = stores;
        }

        @BeforeEach
        void save(InMemoryStores same) {
            assertThat(same).isSameAs(stores);
            stores.environments().save(anEnvironment().build());
        }

        @AfterEach
        void isStillOpen(NamespaceLifecycle same) {
            assertThat(same).isSameAs(lifecycle);
            assertThat(lifecycle.deploy(new EnvironmentId("shop-dev")).succeeded())
                    .isTrue();
        }

        @Test
        void first() {
            lifecycle.create(NamespaceRequest.of(new EnvironmentId("shop-dev"), "shop-web"));
        }

        @Test
        void second() {
            lifecycle.create(NamespaceRequest.of(new EnvironmentId("shop-dev"), "shop-web"));
        }
    }

    @ExtendWith(LifecycleExtension.class)
    static class OfClass {

        private static InMemoryStores shared;

        @BeforeAll
        static void save(InMemoryStores stores, NamespaceLifecycle lifecycle) {
            LIFECYCLES.add(lifecycle);
            shared = stores;
        }

        @Test
        void first(InMemoryStores stores, NamespaceLifecycle lifecycle) {
            assertIsOpen(stores, lifecycle);
        }

        @Test
        void second(InMemoryStores stores, NamespaceLifecycle lifecycle) {
            assertIsOpen(stores, lifecycle);
        }

        private static void assertIsOpen(InMemoryStores stores, NamespaceLifecycle lifecycle) {
            assertThat(stores).isSameAs(shared);
            lifecycle.ensureNamespaceExists(new ClusterId("eu-1"), "shop-web");
        }
    }

    static class WithSettings {

        private static final List<LifecycleEvent> EVENTS = new ArrayList<>();

        @RegisterExtension
        static final LifecycleExtension PLATFORM = LifecycleExtension.with(builder -> builder.listener(EVENTS::add));

        @Test
        void receivesEvents(NamespaceLifecycle lifecycle) {
            LIFECYCLES.add(lifecycle);
            lifecycle.ensureNamespaceExists(new ClusterId("eu-1"), "shop-web");
            assertThat(EVENTS).isNotEmpty();
        }
    }

    static class OfContract extends EnvironmentStoreContract {

        private final InMemoryEnvironmentStore store = new InMemoryEnvironmentStore();

        @Override
        protected EnvironmentStore store() {
            return store;
        }

        @Override
        protected void save(Environment environment) {
            store.save(environment);
        }

        @Override
        protected void remove(EnvironmentId id) {
            store.softDelete(id);
        }
    }
}
