package dev.namespaces.spring;

import static dev.namespaces.testkit.TestData.anEnvironment;
import static dev.namespaces.testkit.TestData.newEnvironmentId;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.namespaces.core.LifecycleClosedException;
import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.core.deploy.DeploymentFailedException;
import dev.namespaces.core.deploy.DeploymentReport;
import dev.namespaces.error.HostTransactionException;
import dev.namespaces.error.StoreException;
import dev.namespaces.fabric8.Fabric8ClusterGateway;
import dev.namespaces.jackson.NamespacesModule;
import dev.namespaces.jdbc.JdbcSchema;
import dev.namespaces.jdbc.JdbcStores;
import dev.namespaces.model.Environment;
import dev.namespaces.model.Target;
import dev.namespaces.spi.ClusterGateway;
import dev.namespaces.spi.DeploymentLock.Lease;
import dev.namespaces.spi.EgressPolicyStore;
import dev.namespaces.spi.EnvironmentStore;
import dev.namespaces.spi.LifecycleEvent;
import dev.namespaces.spi.LifecycleListener;
import dev.namespaces.spi.NamespaceInitializer;
import dev.namespaces.spi.Stores;
import dev.namespaces.testkit.FakeClusters;
import dev.namespaces.testkit.Faults;
import dev.namespaces.testkit.InMemoryStores;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import javax.sql.DataSource;
import org.assertj.core.util.Throwables;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.context.SmartLifecycle;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.io.support.SpringFactoriesLoader;
import org.springframework.core.io.support.SpringFactoriesLoader.ArgumentResolver;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.scheduling.concurrent.ExecutorConfigurationSupport;
import org.springframework.transaction.support.TransactionTemplate;

class AutoConfigurationTest {

    @Test
    void every_bean_exists_without_a_bean_of_the_host() {
        Host.withDatabase().run(host -> {
            assertThat(host)
                    .hasNotFailed()
                    .hasSingleBean(JdbcStores.class)
                    .hasSingleBean(Stores.class)
                    .hasSingleBean(NamespaceLifecycle.class)
                    .hasSingleBean(NamespacesModule.class);
            assertThat(host.getBean(ClusterGateway.class)).isInstanceOf(Fabric8ClusterGateway.class);
            assertThat(host.getBean(NamespaceInitializer.class))
                    .isSameAs(host.getBean(NamespaceLifecycle.class).initializer());
        });
    }

    @Test
    void an_environment_is_deployed_and_listeners_hear_of_it() {
        List<LifecycleEvent> events = new CopyOnWriteArrayList<>();
        Host.withFakes()
                .withBean(LifecycleListener.class, () -> events::add)
                .withBean(
                        NamespaceLifecycleCustomizer.class,
                        () -> lifecycle -> lifecycle.listenerExecutor(Runnable::run))
                .run(host -> {
                    Environment dev = Host.store(host);

                    host.getBean(NamespaceLifecycle.class).deploy(dev.id());

                    assertThat(host.getBean(FakeClusters.class).cluster("eu-1").objects("Namespace"))
                            .hasSize(1);
                    assertThat(events).hasAtLeastOneElementOfType(LifecycleEvent.DeploymentCompleted.class);
                });
    }

    @Test
    void the_stores_of_the_host_replace_ours() {
        Stores own = new InMemoryStores().stores();
        Host.withFakes()
                .withBean(Stores.class, () -> own)
                .run(host -> assertThat(host)
                        .doesNotHaveBean(JdbcStores.class)
                        .getBean(Stores.class)
                        .isSameAs(own));
    }

    @ParameterizedTest
    @MethodSource
    <T> void a_bean_of_the_host_replaces_ours(Class<T> type, T bean) {
        Host.withDatabase()
                .withBean("own", type, () -> bean)
                .run(host -> assertThat(host).getBean(type).isSameAs(bean));
    }

    static List<Arguments> a_bean_of_the_host_replaces_ours() {
        NamespaceLifecycle lifecycle = NamespaceLifecycle.builder(FakeClusters.any(), new InMemoryStores().stores())
                .build();
        DataSource database = new Host.Database().dataSource();
        JdbcSchema.migrate(database);
        return List.of(
                arguments(ClusterGateway.class, FakeClusters.any()),
                arguments(JdbcStores.class, JdbcStores.on(database)),
                arguments(NamespaceLifecycle.class, lifecycle),
                arguments(NamespaceInitializer.class, lifecycle.initializer()),
                arguments(NamespacesModule.class, new NamespacesModule()));
    }

