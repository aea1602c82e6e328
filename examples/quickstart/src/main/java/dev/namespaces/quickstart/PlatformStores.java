package dev.namespaces.quickstart;

import dev.namespaces.error.StaleEgressPolicyException;
import dev.namespaces.jdbc.JdbcSchema;
import dev.namespaces.jdbc.JdbcStores;
import dev.namespaces.model.EgressPolicy;
import dev.namespaces.model.EgressPolicyId;
import dev.namespaces.model.Environment;
import dev.namespaces.spi.Stores;
import dev.namespaces.testkit.InMemoryStores;
import java.time.Instant;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import javax.sql.DataSource;

/**
 * The stores that the lifecycle works on, and the writes that it leaves to its host.
 *
 * @param stores the ports
 * @param saveEnvironment adds an environment, or replaces the one of that id
 * @param savePolicy the same for an egress policy
 * @param softDeletePolicy marks an egress policy as deleted
 */
record PlatformStores(
        Stores stores,
        Consumer<Environment> saveEnvironment,
        Consumer<EgressPolicy> savePolicy,
        BiConsumer<EgressPolicyId, Instant> softDeletePolicy) {

    /** Returns the stores of the database. Its tables are created or brought up to date first. */
    static PlatformStores migrated(DataSource database) {
        JdbcSchema.migrate(database);
        return existing(database);
    }

    /** Returns the stores of a database that has the tables. */
    static PlatformStores existing(DataSource database) {
        JdbcStores jdbc = JdbcStores.on(database);
        return new PlatformStores(
                jdbc.stores(),
                jdbc.environments()::save,
                policy -> save(policy, jdbc.egressPolicies()::save),
                jdbc.egressPolicies()::softDelete);
    }

    /** Replaces any version of the policy, because the file alone says what it should be. */
    private static void save(EgressPolicy policy, Consumer<EgressPolicy> store) {
        try {
            store.accept(policy);
        } catch (StaleEgressPolicyException e) {
            store.accept(
                    new EgressPolicy(policy.id(), policy.owner(), policy.mode(), e.actual() + 1, policy.deletedAt()));
        }
    }

    /** Returns empty stores in memory. */
    static PlatformStores inMemory() {
        InMemoryStores memory = new InMemoryStores();
        return new PlatformStores(
                memory.stores(),
                memory.environments()::save,
                policy -> save(policy, memory.egressPolicies()::save),
                memory.egressPolicies()::softDelete);
    }

    /**
     * Returns stores for a dry run. Environments, policies and namespaces are a copy in memory that can be changed
     * without a trace. The records of deployments are those of these stores, because a dry run only reads them.
     */
    PlatformStores forDryRun(Platform platform) {
        PlatformStores memory = inMemory();
        memory.stores.namespaces().insert(stores.namespaces().findByEnvironments(platform.environmentIds()));
        return new PlatformStores(
                memory.stores.toBuilder()
                        .deployments(stores.deployments())
                        .targetObjects(stores.targetObjects())
                        .build(),
                memory.saveEnvironment,
                memory.savePolicy,
                memory.softDeletePolicy);
    }
}
