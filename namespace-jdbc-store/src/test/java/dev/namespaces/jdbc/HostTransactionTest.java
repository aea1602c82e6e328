package dev.namespaces.jdbc;

import static dev.namespaces.testkit.TestData.CLUSTER;
import static dev.namespaces.testkit.TestData.NOW;
import static dev.namespaces.testkit.TestData.ORGANIZATION;
import static dev.namespaces.testkit.TestData.PROJECT;
import static dev.namespaces.testkit.TestData.aNamespace;
import static dev.namespaces.testkit.TestData.anEgressPolicy;
import static dev.namespaces.testkit.TestData.anEnvironment;
import static dev.namespaces.testkit.TestData.newEnvironmentId;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.NamespaceNameTakenException;
import dev.namespaces.error.StaleVersionException;
import dev.namespaces.error.StoreException;
import dev.namespaces.model.Deployment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.PolicyDialect;
import dev.namespaces.spi.DeploymentLock.Lease;
import dev.namespaces.spi.DeploymentStore;
import dev.namespaces.spi.NamespaceStore;
import dev.namespaces.testservers.OnDatabaseServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

/** With Spring's transaction-aware {@link DataSource}; the stores know nothing of Spring. */
class HostTransactionTest {

    private final EnvironmentId environment = newEnvironmentId();

    /** A database, stores on it that follow the host's transactions, and others that see only what is committed. */
    private static final class Host {
        final JdbcStores stores;
        final JdbcStores outside;
        final TransactionTemplate transaction;
        final DataSource aware;

        Host(Server server) {
            this(server.migratedDatabase());
        }

        Host(TestDatabase database) {
            aware = new TransactionAwareDataSourceProxy(database.dataSource());
            stores = JdbcStores.on(aware);
            outside = JdbcStores.on(database.dataSource());
            transaction = new TransactionTemplate(new DataSourceTransactionManager(database.dataSource()));
        }

        void commit(Consumer<JdbcStores> work) {
            transaction.executeWithoutResult(status -> work.accept(stores));
        }

        void rollBack(Consumer<JdbcStores> work) {
            transaction.executeWithoutResult(status -> {
                work.accept(stores);
                status.setRollbackOnly();
            });
        }
    }

    @ParameterizedTest
    @EnumSource
    void everything_written_is_committed_with_the_host(Server server) {
        Host host = new Host(server);
        Namespace kept = aNamespace().in(environment).name("kept").build();
        Namespace gone = aNamespace().in(environment).name("gone").build();

        host.commit(stores -> {
            stores.environments()
                    .save(anEnvironment().id(environment.value()).name("dev").build());
            stores.egressPolicies().save(anEgressPolicy().id("one").denyingAll().build());
            stores.namespaces().insert(List.of(kept, gone));
            stores.namespaces().update(kept);
            stores.namespaces().softDelete(gone.id(), 1, NOW);

            assertThat(host.stores.namespaces().findByEnvironment(environment)).hasSize(1);
            assertThat(findOutside(host)).isEmpty();
        });

        assertThat(findOutside(host)).extracting(Namespace::version).containsExactly(2L);
        assertThat(host.outside.environments().findByIds(List.of(environment))).hasSize(1);
        assertThat(host.outside.egressPolicies().find(PROJECT, ORGANIZATION).project())
                .isEqualTo(anEgressPolicy().id("one").denyingAll().build());
    }

    @ParameterizedTest
    @EnumSource
    void everything_written_is_rolled_back_with_the_host(Server server) {
        Host host = new Host(server);
        Namespace before = aNamespace().in(environment).name("before").build();
        host.outside.namespaces().insert(List.of(before));

        host.rollBack(stores -> {
            stores.environments()
                    .save(anEnvironment().id(environment.value()).name("dev").build());
            stores.egressPolicies().save(anEgressPolicy().id("one").denyingAll().build());
            stores.namespaces()
                    .insert(List.of(aNamespace().in(environment).name("new").build()));
            stores.namespaces().softDelete(before.id(), 1, NOW);
        });

        assertThat(findOutside(host)).containsExactly(before);
        assertThat(host.outside.environments().findByIds(List.of(environment))).isEmpty();
        assertThat(host.outside.egressPolicies().find(PROJECT, ORGANIZATION).project())
                .isNull();
    }

    @ParameterizedTest
    @EnumSource
    void what_was_deployed_stays_recorded_whatever_becomes_of_the_hosts_transaction(Server server) {
        TestDatabase database = server.migratedDatabase();
        Host host = new Host(database);
        DeploymentStore deployments = JdbcStores.builder(host.aware)
                .deploymentDataSource(database.dataSource())
                .build()
                .deployments();
        Deployment.Completion completion = new Deployment.Completion("f".repeat(64), PolicyDialect.CILIUM, NOW);

        host.rollBack(stores -> {
            Deployment begun = deployments.begin(environment, CLUSTER);
            assertThat(host.outside.deployments().findByEnvironment(environment))
                    .noneMatch(Deployment::isComplete)
                    .hasSize(1);
            deployments.complete(begun, completion);
        });
        assertThat(host.outside.deployments().findByEnvironment(environment))
                .extracting(Deployment::completion)
                .containsExactly(completion);

        host.rollBack(stores -> deployments.begin(environment, CLUSTER));
        assertThat(host.outside.deployments().findByEnvironment(environment)).noneMatch(Deployment::isComplete);
    }