    @Test
    void a_single_store_of_the_host_replaces_our_store() {
        Stores own = new InMemoryStores().stores();
        Host.withFakes()
                .withBean(EnvironmentStore.class, own::environments)
                .withBean(EgressPolicyStore.class, own::egressPolicies)
                .run(host -> {
                    Stores stores = host.getBean(Stores.class);

                    assertThat(stores.environments()).isSameAs(own.environments());
                    assertThat(stores.egressPolicies()).isSameAs(own.egressPolicies());
                    assertThat(stores.namespaces())
                            .isSameAs(host.getBean(JdbcStores.class).namespaces());
                });
    }

    @Test
    void a_rollback_of_the_host_undoes_what_the_stores_wrote() {
        Host.withFakes().run(host -> {
            transaction(host).executeWithoutResult(status -> {
                Host.store(host);
                status.setRollbackOnly();
            });

            assertThat(host.getBean(Stores.class).environments().findIds(null, 1))
                    .isEmpty();
        });
    }

    @Test
    void a_deployment_in_a_transaction_of_the_host_is_refused() {
        Host.withFakes().run(host -> {
            Environment dev = Host.store(host);
            NamespaceLifecycle lifecycle = host.getBean(NamespaceLifecycle.class);

            assertThatExceptionOfType(HostTransactionException.class)
                    .isThrownBy(() -> transaction(host).executeWithoutResult(status -> lifecycle.deploy(dev.id())));
        });
    }

    @Test
    void the_start_fails_if_the_host_was_to_create_the_tables() {
        Host.withFakes()
                .withPropertyValues("namespaces.jdbc.schema=validate")
                .run(host -> assertThat(host)
                        .getFailure()
                        .rootCause()
                        .isInstanceOf(StoreException.class)
                        .hasMessageContaining("the schema was never migrated"));
    }

