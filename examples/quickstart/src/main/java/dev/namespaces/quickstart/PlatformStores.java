package dev.namespaces.quickstart;

import dev.namespaces.jdbc.JdbcSchema;
import dev.namespaces.jdbc.JdbcStores;
import dev.namespaces.model.Deployment;
import dev.namespaces.model.EgressPolicy;
import dev.namespaces.model.EgressPolicyId;
import dev.namespaces.model.Environment;
import dev.namespaces.spi.DeploymentLock;
import dev.namespaces.spi.DeploymentStore;
import dev.namespaces.spi.EgressPolicyStore;
import dev.namespaces.spi.EnvironmentStore;
import dev.namespaces.spi.NamespaceStore;
import dev.namespaces.testkit.InMemoryDeploymentLock;
import dev.namespaces.testkit.InMemoryDeploymentStore;
import dev.namespaces.testkit.InMemoryEgressPolicyStore;
import dev.namespaces.testkit.InMemoryEnvironmentStore;
import dev.namespaces.testkit.InMemoryNamespaceStore;
import java.time.Instant;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import javax.sql.DataSource;

/**
 * The stores that the lifecycle works on, and the writes that it leaves to its host.
 *
 * @param saveEnvironment puts an environment in, or in the place of the one of that id
 * @param savePolicy the same for an egress policy
 * @param softDeletePolicy marks an egress policy as deleted
 */
record PlatformStores(
        NamespaceStore namespaces,
        EnvironmentStore environments,
        EgressPolicyStore egressPolicies,
        DeploymentStore deployments,
        DeploymentLock lock,
        Consumer<Environment> saveEnvironment,
        Consumer<EgressPolicy> savePolicy,
        BiConsumer<EgressPolicyId, Instant> softDeletePolicy) {

    /** Those of the database, whose tables are made or brought up to date first. */
    static PlatformStores migrated(DataSource database) {
        JdbcSchema.migrate(database);
        return existing(database);
    }

    /** Those of a database that has the tables. */
    static PlatformStores existing(DataSource database) {
        JdbcStores stores = JdbcStores.on(database);
        return new PlatformStores(
                stores.namespaces(),
                stores.environments(),
                stores.egressPolicies(),
                stores.deployments(),
                stores.deploymentLock(),
                stores.environments()::save,
                stores.egressPolicies()::save,
                stores.egressPolicies()::softDelete);
    }

    static PlatformStores inMemory() {
        InMemoryEnvironmentStore environments = new InMemoryEnvironmentStore();
        InMemoryEgressPolicyStore policies = new InMemoryEgressPolicyStore();
        return new PlatformStores(
                new InMemoryNamespaceStore(),
                environments,
                policies,
                new InMemoryDeploymentStore(),
                new InMemoryDeploymentLock(),
                environments::save,
                policies::save,
                policies::softDelete);
    }

    /** What these hold of the platform's namespaces and deployments, in memory, to be changed without a trace. */
    PlatformStores copyInMemory(Platform platform) {
        PlatformStores copy = inMemory();
        for (Environment environment : platform.environments()) {
            copy.namespaces().insert(namespaces.findByEnvironment(environment.id()));
            for (Deployment deployment : deployments.findByEnvironment(environment.id())) {
                Deployment begun = copy.deployments().begin(environment.id(), deployment.clusterId());
                if (deployment.completion() != null) {
                    copy.deployments().complete(begun, deployment.completion());
                }
            }
        }
        return copy;
    }
}