    @ParameterizedTest
    @EnumSource
    void a_deployment_refuses_to_be_recorded_in_the_hosts_transaction(Server server) {
        Host host = new Host(server);
        Deployment begun = host.stores.deployments().begin(environment, CLUSTER);

        host.rollBack(stores -> {
            assertThatExceptionOfType(StoreException.class)
                    .isThrownBy(() -> stores.deployments().begin(environment, CLUSTER))
                    .withMessageContaining("deploymentDataSource")
                    .satisfies(error -> assertThat(error.isRetryable()).isFalse());
            assertThatExceptionOfType(StoreException.class)
                    .isThrownBy(() -> stores.deployments()
                            .complete(begun, new Deployment.Completion("f".repeat(64), PolicyDialect.CILIUM, NOW)))
                    .withMessageContaining("deploymentDataSource");
            assertThat(stores.deployments().findByEnvironment(environment)).containsExactly(begun);
        });
    }

    @ParameterizedTest
    @EnumSource
    void outside_of_a_transaction_every_operation_is_one_of_its_own(Server server) {
        Host host = new Host(server);

        host.stores
                .namespaces()
                .insert(List.of(aNamespace().in(environment).name("one").build()));

        assertThat(findOutside(host)).hasSize(1);
        assertThatExceptionOfType(NamespaceNameTakenException.class)
                .isThrownBy(() -> host.stores
                        .namespaces()
                        .insert(List.of(
                                aNamespace().in(environment).name("two").build(),
                                aNamespace().in(environment).name("one").build())));
        assertThat(findOutside(host)).hasSize(1);
    }

    @ParameterizedTest
    @EnumSource
    void after_a_refusal_the_hosts_transaction_goes_on_without_a_trace_of_it(Server server) {
        Host host = new Host(server);
        Namespace standing = aNamespace().in(environment).name("standing").build();
        host.outside.namespaces().insert(List.of(standing));

        host.commit(stores -> {
            NamespaceStore namespaces = stores.namespaces();
            namespaces.insert(List.of(aNamespace().in(environment).name("first").build()));
            assertThatExceptionOfType(NamespaceNameTakenException.class)
                    .isThrownBy(() -> namespaces.insert(List.of(
                            aNamespace().in(environment).name("half").build(),
                            aNamespace().in(environment).name("standing").build(),
                            aNamespace().in(environment).name("other-half").build())));
            assertThatExceptionOfType(StaleVersionException.class)
                    .isThrownBy(() -> namespaces.softDelete(standing.id(), 7, NOW));
            stores.egressPolicies().save(anEgressPolicy().id("one").denyingAll().build());
            assertThatExceptionOfType(StoreException.class)
                    .isThrownBy(() -> stores.egressPolicies()
                            .save(anEgressPolicy().id("two").denyingAll().build()));
            namespaces.insert(List.of(aNamespace().in(environment).name("last").build()));
        });

        assertThat(findOutside(host)).extracting(Namespace::name).containsExactly("first", "last", "standing");
        assertThat(host.outside.egressPolicies().find(PROJECT, ORGANIZATION).project())
                .isEqualTo(anEgressPolicy().id("one").denyingAll().build());
    }

    @ParameterizedTest
    @EnumSource
    void in_a_transaction_with_an_older_view_a_taken_name_is_still_named(Server server) {
        Host host = new Host(server);
        host.transaction.setIsolationLevel(TransactionDefinition.ISOLATION_REPEATABLE_READ);

        host.transaction.executeWithoutResult(status -> {
            NamespaceStore namespaces = host.stores.namespaces();
            assertThat(namespaces.findByEnvironment(environment)).isEmpty();
            host.outside
                    .namespaces()
                    .insert(List.of(aNamespace().in(environment).name("taken").build()));

            assertThatExceptionOfType(NamespaceNameTakenException.class)
                    .isThrownBy(() -> namespaces.insert(List.of(
                            aNamespace().in(environment).name("a").build(),
                            aNamespace().in(environment).name("taken").build(),
                            aNamespace().in(environment).name("z").build())))
                    .satisfies(taken -> assertThat(taken.name()).isEqualTo("taken"));
        });

        assertThat(findOutside(host)).extracting(Namespace::name).containsExactly("taken");
    }

