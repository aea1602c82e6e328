package dev.namespaces.testkit;

import static dev.namespaces.testkit.TestData.aNamespace;
import static dev.namespaces.testkit.TestData.anEgressPolicy;
import static dev.namespaces.testkit.TestData.anEnvironment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.namespaces.error.EgressPolicyIdTakenException;
import dev.namespaces.error.EgressPolicyOwnerTakenException;
import dev.namespaces.error.ErrorCategory;
import dev.namespaces.error.StaleEgressPolicyException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.EgressPolicy;
import dev.namespaces.model.EgressPolicyId;
import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.NamespaceId;
import dev.namespaces.model.OrganizationId;
import dev.namespaces.model.ProjectId;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.model.Target;
import dev.namespaces.model.WrittenKeys;
import dev.namespaces.spi.DeploymentLock;
import dev.namespaces.spi.DeploymentStore;
import dev.namespaces.spi.EgressPolicyStore;
import dev.namespaces.spi.EnvironmentStore;
import dev.namespaces.spi.NamespaceStore;
import dev.namespaces.spi.ObjectIntent;
import dev.namespaces.spi.Stores;
import dev.namespaces.spi.TargetObjectStore;
import dev.namespaces.testkit.contract.DeploymentLockContract;
import dev.namespaces.testkit.contract.DeploymentStoreContract;
import dev.namespaces.testkit.contract.EgressPolicyStoreContract;
import dev.namespaces.testkit.contract.EnvironmentStoreContract;
import dev.namespaces.testkit.contract.NamespaceStoreContract;
import dev.namespaces.testkit.contract.TargetObjectStoreContract;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class InMemoryStoresTest {

    private static final EnvironmentId ENVIRONMENT = new EnvironmentId("shop-dev");
    private static final ProjectId PROJECT = new ProjectId("shop");
    private static final Target TARGET = new Target(ENVIRONMENT, new ClusterId("eu-1"));
    private static final Instant NOW = Instant.parse("2026-03-29T01:30:00Z");

    @Nested
    class Namespaces extends NamespaceStoreContract {
        private final InMemoryNamespaceStore store = new InMemoryNamespaceStore();

        @Override
        protected NamespaceStore store() {
            return store;
        }
    }

    @Nested
    class Environments extends EnvironmentStoreContract {
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

    @Nested
    class EgressPolicies extends EgressPolicyStoreContract {
        private final InMemoryEgressPolicyStore store = new InMemoryEgressPolicyStore();

        @Override
        protected EgressPolicyStore store() {
            return store;
        }

        @Override
        protected void save(EgressPolicy policy) {
            store.save(policy);
        }

        @Override
        protected void softDelete(EgressPolicyId id, Instant deletedAt) {
            store.softDelete(id, deletedAt);
        }
    }

    @Nested
    class Deployments extends DeploymentStoreContract {
        private final InMemoryDeploymentStore store = new InMemoryDeploymentStore();

        @Override
        protected DeploymentStore store() {
            return store;
        }

        @Override
        protected TargetObjectStore targetObjects() {
            return store;
        }
    }

    @Nested
    class TargetObjects extends TargetObjectStoreContract {
        private final InMemoryDeploymentStore store = new InMemoryDeploymentStore();

        @Override
        protected TargetObjectStore store() {
            return store;
        }

        @Override
        protected DeploymentStore deployments() {
            return store;
        }
    }

    @Nested
    class Locks extends DeploymentLockContract {
        private final InMemoryDeploymentLock lock = new InMemoryDeploymentLock();

        @Override
        protected DeploymentLock lock() {
            return lock;
        }
    }

    @Nested
    class InProcessLocks extends DeploymentLockContract {
        private final DeploymentLock lock = DeploymentLock.inProcess();

        @Override
        protected DeploymentLock lock() {
            return lock;
        }
    }

    @Test
    void a_soft_deleted_environment_is_live_again_once_it_is_saved() {
        InMemoryEnvironmentStore store = new InMemoryEnvironmentStore();
        Environment environment = anEnvironment().build();
        store.save(environment);

        assertThat(store.softDelete(ENVIRONMENT)).isTrue();
        assertThat(store.softDelete(ENVIRONMENT)).isFalse();
        store.save(environment);

        assertThat(store.findByIds(List.of(ENVIRONMENT))).containsExactly(environment);
    }

    @Test
    void a_page_of_nothing_is_an_error() {
        assertThatIllegalArgumentException().isThrownBy(() -> new InMemoryEnvironmentStore().findIds(null, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> new InMemoryDeploymentStore().findPage(TARGET, null, 0));
    }

    @Test
    void a_second_live_policy_of_an_owner_is_refused() {
        InMemoryEgressPolicyStore store = new InMemoryEgressPolicyStore();
        EgressPolicy first = anEgressPolicy().id("one").build();
        store.save(first);

        assertThatExceptionOfType(EgressPolicyOwnerTakenException.class)
                .isThrownBy(() -> store.save(anEgressPolicy().id("two").build()))
                .satisfies(failure -> assertThat(failure.category()).isEqualTo(ErrorCategory.CONFLICT))
                .satisfies(failure -> assertThat(failure.isRetryable()).isFalse());

        assertThat(store.findByOwners(List.of(PROJECT))).containsExactly(first);
    }

    @Test
    void the_owner_of_a_policy_never_changes() {
        InMemoryEgressPolicyStore store = new InMemoryEgressPolicyStore();
        EgressPolicy first = store.save(anEgressPolicy().id("one").build());
        EgressPolicy moved = anEgressPolicy().id("one").ofOrganization("acme").build();

        assertThatExceptionOfType(EgressPolicyIdTakenException.class)
                .isThrownBy(() -> store.save(moved))
                .satisfies(failure -> assertThat(failure.category()).isEqualTo(ErrorCategory.CONFLICT));

        assertThat(store.findByOwners(List.of(PROJECT, new OrganizationId("acme"))))
                .containsExactly(first);
    }

    @Test
    void live_policies_are_listed_page_by_page_in_the_order_of_ids() {
        InMemoryEgressPolicyStore store = new InMemoryEgressPolicyStore();
        for (String id : List.of("b", "c", "a")) {
            store.save(anEgressPolicy().id(id).ofProject("project-" + id).build());
        }
        store.softDelete(new EgressPolicyId("c"), NOW);

        assertThat(store.findPage(null, 1))
                .extracting(policy -> policy.id().value())
                .containsExactly("a");
        assertThat(store.findPage(new EgressPolicyId("a"), 5))
                .extracting(policy -> policy.id().value())
                .containsExactly("b");
    }

    @Test
    void each_change_of_a_policy_raises_its_version() {
        InMemoryEgressPolicyStore store = new InMemoryEgressPolicyStore();

        assertThat(store.save(anEgressPolicy().id("one").build()).version()).isEqualTo(1);
        assertThat(store.save(anEgressPolicy().id("one").denyingAll().version(2).build())
                        .version())
                .isEqualTo(2);
        assertThatExceptionOfType(StaleEgressPolicyException.class)
                .isThrownBy(
                        () -> store.save(anEgressPolicy().id("one").version(2).build()))
                .satisfies(failure -> {
                    assertThat(failure.id()).isEqualTo(new EgressPolicyId("one"));
                    assertThat(failure.expected()).isEqualTo(1);
                    assertThat(failure.actual()).isEqualTo(2);
                });
        store.softDelete(new EgressPolicyId("one"), NOW);

        assertThat(store.findByOwners(List.of(PROJECT)))
                .containsExactly(anEgressPolicy()
                        .id("one")
                        .denyingAll()
                        .version(3)
                        .deletedAt(NOW)
                        .build());
    }

    @Test
    void a_policy_is_soft_deleted_once() {
        InMemoryEgressPolicyStore store = new InMemoryEgressPolicyStore();
        store.save(anEgressPolicy().id("one").build());

        assertThat(store.softDelete(new EgressPolicyId("one"), NOW)).isTrue();
        assertThat(store.softDelete(new EgressPolicyId("one"), NOW.plusSeconds(1)))
                .isFalse();
        assertThat(store.softDelete(new EgressPolicyId("two"), NOW)).isFalse();

        assertThat(store.findByOwners(List.of(PROJECT)))
                .singleElement()
                .satisfies(policy -> assertThat(policy.deletedAt()).isEqualTo(NOW));
    }

    @Test
    void a_revoked_lease_is_lost_and_its_lock_is_free() {
        InMemoryDeploymentLock lock = new InMemoryDeploymentLock();
        DeploymentLock.Lease lost = lock.tryAcquire(TARGET).orElseThrow();

        assertThat(lock.revoke(TARGET)).isTrue();
        assertThat(lock.revoke(TARGET)).isFalse();

        assertThat(lost.isHeld()).isFalse();
        DeploymentLock.Lease next = lock.tryAcquire(TARGET).orElseThrow();
        lost.close();
        assertThat(next.isHeld()).isTrue();
        assertThat(lost.isHeld()).isFalse();
    }

    @Test
    void the_clock_says_when_a_deployment_was_attempted() {
        InMemoryStores stores = new InMemoryStores(Clock.fixed(NOW.plusNanos(1), ZoneOffset.UTC));

        begin(stores);

        assertThat(stores.deployments().findPage(TARGET, null, 10))
                .singleElement()
                .satisfies(row -> assertThat(row.attemptedAt()).isEqualTo(NOW));
    }

    @Test
    void all_stores_are_bundled() {
        InMemoryStores inMemory = new InMemoryStores();
        Stores stores = inMemory.stores();

        assertThat(stores.namespaces()).isSameAs(inMemory.namespaces());
        assertThat(stores.environments()).isSameAs(inMemory.environments());
        assertThat(stores.egressPolicies()).isSameAs(inMemory.egressPolicies());
        assertThat(stores.deployments()).isSameAs(inMemory.deployments());
        assertThat(stores.targetObjects()).isSameAs(inMemory.deployments());
        assertThat(stores.deploymentLock()).isSameAs(inMemory.deploymentLock());
    }

    @Test
    void only_the_thread_that_runs_the_work_is_in_the_transaction() {
        InMemoryStores inMemory = new InMemoryStores();
        Stores stores = inMemory.stores();
        assertThat(stores.inHostTransaction()).isFalse();

        inMemory.inTransaction(() -> {
            assertThat(stores.inHostTransaction()).isTrue();
            assertThat(elsewhere(stores)).isFalse();
            inMemory.inTransaction(() -> assertThat(stores.inHostTransaction()).isTrue());
            assertThat(stores.inHostTransaction()).isTrue();
        });

        assertThat(stores.inHostTransaction()).isFalse();
    }

    @Test
    void the_work_of_a_transaction_stays_when_it_ends() {
        InMemoryStores stores = new InMemoryStores();
        Namespace namespace = aNamespace().build();

        stores.inTransaction(() -> stores.namespaces().insert(List.of(namespace)));

        assertThat(stores.namespaces().findByIds(List.of(namespace.id()))).containsExactly(namespace);
    }

    @Test
    void the_work_of_a_transaction_that_fails_is_rolled_back() {
        InMemoryStores stores = new InMemoryStores();
        Namespace kept = aNamespace().id("kept").name("kept").build();
        Environment environment = anEnvironment().build();
        EgressPolicy policy = anEgressPolicy().id("one").build();
        stores.namespaces().insert(List.of(kept));
        stores.environments().save(environment);
        stores.egressPolicies().save(policy);

        assertThatIllegalStateException()
                .isThrownBy(() -> stores.inTransaction(() -> {
                    stores.namespaces()
                            .insert(List.of(aNamespace().id("new").name("new").build()));
                    stores.namespaces().update(List.of(kept.changed(Map.of("a", "b"), Map.of(), NOW)));
                    stores.inTransaction(() -> stores.namespaces()
                            .update(List.of(
                                    kept.changed(Map.of(), Map.of(), NOW).deleted(NOW))));
                    stores.environments().save(anEnvironment().id("other").build());
                    stores.environments().softDelete(environment.id());
                    stores.egressPolicies().softDelete(policy.id(), NOW);
                    stores.egressPolicies().save(anEgressPolicy().id("two").build());
                    begin(stores);
                    throw new IllegalStateException("the host's own failure");
                }))
                .withMessage("the host's own failure");

        assertThat(stores.stores().inHostTransaction()).isFalse();
        assertThat(stores.namespaces().findByIds(List.of(kept.id(), new NamespaceId("new"))))
                .containsExactly(kept);
        assertThat(stores.environments().findIds(null, 10)).containsExactly(environment.id());
        assertThat(stores.egressPolicies().findByOwners(List.of(PROJECT))).containsExactly(policy);
        assertThat(stores.deployments().findByEnvironments(List.of(ENVIRONMENT)))
                .as("deployments take no part in the host's transaction")
                .hasSize(1);
    }

    private static void begin(InMemoryStores stores) {
        ObjectIntent intent =
                new ObjectIntent(ResourceRef.namespace("shop"), new NamespaceId("n"), WrittenKeys.none(), false);
        assertThat(stores.deployments().begin(TARGET, 0, List.of(intent))).isPresent();
    }

    private static boolean elsewhere(Stores stores) {
        return CompletableFuture.supplyAsync(stores::inHostTransaction)
                .orTimeout(10, TimeUnit.SECONDS)
                .join();
    }
}
