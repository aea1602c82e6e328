package dev.namespaces.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.namespaces.error.StoreException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.EgressMode;
import dev.namespaces.model.EgressPolicy;
import dev.namespaces.model.EgressPolicyId;
import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.OrganizationId;
import dev.namespaces.model.ProjectId;
import dev.namespaces.spi.DeploymentLock;
import dev.namespaces.spi.DeploymentStore;
import dev.namespaces.spi.EgressPolicyStore;
import dev.namespaces.spi.EnvironmentStore;
import dev.namespaces.spi.NamespaceStore;
import dev.namespaces.testkit.contract.DeploymentLockContract;
import dev.namespaces.testkit.contract.DeploymentStoreContract;
import dev.namespaces.testkit.contract.EgressPolicyStoreContract;
import dev.namespaces.testkit.contract.EnvironmentStoreContract;
import dev.namespaces.testkit.contract.NamespaceStoreContract;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class InMemoryStoresTest {

    private static final EnvironmentId ENVIRONMENT = new EnvironmentId("shop-dev");
    private static final ProjectId PROJECT = new ProjectId("shop");
    private static final OrganizationId ORGANIZATION = new OrganizationId("acme");
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
    }

    @Nested
    class Locks extends DeploymentLockContract {
        private final InMemoryDeploymentLock lock = new InMemoryDeploymentLock();

        @Override
        protected DeploymentLock lock() {
            return lock;
        }
    }

    @Test
    void an_environment_is_soft_deleted_once_and_lives_again_when_saved() {
        InMemoryEnvironmentStore store = new InMemoryEnvironmentStore();
        Environment environment =
                new Environment(ENVIRONMENT, ORGANIZATION, PROJECT, "dev", List.of(new ClusterId("eu-1")), Map.of(), 0);
        store.save(environment);

        assertThat(store.softDelete(ENVIRONMENT)).isTrue();
        assertThat(store.softDelete(ENVIRONMENT)).isFalse();
        store.save(environment);

        assertThat(store.findByIds(List.of(ENVIRONMENT))).containsExactly(environment);
    }

    @Test
    void a_page_of_no_ids_is_an_error() {
        assertThatIllegalArgumentException().isThrownBy(() -> new InMemoryEnvironmentStore().findIds(null, 0));
    }

    @Test
    void a_second_live_policy_of_an_owner_is_refused() {
        InMemoryEgressPolicyStore store = new InMemoryEgressPolicyStore();
        EgressPolicy first = policy("one");
        store.save(first);

        assertThatExceptionOfType(StoreException.class)
                .isThrownBy(() -> store.save(policy("two")))
                .satisfies(failure -> assertThat(failure.isRetryable()).isFalse());

        assertThat(store.find(PROJECT, ORGANIZATION).project()).isEqualTo(first);
    }

    @Test
    void a_policy_is_soft_deleted_once() {
        InMemoryEgressPolicyStore store = new InMemoryEgressPolicyStore();
        store.save(policy("one"));

        assertThat(store.softDelete(new EgressPolicyId("one"), NOW)).isTrue();
        assertThat(store.softDelete(new EgressPolicyId("one"), NOW.plusSeconds(1)))
                .isFalse();
        assertThat(store.softDelete(new EgressPolicyId("two"), NOW)).isFalse();

        assertThat(store.find(PROJECT, ORGANIZATION).project().deletedAt()).isEqualTo(NOW);
    }

    @Test
    void a_lease_that_was_revoked_is_lost_and_the_lock_is_free() {
        InMemoryDeploymentLock lock = new InMemoryDeploymentLock();
        ClusterId cluster = new ClusterId("eu-1");
        DeploymentLock.Lease lost =
                lock.tryAcquire(ENVIRONMENT, cluster, Duration.ZERO).orElseThrow();

        assertThat(lock.revoke(ENVIRONMENT, cluster)).isTrue();
        assertThat(lock.revoke(ENVIRONMENT, cluster)).isFalse();

        assertThat(lost.isHeld()).isFalse();
        DeploymentLock.Lease next =
                lock.tryAcquire(ENVIRONMENT, cluster, Duration.ZERO).orElseThrow();
        lost.close();
        assertThat(next.isHeld()).isTrue();
    }

    private static EgressPolicy policy(String id) {
        return new EgressPolicy(new EgressPolicyId(id), PROJECT, new EgressMode.DenyAll(), null);
    }
}