    @ParameterizedTest
    @EnumSource
    void in_a_transaction_with_an_older_view_nothing_is_overwritten(Server server) {
        nothingIsOverwritten(new Host(server));
    }

    @OnDatabaseServer
    @Test
    void in_a_transaction_with_an_older_view_newer_releases_of_mariadb_refuse_and_a_retry_makes_sense() {
        TestDatabase database = TestDatabase.mariaDb("&sessionVariables=innodb_snapshot_isolation=ON");
        JdbcSchema.migrate(database.dataSource());

        NamespaceException refusal = nothingIsOverwritten(new Host(database));

        assertThat(refusal).isInstanceOf(StoreException.class);
    }

    private NamespaceException nothingIsOverwritten(Host host) {
        AtomicReference<NamespaceException> refusal = new AtomicReference<>();
        host.transaction.setIsolationLevel(TransactionDefinition.ISOLATION_REPEATABLE_READ);
        Namespace namespace = aNamespace().in(environment).name("shop").build();
        host.outside.namespaces().insert(List.of(namespace));

        host.transaction.executeWithoutResult(status -> {
            NamespaceStore namespaces = host.stores.namespaces();
            assertThat(namespaces.findById(namespace.id())).contains(namespace);
            host.outside.namespaces().update(namespace);

            // Some databases show the newer version to who wants to write, others refuse, so that the host begins anew.
            assertThatExceptionOfType(NamespaceException.class)
                    .isThrownBy(() -> namespaces.update(namespace))
                    .satisfies(error -> {
                        refusal.set(error);
                        if (error instanceof StaleVersionException stale) {
                            assertThat(stale.actual()).isEqualTo(2);
                        } else {
                            assertThat(error).isInstanceOf(StoreException.class);
                            assertThat(error.isRetryable()).isTrue();
                        }
                    });
            status.setRollbackOnly();
        });

        assertThat(findOutside(host)).extracting(Namespace::version).containsExactly(2L);
        return refusal.get();
    }

    @ParameterizedTest
    @EnumSource
    void the_lock_refuses_to_be_part_of_the_hosts_transaction(Server server) {
        Host host = new Host(server);

        host.rollBack(stores -> assertThatExceptionOfType(StoreException.class)
                .isThrownBy(() -> stores.deploymentLock().tryAcquire(environment, CLUSTER, Duration.ZERO))
                .withMessageContaining("deploymentDataSource")
                .satisfies(error -> assertThat(error.isRetryable()).isFalse()));
    }

    @ParameterizedTest
    @EnumSource
    void the_lock_is_held_and_given_back_whatever_becomes_of_the_hosts_transaction(Server server) {
        TestDatabase database = server.migratedDatabase();
        JdbcStores stores = JdbcStores.builder(new TransactionAwareDataSourceProxy(database.dataSource()))
                .deploymentDataSource(database.dataSource())
                .build();
        JdbcStores replica = JdbcStores.on(database.dataSource());
        TransactionTemplate transaction =
                new TransactionTemplate(new DataSourceTransactionManager(database.dataSource()));

        Lease kept = transaction.execute(status -> {
            Lease lease = stores.deploymentLock()
                    .tryAcquire(environment, CLUSTER, Duration.ZERO)
                    .orElseThrow();
            assertThat(replica.deploymentLock().tryAcquire(environment, CLUSTER, Duration.ZERO))
                    .isEmpty();
            status.setRollbackOnly();
            return lease;
        });
        assertThat(kept.isHeld()).isTrue();
        assertThat(replica.deploymentLock().tryAcquire(environment, CLUSTER, Duration.ZERO))
                .isEmpty();

        transaction.executeWithoutResult(status -> {
            kept.close();
            status.setRollbackOnly();
        });
        assertThat(replica.deploymentLock().tryAcquire(environment, CLUSTER, Duration.ZERO))
                .isPresent();
    }

    @ParameterizedTest
    @EnumSource
    void connections_without_auto_commit_are_refused_since_nothing_would_be_committed(Server server) {
        TestDatabase database = server.migratedDatabase();
        DataSource manual = Probe.intercept(database.dataSource(), (target, method, arguments, proceed) -> {
            Object result = proceed.call();
            if (result instanceof Connection connection && target instanceof DataSource) {
                turnOffAutoCommit(connection);
            }
            return result;
        });

        assertThatExceptionOfType(StoreException.class)
                .isThrownBy(() -> JdbcStores.on(manual))
                .withMessageContaining("auto-commit");
        assertThatExceptionOfType(StoreException.class)
                .isThrownBy(() -> JdbcStores.builder(database.dataSource())
                        .deploymentDataSource(manual)
                        .build())
                .withMessageContaining("auto-commit");
    }

    private static void turnOffAutoCommit(Connection connection) throws SQLException {
        connection.setAutoCommit(false);
    }

    private List<Namespace> findOutside(Host host) {
        return host.outside.namespaces().findByEnvironment(environment);
    }
}
