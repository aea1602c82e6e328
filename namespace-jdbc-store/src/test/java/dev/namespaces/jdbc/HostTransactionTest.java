package dev.namespaces.jdbc;

import static dev.namespaces.jdbc.DeploymentData.applied;
import static dev.namespaces.jdbc.DeploymentData.completion;
import static dev.namespaces.jdbc.DeploymentData.intents;
import static dev.namespaces.jdbc.DeploymentData.target;
import static dev.namespaces.testkit.TestData.CLUSTER;
import static dev.namespaces.testkit.TestData.NOW;
import static dev.namespaces.testkit.TestData.PROJECT;
import static dev.namespaces.testkit.TestData.aNamespace;
import static dev.namespaces.testkit.TestData.anEgressPolicy;
import static dev.namespaces.testkit.TestData.anEnvironment;
import static dev.namespaces.testkit.TestData.newEnvironmentId;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.namespaces.error.EgressPolicyOwnerTakenException;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.NamespaceNameTakenException;
import dev.namespaces.error.StaleVersionException;
import dev.namespaces.error.StoreException;
import dev.namespaces.model.DeploymentRecord;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.NamespaceId;
import dev.namespaces.model.Target;
import dev.namespaces.model.TargetObject;
import dev.namespaces.spi.BegunDeployment;
import dev.namespaces.spi.DeploymentLock.Lease;
import dev.namespaces.spi.NamespaceStore;
import dev.namespaces.spi.TargetObjectStore;
import dev.namespaces.testservers.OnDatabaseServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionSynchronizationManager;
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
            stores.namespaces().update(List.of(changed(kept), gone.deleted(NOW)));

            assertThat(host.stores.namespaces().findByEnvironments(List.of(environment)))
                    .hasSize(1);
            assertThat(findOutside(host)).isEmpty();
        });

        assertThat(findOutside(host)).extracting(Namespace::version).containsExactly(2L);
        assertThat(host.outside.environments().findByIds(List.of(environment))).hasSize(1);
        assertThat(host.outside.egressPolicies().findByOwners(List.of(PROJECT)))
                .containsExactly(anEgressPolicy().id("one").denyingAll().build());
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
            stores.namespaces().update(List.of(before.deleted(NOW)));
        });

        assertThat(findOutside(host)).containsExactly(before);
        assertThat(host.outside.environments().findByIds(List.of(environment))).isEmpty();
        assertThat(host.outside.egressPolicies().findByOwners(List.of(PROJECT))).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void what_was_deployed_stays_recorded_when_the_host_rolls_back(Server server) {
        TestDatabase database = server.migratedDatabase();
        Host host = new Host(database);
        JdbcStores stores = JdbcStores.builder(host.aware)
                .deploymentDataSource(database.dataSource())
                .build();
        Target target = target(environment);
        Target other = target(newEnvironmentId());

        host.rollBack(ignored -> {
            BegunDeployment begun = begin(stores, target, 0);
            assertThat(recordOf(host.outside, target).isComplete()).isFalse();
            stores.deployments().settle(begun, applied(begun, "f"));
            stores.deployments().complete(begun, completion("f"));
            stores.targetObjects().recordEnsured(CLUSTER, "ensured", "uid-of-ensured");
        });
        assertThat(recordOf(host.outside, target).completion()).isEqualTo(completion("f"));
        assertThat(host.outside.targetObjects().findByNamespaces(target, List.of("n-0")))
                .extracting(TargetObject::fingerprint)
                .containsExactly("f", "f");
        assertThat(host.outside.targetObjects().findByUids(CLUSTER, List.of("uid-of-ensured")))
                .hasSize(1);

        host.rollBack(ignored -> stores.deployments().forget(target));
        assertThat(recordOf(host.outside, target)).isEqualTo(new DeploymentRecord(target, 2, 0, null));

        host.rollBack(ignored -> {
            assertThat(stores.deployments().consume(Map.of(target, 0L, other, 0L)))
                    .isTrue();
            stores.targetObjects().release(target, List.of("n-0"));
            stores.targetObjects().move(target, other, "n-0", new NamespaceId("moved"));
        });
        assertThat(recordOf(host.outside, target).planSerial()).isEqualTo(3);
        assertThat(host.outside.targetObjects().findByNamespaces(other, List.of("n-0")))
                .hasSize(2);
    }

    @ParameterizedTest
    @EnumSource
    void a_deployment_is_not_recorded_in_the_hosts_transaction(Server server) {
        Host host = new Host(server);
        Target target = target(environment);
        Target other = target(newEnvironmentId());
        BegunDeployment begun = begin(host.stores, target, 0);
        DeploymentRecord before = recordOf(host.outside, target);

        host.rollBack(stores -> {
            for (ThrowingCallable write : List.<ThrowingCallable>of(
                    () -> stores.deployments().begin(target, 1, List.of()),
                    () -> stores.deployments().settle(begun, List.of()),
                    () -> stores.deployments().complete(begun, completion("f")),
                    () -> stores.deployments().forget(target),
                    () -> stores.deployments().consume(Map.of(target, 0L)),
                    () -> stores.targetObjects().recordEnsured(CLUSTER, "shop", "uid"),
                    () -> stores.targetObjects().release(target, List.of("n-0")),
                    () -> stores.targetObjects().move(target, other, "n-0", new NamespaceId("a")))) {
                assertThatExceptionOfType(StoreException.class)
                        .isThrownBy(write)
                        .withMessageContaining("deploymentDataSource")
                        .satisfies(error -> assertThat(error.isRetryable()).isFalse());
            }
            assertThat(recordOf(stores, target)).isEqualTo(before);
        });
        assertThat(recordOf(host.outside, target)).isEqualTo(before);
    }

    @ParameterizedTest
    @EnumSource
    void an_older_view_of_the_host_does_not_hide_a_newer_deployment_from_begin(Server server) {
        TestDatabase database = server.migratedDatabase();
        Host host = new Host(database);
        host.transaction.setIsolationLevel(TransactionDefinition.ISOLATION_REPEATABLE_READ);
        JdbcStores stores = JdbcStores.builder(host.aware)
                .deploymentDataSource(database.dataSource())
                .build();
        Target target = target(environment);
        begin(host.outside, target, 0);

        host.transaction.executeWithoutResult(status -> {
            assertThat(recordOf(stores, target).revision()).isEqualTo(1);
            begin(host.outside, target, 1);

            assertThat(stores.deployments().begin(target, 1, List.of())).isEmpty();
            assertThat(stores.deployments().begin(target, 2, List.of())).isPresent();
        });
    }

    @ParameterizedTest
    @EnumSource
    void reads_in_the_hosts_transaction_need_no_second_connection(Server server) {
        TestDatabase database = server.migratedDatabase();
        Target target = target(environment);
        begin(JdbcStores.on(database.dataSource()), target, 0);
        try (HikariDataSource pool = poolOfOne(database)) {
            JdbcStores stores = JdbcStores.builder(new TransactionAwareDataSourceProxy(pool))
                    .deploymentDataSource(pool)
                    .build();

            transactionOn(pool).executeWithoutResult(status -> {
                assertThat(stores.inHostTransaction()).isTrue();
                assertThat(recordOf(stores, target).revision()).isEqualTo(1);
                TargetObjectStore objects = stores.targetObjects();
                assertThat(objects.findByNamespaces(target, List.of("n-0"))).hasSize(2);
                assertThat(objects.findPage(target, null, 1)).hasSize(1);
                assertThat(objects.findByUids(CLUSTER, List.of("unknown"))).isEmpty();
            });
            assertThat(stores.inHostTransaction()).isFalse();
        }
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
                    .isThrownBy(() -> namespaces.update(List.of(
                            changed(standing),
                            aNamespace().like(standing).version(8).build())));
            stores.egressPolicies().save(anEgressPolicy().id("one").denyingAll().build());
            assertThatExceptionOfType(EgressPolicyOwnerTakenException.class)
                    .isThrownBy(() -> stores.egressPolicies()
                            .save(anEgressPolicy().id("two").denyingAll().build()));
            namespaces.insert(List.of(aNamespace().in(environment).name("last").build()));
        });

        assertThat(findOutside(host)).extracting(Namespace::name).containsExactly("first", "last", "standing");
        assertThat(findOutside(host)).extracting(Namespace::version).containsOnly(1L);
        assertThat(host.outside.egressPolicies().findByOwners(List.of(PROJECT)))
                .containsExactly(anEgressPolicy().id("one").denyingAll().build());
    }

    @ParameterizedTest
    @EnumSource
    void in_a_transaction_with_an_older_view_a_taken_name_is_still_named(Server server) {
        Host host = new Host(server);
        host.transaction.setIsolationLevel(TransactionDefinition.ISOLATION_REPEATABLE_READ);

        host.transaction.executeWithoutResult(status -> {
            NamespaceStore namespaces = host.stores.namespaces();
            assertThat(namespaces.findByEnvironments(List.of(environment))).isEmpty();
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
    void newer_releases_of_mariadb_refuse_an_older_view_and_a_retry_makes_sense() {
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
            assertThat(namespaces.findByIds(List.of(namespace.id()))).contains(namespace);
            host.outside.namespaces().update(List.of(changed(namespace)));

            // Some databases show the newer version to a transaction that writes. Others refuse, and the host has to
            // begin again.
            assertThatExceptionOfType(NamespaceException.class)
                    .isThrownBy(() -> namespaces.update(List.of(changed(namespace))))
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
    void the_lock_takes_no_part_in_the_hosts_transaction(Server server) {
        Host host = new Host(server);

        host.rollBack(stores -> assertThatExceptionOfType(StoreException.class)
                .isThrownBy(() -> stores.deploymentLock().tryAcquire(target(environment)))
                .withMessageContaining("deploymentDataSource")
                .satisfies(error -> assertThat(error.isRetryable()).isFalse()));
    }

    @ParameterizedTest
    @EnumSource
    void the_lock_is_held_and_released_although_the_host_rolls_back(Server server) {
        TestDatabase database = server.migratedDatabase();
        JdbcStores stores = JdbcStores.builder(new TransactionAwareDataSourceProxy(database.dataSource()))
                .deploymentDataSource(database.dataSource())
                .build();
        JdbcStores replica = JdbcStores.on(database.dataSource());
        TransactionTemplate transaction =
                new TransactionTemplate(new DataSourceTransactionManager(database.dataSource()));

        Lease kept = transaction.execute(status -> {
            Lease lease =
                    stores.deploymentLock().tryAcquire(target(environment)).orElseThrow();
            assertThat(replica.deploymentLock().tryAcquire(target(environment))).isEmpty();
            status.setRollbackOnly();
            return lease;
        });
        assertThat(kept.isHeld()).isTrue();
        assertThat(replica.deploymentLock().tryAcquire(target(environment))).isEmpty();

        transaction.executeWithoutResult(status -> {
            kept.close();
            status.setRollbackOnly();
        });
        assertThat(replica.deploymentLock().tryAcquire(target(environment))).isPresent();
    }

    @ParameterizedTest
    @EnumSource
    void connections_without_auto_commit_are_refused(Server server) {
        TestDatabase database = server.migratedDatabase();
        DataSource manual = withoutAutoCommit(database.dataSource());

        assertThatExceptionOfType(StoreException.class)
                .isThrownBy(() -> JdbcStores.on(manual))
                .withMessageContaining("auto-commit");
        assertThatExceptionOfType(StoreException.class)
                .isThrownBy(() -> JdbcStores.builder(database.dataSource())
                        .deploymentDataSource(manual)
                        .build())
                .withMessageContaining("auto-commit");
        assertThatExceptionOfType(StoreException.class)
                .isThrownBy(() -> JdbcStores.builder(manual)
                        .inHostTransaction(() -> false)
                        .build())
                .withMessageContaining("deploymentDataSource");
        assertThatExceptionOfType(StoreException.class)
                .isThrownBy(() -> JdbcStores.builder(manual)
                        .deploymentDataSource(database.dataSource())
                        .build())
                .withMessageContaining("inHostTransaction");
        assertThatExceptionOfType(StoreException.class)
                .isThrownBy(() -> JdbcStores.builder(manual)
                        .inHostTransaction(() -> false)
                        .deploymentDataSource(manual)
                        .build())
                .withMessageContaining("deploymentDataSource");
        assertThatExceptionOfType(StoreException.class)
                .isThrownBy(() -> JdbcStores.builder(manual)
                        .inHostTransaction(() -> true)
                        .deploymentDataSource(database.dataSource())
                        .build())
                .withMessageContaining("inside a transaction");
    }

    @ParameterizedTest
    @EnumSource
    void a_pool_without_auto_commit_works_if_the_host_tells_its_transactions(Server server) {
        TestDatabase database = server.migratedDatabase();
        HikariConfig config = new HikariConfig();
        config.setDataSource(database.dataSource());
        config.setAutoCommit(false);
        config.setMaximumPoolSize(1);
        try (HikariDataSource manual = new HikariDataSource(config)) {
            JdbcStores stores = JdbcStores.builder(new TransactionAwareDataSourceProxy(manual))
                    .inHostTransaction(TransactionSynchronizationManager::isActualTransactionActive)
                    .deploymentDataSource(database.dataSource())
                    .build();
            JdbcStores outside = JdbcStores.on(database.dataSource());
            Namespace one = aNamespace().in(environment).name("one").build();
            Namespace two = aNamespace().in(environment).name("two").build();
            Target target = target(environment);

            assertThat(stores.inHostTransaction()).isFalse();
            stores.namespaces().insert(List.of(one));
            assertThat(outside.namespaces().findByIds(List.of(one.id()))).containsExactly(one);
            assertThatExceptionOfType(NamespaceNameTakenException.class)
                    .isThrownBy(() -> stores.namespaces()
                            .insert(List.of(
                                    two, aNamespace().like(one).id("other").build())));
            assertThat(outside.namespaces().findByIds(List.of(two.id()))).isEmpty();

            transactionOn(manual).executeWithoutResult(status -> {
                assertThat(stores.inHostTransaction()).isTrue();
                stores.namespaces().insert(List.of(two));
                begin(stores, target, 0);
                assertThat(outside.namespaces().findByIds(List.of(two.id()))).isEmpty();
                status.setRollbackOnly();
            });
            assertThat(outside.namespaces().findByIds(List.of(two.id()))).isEmpty();
            assertThat(recordOf(outside, target).revision()).isEqualTo(1);

            transactionOn(manual)
                    .executeWithoutResult(status -> stores.namespaces().insert(List.of(two)));
            assertThat(outside.namespaces().findByIds(List.of(two.id()))).containsExactly(two);
        }
    }

    @ParameterizedTest
    @EnumSource
    void an_aware_data_source_shows_the_hosts_transaction(Server server) {
        TestDatabase database = server.migratedDatabase();
        Host host = new Host(database);
        JdbcStores deploymentsAware = JdbcStores.builder(database.dataSource())
                .deploymentDataSource(host.aware)
                .build();

        for (JdbcStores stores : List.of(host.stores, deploymentsAware)) {
            assertThat(stores.inHostTransaction()).isFalse();
            host.transaction.executeWithoutResult(status -> {
                assertThat(stores.inHostTransaction()).isTrue();
                assertThat(stores.stores().inHostTransaction()).isTrue();
            });
            assertThat(stores.inHostTransaction()).isFalse();
        }
        host.transaction.executeWithoutResult(
                status -> assertThat(host.outside.inHostTransaction()).isFalse());
    }

    @Test
    void the_host_tells_of_transactions_that_no_connection_shows() {
        TestDatabase database = Server.H2.migratedDatabase();
        TransactionTemplate transaction = transactionOn(database.dataSource());
        JdbcStores stores = JdbcStores.builder(database.dataSource())
                .inHostTransaction(TransactionSynchronizationManager::isActualTransactionActive)
                .build();

        assertThat(stores.inHostTransaction()).isFalse();
        transaction.executeWithoutResult(
                status -> assertThat(stores.inHostTransaction()).isTrue());
    }

    @Test
    void looking_for_a_transaction_takes_no_connection_of_a_plain_pool() throws SQLException {
        try (HikariDataSource pool = poolOfOne(Server.H2.migratedDatabase())) {
            JdbcStores stores = JdbcStores.on(pool);
            try (Connection onlyOne = pool.getConnection()) {
                assertThat(stores.inHostTransaction()).isFalse();
                assertThat(onlyOne.isClosed()).isFalse();
            }
        }
    }

    @Test
    void looking_for_a_transaction_gives_each_connection_back() {
        TestDatabase database = Server.H2.migratedDatabase();
        AtomicInteger taken = new AtomicInteger();
        AtomicInteger open = new AtomicInteger();
        JdbcStores stores =
                JdbcStores.on(Probe.intercept(database.dataSource(), (target, method, arguments, proceed) -> {
                    Object result = proceed.call();
                    if (target instanceof DataSource) {
                        taken.incrementAndGet();
                        open.incrementAndGet();
                    } else if (target instanceof Connection && method.getName().equals("close")) {
                        open.decrementAndGet();
                    }
                    return result;
                }));
        taken.set(0);

        assertThat(stores.inHostTransaction()).isFalse();

        assertThat(taken).hasValue(1);
        assertThat(open).hasValue(0);
    }

    @Test
    void a_transaction_that_cannot_be_looked_for_is_an_error() {
        TestDatabase database = Server.H2.migratedDatabase();
        AtomicBoolean gone = new AtomicBoolean();
        JdbcStores stores =
                JdbcStores.on(Probe.intercept(database.dataSource(), (target, method, arguments, proceed) -> {
                    if (target instanceof DataSource && gone.get()) {
                        throw new SQLException("unreachable", "08001");
                    }
                    return proceed.call();
                }));
        gone.set(true);

        assertThatExceptionOfType(StoreException.class)
                .isThrownBy(stores::inHostTransaction)
                .satisfies(error -> assertThat(error.isRetryable()).isTrue());
    }

    private static DataSource withoutAutoCommit(DataSource dataSource) {
        return Probe.intercept(dataSource, (target, method, arguments, proceed) -> {
            Object result = proceed.call();
            if (result instanceof Connection connection && target instanceof DataSource) {
                turnOffAutoCommit(connection);
            }
            return result;
        });
    }

    private static void turnOffAutoCommit(Connection connection) throws SQLException {
        connection.setAutoCommit(false);
    }

    private static HikariDataSource poolOfOne(TestDatabase database) {
        HikariConfig config = new HikariConfig();
        config.setDataSource(database.dataSource());
        config.setMaximumPoolSize(1);
        config.setConnectionTimeout(2_000);
        return new HikariDataSource(config);
    }

    private static TransactionTemplate transactionOn(DataSource dataSource) {
        return new TransactionTemplate(new DataSourceTransactionManager(dataSource));
    }

    private static BegunDeployment begin(JdbcStores stores, Target target, long revision) {
        return stores.deployments().begin(target, revision, intents(1)).orElseThrow();
    }

    private static DeploymentRecord recordOf(JdbcStores stores, Target target) {
        return stores.deployments().findByEnvironments(List.of(target.environmentId())).stream()
                .filter(record -> record.target().equals(target))
                .findFirst()
                .orElseThrow();
    }

    private static Namespace changed(Namespace namespace) {
        return namespace.changed(namespace.metadata(), namespace.annotations(), namespace.updatedAt());
    }

    private List<Namespace> findOutside(Host host) {
        return host.outside.namespaces().findByEnvironments(List.of(environment));
    }
}