    @ParameterizedTest
    @CsvSource({
        "namespaces.jdbc.lease, 5ms",
        "namespaces.jdbc.table-prefix, No!",
        "namespaces.lifecycle.lock-wait, -1s",
        "namespaces.lifecycle.parallelism-per-cluster, 0",
        "namespaces.lifecycle.label-domain, not a domain",
        "namespaces.shutdown.timeout, -1s",
        "namespaces.health.timeout, -1s",
        "namespaces.health.timeout, 0s",
        "namespaces.gateway.call-timeout, 0s",
        "namespaces.gateway.call-timeout, -1s",
        "namespaces.lifecycle.gateway-call-limit, 0s",
        "namespaces.lifecycle.conflict-limit, 0s",
        "namespaces.lifecycle.late-write-limit, 0s",
        "namespaces.lifecycle.greatest-record-age, 0s",
        "namespaces.lifecycle.plan-validity, 0s",
        "namespaces.lifecycle.deletion-cap, -1",
        "namespaces.lifecycle.initializer-memory, 0s",
        "namespaces.lifecycle.parallelism-per-cluster, -1",
    })
    void a_value_that_is_refused_fails_the_start_with_its_path(String property, String value) {
        Host.withDatabase()
                .withPropertyValues(property + "=" + value)
                .run(host -> assertThat(host)
                        .getFailure()
                        .rootCause()
                        .isInstanceOfSatisfying(
                                InvalidConfigurationPropertyValueException.class,
                                failure -> assertThat(failure.getName()).isEqualTo(property)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "namespaces.jdbc.lease",
                "namespaces.gateway.call-timeout",
                "namespaces.lifecycle.lock-wait",
                "namespaces.lifecycle.gateway-call-limit",
                "namespaces.lifecycle.conflict-limit",
                "namespaces.lifecycle.late-write-limit",
                "namespaces.lifecycle.greatest-record-age",
                "namespaces.lifecycle.plan-validity",
                "namespaces.lifecycle.initializer-memory",
                "namespaces.shutdown.timeout",
                "namespaces.health.timeout",
            })
    void a_time_that_does_not_fit_in_a_clock_is_refused_with_its_path(String property) {
        for (String time : List.of("PT9223372036854775807S", "PT-9223372036854775808S", "36501d")) {
            Host.withDatabase()
                    .withPropertyValues(property + "=" + time)
                    .run(host -> assertThat(host)
                            .getFailure()
                            .rootCause()
                            .isInstanceOfSatisfying(
                                    InvalidConfigurationPropertyValueException.class,
                                    failure -> assertThat(failure.getName()).isEqualTo(property)));
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    eu-1             | context=c
                    eu-1             | kubeconfig=/k,context=c,client=own
                    eu-1.context     | kubeconfig=/k
                    eu-1.client      | client=missing
                    eu-1.token-file  | api-server=https://eu
                    eu-1.token-file  | kubeconfig=/k,context=c,token-file=/t
                    eu-1.ca-file     | kubeconfig=/k,context=c,ca-file=/c
                    eu-1.context     | api-server=https://eu,token-file=/t,context=c
                    eu-1.exec-plugins| api-server=https://eu,token-file=/t,exec-plugins=false
                    eu-1.context     | client=own,context=c
                    eu-1.exec-plugins| client=own,exec-plugins=false
                    eu-1.token-file  | client=own,token-file=/t
                    eu-1.ca-file     | client=own,ca-file=/c
                    eu-1.api-server  | api-server=http://eu,token-file=/t
                    eu-1.api-server  | api-server=https:eu,token-file=/t
                    eu-1.api-server  | api-server=https:///eu,token-file=/t
                    eu-1.api-server  | api-server=https://:6443,token-file=/t
                    eu-1.api-server  | api-server=https://eu:65536,token-file=/t
                    eu-1.api-server  | api-server=https://eu:0,token-file=/t
                    eu-1             | api-server=https://user:secret@eu,token-file=/t
                    eu-1.api-server  | api-server=https://eu?x=y,token-file=/t
                    eu-1.api-server  | api-server=https://eu/#x,token-file=/t
                    eu-1.api-server  | api-server=https://e u,token-file=/t
                    eu-1.api-server  | api-server=https://eu/a b,token-file=/t
                    """)
    void a_cluster_that_cannot_be_reached_fails_the_start_with_its_path(String path, String properties) {
        Host.withDatabase()
                .withPropertyValues(properties
                        .lines()
                        .flatMap(line -> List.of(line.split(",")).stream())
                        .map(property -> "namespaces.clusters.eu-1." + property)
                        .toArray(String[]::new))
                .run(host -> assertThat(host)
                        .getFailure()
                        .rootCause()
                        .isInstanceOfSatisfying(
                                InvalidConfigurationPropertyValueException.class,
                                failure -> assertThat(failure.getName()).isEqualTo("namespaces.clusters." + path)));
    }

    @Test
    void an_api_server_that_is_no_url_fails_the_start_with_its_path() {
        Host.withDatabase()
                .withPropertyValues(
                        "namespaces.clusters.eu-1.api-server=https://", "namespaces.clusters.eu-1.token-file=/t")
                .run(host -> assertThat(host)
                        .getFailure()
                        .cause()
                        .hasStackTraceContaining("namespaces.clusters.eu-1.api-server"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"https://eu", "HTTPS://10.0.0.1:6443/", "https://[::1]:6443", "https://eu/clusters/c-1"})
    void the_url_of_an_api_server_may_have_a_port_and_a_path(String url) {
        Host.withDatabase()
                .withPropertyValues(
                        "namespaces.clusters.eu-1.api-server=" + url, "namespaces.clusters.eu-1.token-file=/t")
                .run(host -> assertThat(host).hasNotFailed());
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://user:secret@eu", "https://user:secret@eu", "https://user:secret/1@eu", "secret@eu"})
    void a_failed_start_shows_no_password_of_a_url(String url) {
        Host.withDatabase()
                .withPropertyValues(
                        "namespaces.clusters.eu-1.api-server=" + url, "namespaces.clusters.eu-1.token-file=/t")
                .run(host -> assertThat(host).getFailure().satisfies(failure -> {
                    assertThat(Throwables.getStackTrace(failure))
                            .contains("namespaces.clusters.eu-1.api-server must not have a user or a password")
                            .doesNotContain("secret");
                    assertThat(analyses(failure, Map.of("namespaces.clusters.eu-1.api-server", url)))
                            .noneMatch(text -> text.contains("secret"));
                }));
    }

    /** Returns what Spring Boot prints about the failure. */
    private static List<String> analyses(Throwable failure, Map<String, Object> properties) {
        StandardEnvironment environment = new StandardEnvironment();
        environment.getPropertySources().addFirst(new MapPropertySource("test", properties));
        List<FailureAnalyzer> analyzers = SpringFactoriesLoader.forDefaultResourceLocation()
                .load(
                        FailureAnalyzer.class,
                        ArgumentResolver.of(org.springframework.core.env.Environment.class, environment),
                        // Others need a bean factory, and are about beans.
                        (type, name, cause) -> {});
        assertThat(analyzers).isNotEmpty();
        return analyzers.stream()
                .map(analyzer -> analyzer.analyze(failure))
                .filter(Objects::nonNull)
                .map(FailureAnalysis::getDescription)
                .toList();
    }

    @Test
    void a_blank_setting_of_a_cluster_is_one_that_is_not_set() {
        Host.withDatabase()
                .withBean("eu", KubernetesClient.class, () -> new KubernetesClientBuilder().build())
                .withPropertyValues(
                        "namespaces.clusters.eu-1.client=eu",
                        "namespaces.clusters.eu-1.kubeconfig=",
                        "namespaces.clusters.eu-1.context=",
                        "namespaces.clusters.eu-1.exec-plugins=",
                        "namespaces.clusters.eu-1.api-server=",
                        "namespaces.clusters.eu-1.token-file=",
                        "namespaces.clusters.eu-1.ca-file=")
                .run(host -> assertThat(host).hasNotFailed());
    }

    @Test
    void a_deployment_under_way_is_stopped_with_its_lock_by_a_shutdown() {
        Host.withFakes().run(host -> {
            Environment dev = Host.store(host);
            NamespaceLifecycle lifecycle = host.getBean(NamespaceLifecycle.class);
            Faults.Fault slow =
                    host.getBean(FakeClusters.class).faults().on(call -> true).block();
            AtomicReference<Throwable> thrown = new AtomicReference<>();
            Thread caller = new Thread(() -> thrown.set(catchThrowable(() -> lifecycle.deploy(dev.id()))));
            caller.start();
            slow.awaitHits(1);

            ((SmartLifecycle) host.getBean("namespaceLifecycleShutdown")).stop();

            caller.join(30_000);
            assertThat(thrown.get())
                    .isInstanceOfSatisfying(
                            DeploymentFailedException.class,
                            failure -> assertThat(failure.report().failures())
                                    .hasOnlyElementsOfType(LifecycleClosedException.class));
            Target target = dev.targets().iterator().next();
            assertThat(host.getBean(Stores.class).deploymentLock().tryAcquire(target))
                    .hasValueSatisfying(Lease::close);
        });
    }

    @Test
    void a_part_that_ends_with_the_executors_of_the_host_can_still_deploy() {
        Host.withFakes().withBean(LastDeployment.class).run(host -> {
            Host.store(host);
            LastDeployment last = host.getBean(LastDeployment.class);

            host.close();

            assertThat(last.report.succeeded()).isTrue();
        });
    }

    @Test
    void the_lifecycle_is_closed_if_the_start_fails_after_it_was_built() {
        AtomicReference<NamespaceLifecycle> built = new AtomicReference<>();
        Host.withFakes()
                .withBean(AtomicReference.class, () -> built)
                .withBean(FailingStart.class)
                .run(host -> assertThat(host).getFailure().hasMessage("of the host"));

        assertThatExceptionOfType(LifecycleClosedException.class)
                .isThrownBy(() -> built.get().deploy(newEnvironmentId()));
    }

    private static TransactionTemplate transaction(BeanFactory host) {
        return new TransactionTemplate(host.getBean(DataSourceTransactionManager.class));
    }

    /** Deploys when Spring also stops its task executors. */
    static final class LastDeployment implements SmartLifecycle {

        private final NamespaceLifecycle lifecycle;
        private volatile boolean running;
        private DeploymentReport report;

        LastDeployment(NamespaceLifecycle lifecycle) {
            this.lifecycle = lifecycle;
        }

        @Override
        public void start() {
            running = true;
        }

        @Override
        public void stop() {
            running = false;
            report = lifecycle.deploy(anEnvironment().build().id());
        }

        @Override
        public boolean isRunning() {
            return running;
        }

        @Override
        public int getPhase() {
            return ExecutorConfigurationSupport.DEFAULT_PHASE;
        }
    }

    /** Fails after all beans were built. */
    static final class FailingStart implements SmartInitializingSingleton {

        FailingStart(NamespaceLifecycle lifecycle, AtomicReference<NamespaceLifecycle> built) {
            built.set(lifecycle);
        }

        @Override
        public void afterSingletonsInstantiated() {
            throw new IllegalStateException("of the host");
        }
    }
}
