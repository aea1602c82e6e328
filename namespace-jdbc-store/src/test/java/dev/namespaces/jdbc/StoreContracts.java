package dev.namespaces.jdbc;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.namespaces.model.EgressPolicy;
import dev.namespaces.model.EgressPolicyId;
import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.spi.DeploymentLock;
import dev.namespaces.spi.DeploymentStore;
import dev.namespaces.spi.EgressPolicyStore;
import dev.namespaces.spi.EnvironmentStore;
import dev.namespaces.spi.NamespaceStore;
import dev.namespaces.spi.TargetObjectStore;
import dev.namespaces.testkit.contract.DeploymentLockContract;
import dev.namespaces.testkit.contract.DeploymentStoreContract;
import dev.namespaces.testkit.contract.EgressPolicyStoreContract;
import dev.namespaces.testkit.contract.EnvironmentStoreContract;
import dev.namespaces.testkit.contract.NamespaceStoreContract;
import dev.namespaces.testkit.contract.TargetObjectStoreContract;
import java.time.Instant;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.TestInstance;

/** Every contract on one database, through a pool that the database's test sets up. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class StoreContracts {

    private static final Instant DELETED = Instant.parse("2026-01-01T00:00:00Z");

    private HikariDataSource pool;
    private JdbcStores stores;
    private JdbcStores storesOfAnotherReplica;

    /** A database without tables. */
    abstract TestDatabase newDatabase();

    int connections() {
        return 8;
    }

    /** Returns whether connections of the pool have auto-commit on. */
    boolean autoCommit() {
        return true;
    }

    @BeforeAll
    void migrate() {
        TestDatabase database = newDatabase();
        JdbcSchema.migrate(database.dataSource());
        HikariConfig config = new HikariConfig();
        config.setDataSource(database.dataSource());
        config.setMaximumPoolSize(connections());
        // A leaked connection of a pool of one shows as the next test's timeout.
        config.setConnectionTimeout(20_000);
        config.setAutoCommit(autoCommit());
        pool = new HikariDataSource(config);
        stores = storesOnPool(database);
        storesOfAnotherReplica = storesOnPool(database);
    }

    private JdbcStores storesOnPool(TestDatabase database) {
        return autoCommit()
                ? JdbcStores.on(pool)
                : JdbcStores.builder(pool)
                        .inHostTransaction(() -> false)
                        .deploymentDataSource(database.dataSource())
                        .build();
    }

    @AfterAll
    void every_connection_is_given_back() {
        Assertions.assertThat(pool.getHikariPoolMXBean().getActiveConnections()).isZero();
        pool.close();
    }

    @Nested
    class Namespaces extends NamespaceStoreContract {
        @Override
        protected NamespaceStore store() {
            return stores.namespaces();
        }
    }

    @Nested
    class Environments extends EnvironmentStoreContract {
        @Override
        protected EnvironmentStore store() {
            return stores.environments();
        }

        @Override
        protected void save(Environment environment) {
            stores.environments().save(environment);
        }

        @Override
        protected void remove(EnvironmentId id) {
            stores.environments().softDelete(id, DELETED);
        }
    }

    @Nested
    class EgressPolicies extends EgressPolicyStoreContract {
        @Override
        protected EgressPolicyStore store() {
            return stores.egressPolicies();
        }

        @Override
        protected void save(EgressPolicy policy) {
            stores.egressPolicies().save(policy);
        }

        @Override
        protected void softDelete(EgressPolicyId id, Instant deletedAt) {
            stores.egressPolicies().softDelete(id, deletedAt);
        }
    }

    @Nested
    class Deployments extends DeploymentStoreContract {
        @Override
        protected DeploymentStore store() {
            return stores.deployments();
        }

        @Override
        protected TargetObjectStore targetObjects() {
            return storesOfAnotherReplica.targetObjects();
        }
    }

    @Nested
    class TargetObjects extends TargetObjectStoreContract {
        @Override
        protected TargetObjectStore store() {
            return stores.targetObjects();
        }

        @Override
        protected DeploymentStore deployments() {
            return storesOfAnotherReplica.deployments();
        }
    }

    @Nested
    class Locks extends DeploymentLockContract {
        @Override
        protected DeploymentLock lock() {
            return stores.deploymentLock();
        }

        @Override
        protected DeploymentLock lockOfAnotherReplica() {
            return storesOfAnotherReplica.deploymentLock();
        }
    }
}
