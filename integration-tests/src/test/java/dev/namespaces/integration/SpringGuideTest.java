package dev.namespaces.integration;

import static dev.namespaces.testkit.TestData.anEnvironment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.task.schedule.Schedules;
import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.core.deploy.AdoptionPolicy;
import dev.namespaces.core.deploy.DeploymentReport;
import dev.namespaces.core.request.NamespaceRequest;
import dev.namespaces.dbscheduler.SchedulerSchema;
import dev.namespaces.dbscheduler.TargetScheduler;
import dev.namespaces.dbscheduler.Urgency;
import dev.namespaces.error.HostTransactionException;
import dev.namespaces.fabric8.Fabric8ClusterGateway;
import dev.namespaces.jdbc.JdbcSchema;
import dev.namespaces.jdbc.JdbcStores;
import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Namespace;
import dev.namespaces.spi.ClusterGateway;
import dev.namespaces.spi.LifecycleListener;
import dev.namespaces.spi.Stores;
import dev.namespaces.spring.NamespaceLifecycleCustomizer;
import dev.namespaces.spring.NamespacesTest;
import dev.namespaces.spring.TargetSchedulerCustomizer;
import dev.namespaces.testkit.FakeClusters;
import dev.namespaces.testkit.InMemoryStores;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.LocalTime;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.UnsatisfiedDependencyException;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.properties.bind.BindHandler;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.handler.NoUnboundElementsBindHandler;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Primary;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.io.ByteArrayResource;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;
import org.springframework.scheduling.annotation.Async;
import org.springframework.scheduling.annotation.EnableAsync;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.event.TransactionalEventListener;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

/** The code of the guide to Spring is this class's code. */
@Timeout(60)
class SpringGuideTest {

    private static final Logger log = LoggerFactory.getLogger(SpringGuideTest.class);
    private static final GuidePage PAGE = GuidePage.of("docs/spring.md");
    private static final Pattern PROPERTY_ROW = Pattern.compile("(?m)^\\| `(namespaces\\.[^`]+)` \\|");

    private final Environment environment = anEnvironment().id("shop-dev").build();

    @Test
    void a_namespace_is_deployed_after_its_commit() {
        try (ConfigurableApplicationContext host = start(Fakes.class, Shop.class)) {
            assertThat(host.getBean(Shop.class).open(environment.id()).failures())
                    .isEmpty();

            assertThat(namespaces(host)).isEqualTo(1);
        }
    }

    @Test
    void a_deployment_inside_of_a_transaction_is_refused() {
        try (ConfigurableApplicationContext host = start(Fakes.class)) {
            assertThatExceptionOfType(HostTransactionException.class)
                    .isThrownBy(() -> host.getBean(TransactionTemplate.class)
                            .executeWithoutResult(status ->
                                    host.getBean(NamespaceLifecycle.class).deploy(environment.id())));
        }
    }

    @Test
    void a_listener_deploys_on_a_thread_of_its_own_after_the_commit() {
        try (ConfigurableApplicationContext host = start(Fakes.class, Threads.class, ShopWithEvents.class)) {
            host.getBean(ShopWithEvents.class).open(environment.id());

            await().until(() -> namespaces(host) == 1);
        }
    }

    @Test
    void a_scheduler_deploys_what_a_transaction_has_scheduled() {
        try (ConfigurableApplicationContext host =
                start(Fakes.class, SchedulerOfTheHost.class, ShopWithScheduler.class)) {
            host.getBean(ShopWithScheduler.class).open(environment.id());
            host.getBean(Scheduler.class).triggerCheckForDueExecutions();

            await().until(() -> namespaces(host) == 1);
        }
    }

    @Test
    void beans_of_the_host_change_the_lifecycle() {
        try (ConfigurableApplicationContext host = start(Fakes.class, Changes.class)) {
            assertThat(host.getBeansOfType(LifecycleListener.class)).hasSize(1);
            assertThat(host.getBeansOfType(NamespaceLifecycleCustomizer.class)).hasSize(1);
        }
    }

    @Test
    void the_primary_of_several_data_sources_has_the_tables() {
        try (ConfigurableApplicationContext host =
                run(Map.of(), Fakes.class, TwoDatabases.class, PrimaryDatabase.class)) {
            assertThat(tables(host, "primary")).contains("NS_NAMESPACES");
            assertThat(tables(host, "platform")).isEmpty();
            assertThat(tables(host, "reports")).isEmpty();
        }
    }

    @Test
    void there_is_no_lifecycle_without_a_primary_data_source() {
        try (ConfigurableApplicationContext host = run(Map.of(), Fakes.class, TwoDatabases.class)) {
            assertThat(host.getBeansOfType(Stores.class)).isEmpty();
            assertThat(host.getBeansOfType(NamespaceLifecycle.class)).isEmpty();
            assertThat(host.getBeansOfType(TargetScheduler.class)).isEmpty();
        }
        assertThatExceptionOfType(UnsatisfiedDependencyException.class)
                .isThrownBy(() -> run(Map.of(), Fakes.class, TwoDatabases.class, ShopFront.class))
                .withMessageContaining("No qualifying bean of type '" + NamespaceLifecycle.class.getName() + "'");
    }

    @Test
    void stores_of_the_host_are_on_the_data_source_of_its_choice() {
        try (ConfigurableApplicationContext host =
                run(Map.of(), Fakes.class, TwoDatabases.class, ChosenDatabase.class)) {
            NamespaceLifecycle lifecycle = host.getBean(NamespaceLifecycle.class);
            TransactionTemplate transaction = new TransactionTemplate(host.getBean(PlatformTransactionManager.class));
            TransactionTemplate ofReports = new TransactionTemplate(
                    new DataSourceTransactionManager(host.getBean("reports", DataSource.class)));
            JdbcStores.on(host.getBean("platform", DataSource.class))
                    .environments()
                    .save(environment);

            lifecycle.create(NamespaceRequest.of(environment.id(), "shop-web"));
            transaction.executeWithoutResult(status -> {
                lifecycle.create(NamespaceRequest.of(environment.id(), "shop-jobs"));
                status.setRollbackOnly();
            });

            assertThat(host.getBean(Stores.class).namespaces().findByEnvironments(List.of(environment.id())))
                    .extracting(Namespace::name)
                    .containsExactly("shop-web");
            assertThat(List.of(transaction, ofReports))
                    .allSatisfy(each -> assertThatExceptionOfType(HostTransactionException.class)
                            .isThrownBy(() -> each.executeWithoutResult(status -> lifecycle.deploy(environment.id()))));
            assertThat(host.getBeansOfType(TargetScheduler.class)).isEmpty();
            assertThat(tables(host, "platform")).contains("NS_NAMESPACES");
            assertThat(tables(host, "reports")).isEmpty();
        }
    }

    @Test
    void the_properties_of_the_guide_are_bound_and_none_is_unknown() throws Exception {
        EnumerablePropertySource<?> yaml = (EnumerablePropertySource<?>) new YamlPropertySourceLoader()
                .load(
                        "guide",
                        new ByteArrayResource(
                                PAGE.block("yaml: SpringGuideTest clusters").getBytes(StandardCharsets.UTF_8)))
                .get(0);
        Map<String, Object> properties = new HashMap<>();
        for (String name : yaml.getPropertyNames()) {
            properties.put(name, yaml.getProperty(name));
        }

        new Binder(ConfigurationPropertySource.from(yaml))
                .bind(
                        "namespaces",
                        Bindable.of(Class.forName("dev.namespaces.spring.NamespacesProperties")),
                        new NoUnboundElementsBindHandler(BindHandler.DEFAULT));
        try (ConfigurableApplicationContext host = start(properties)) {
            assertThat(host.getBean(ClusterGateway.class)).isInstanceOf(Fabric8ClusterGateway.class);
        }
    }

    @Test
    void the_guide_names_every_property_and_no_other() throws IOException {
        Set<String> expected = new HashSet<>();
        try (InputStream metadata =
                NamespacesTest.class.getResourceAsStream("/META-INF/spring-configuration-metadata.json")) {
            new ObjectMapper()
                    .readTree(metadata)
                    .get("properties")
                    .forEach(property -> expected.add(property.get("name").asText()));
        }
        expected.removeIf(name -> !name.startsWith("namespaces.") || name.equals("namespaces.clusters"));

        assertThat(PROPERTY_ROW.matcher(PAGE.text()).results().map(row -> row.group(1)))
                .containsExactlyInAnyOrderElementsOf(expected);
    }

    private static int namespaces(ConfigurableApplicationContext host) {
        return host.getBean(FakeClusters.class)
                .cluster("eu-1")
                .objects("Namespace")
                .size();
    }

    private static List<String> tables(ConfigurableApplicationContext host, String database) {
        return JdbcClient.create(host.getBean(database, DataSource.class))
                .sql("SELECT table_name FROM information_schema.tables WHERE table_schema = 'PUBLIC'")
                .query(String.class)
                .list();
    }

    private ConfigurableApplicationContext start(Class<?>... beans) {
        return start(Map.of(), beans);
    }

    /** Starts a host with that database and with the environment. */
    private ConfigurableApplicationContext start(Map<String, Object> properties, Class<?>... beans) {
        ConfigurableApplicationContext host = run(properties, beans);
        host.getBean(JdbcStores.class).environments().save(environment);
        return host;
    }

    private static ConfigurableApplicationContext run(Map<String, Object> properties, Class<?>... beans) {
        return new SpringApplicationBuilder(Application.class)
                .sources(beans)
                .web(WebApplicationType.NONE)
                .properties("spring.main.banner-mode=off", "spring.datasource.url=jdbc:h2:mem:" + UUID.randomUUID())
                // Within one build, the Flyway of the stores still has its own name, and Boot would start it.
                .properties("spring.flyway.enabled=false")
                .properties(properties)
                .run();
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {}

    @Configuration(proxyBeanMethods = false)
    static class Fakes {

        @Bean
        FakeClusters clusters() {
            return FakeClusters.any();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class TwoDatabases {

        @Bean
        DataSource platform() {
            return database();
        }

        @Bean
        DataSource reports() {
            return database();
        }

        static DataSource database() {
            return new DriverManagerDataSource("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1");
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class PrimaryDatabase {

        @Bean
        @Primary
        DataSource primary() {
            return TwoDatabases.database();
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAsync
    static class Threads {}

    // spotless:off
    // begin: commit
    /** Opens shops. Its method is not @Transactional: the deployment begins after the commit. */
    static class Shop {

        private final NamespaceLifecycle lifecycle;
        private final TransactionTemplate transaction;

        Shop(NamespaceLifecycle lifecycle, TransactionTemplate transaction) {
            this.lifecycle = lifecycle;
            this.transaction = transaction;
        }

        DeploymentReport open(EnvironmentId environment) {
            transaction.executeWithoutResult(status -> {
                // your own tables, too
                lifecycle.create(NamespaceRequest.of(environment, "shop-web"));
            });
            return lifecycle.deploy(environment);
        }
    }
    // end: commit

    // begin: listener
    static class ShopWithEvents {

        record Opened(EnvironmentId environment) {}

        private final NamespaceLifecycle lifecycle;
        private final ApplicationEventPublisher events;

        ShopWithEvents(NamespaceLifecycle lifecycle, ApplicationEventPublisher events) {
            this.lifecycle = lifecycle;
            this.events = events;
        }

        @Transactional
        public void open(EnvironmentId environment) {
            lifecycle.create(NamespaceRequest.of(environment, "shop-web"));
            events.publishEvent(new Opened(environment));
        }

        @Async // without it, the thread still counts as inside of the transaction, and the deployment is refused
        @TransactionalEventListener
        public void deploy(Opened opened) {
            lifecycle.deploy(opened.environment());
        }
    }
    // end: listener

    @Configuration(proxyBeanMethods = false)
    static class SchedulerOfTheHost {

        // begin: own-scheduler
        @Bean(initMethod = "start", destroyMethod = "stop")
        Scheduler scheduler(DataSource dataSource, TargetScheduler targets) {
            SchedulerSchema.migrate(dataSource); // or your own migration
            return targets.customize(Scheduler.create(dataSource)).threads(20).build();
        }

        @Bean
        TargetSchedulerCustomizer round() {
            return targets -> targets.round(Schedules.daily(LocalTime.of(1, 0)), Duration.ofHours(4));
        }
        // end: own-scheduler
    }

    static class ShopWithScheduler {

        private final NamespaceLifecycle lifecycle;
        private final TargetScheduler targets;

        ShopWithScheduler(NamespaceLifecycle lifecycle, TargetScheduler targets) {
            this.lifecycle = lifecycle;
            this.targets = targets;
        }

        // begin: schedule
        @Transactional
        public void open(EnvironmentId environment) {
            lifecycle.create(NamespaceRequest.of(environment, "shop-web"));
            targets.schedule(environment, Urgency.PERSON);
        }
        // end: schedule
    }

    @Configuration(proxyBeanMethods = false)
    static class Changes {

        // begin: changes
        @Bean
        NamespaceLifecycleCustomizer adoption() {
            return lifecycle -> lifecycle.adoption(AdoptionPolicy.ALWAYS);
        }

        @Bean
        LifecycleListener log() {
            return event -> log.info("{}", event);
        }
        // end: changes
    }

    @Configuration(proxyBeanMethods = false)
    static class ChosenDatabase {

        // begin: several-data-sources
        @Bean
        Stores stores(@Qualifier("platform") DataSource platform) {
            JdbcSchema.migrate(platform); // or your own migration
            return JdbcStores.builder(new TransactionAwareDataSourceProxy(platform))
                    .deploymentDataSource(platform)
                    .inHostTransaction(TransactionSynchronizationManager::isActualTransactionActive)
                    .build()
                    .stores();
        }

        @Bean
        PlatformTransactionManager transactionManager(@Qualifier("platform") DataSource platform) {
            return new DataSourceTransactionManager(platform);
        }
        // end: several-data-sources
    }

    @Nested
    // begin: slice
    @NamespacesTest
    @Import(ShopFront.class)
    class ShopTest {

        @Autowired
        private InMemoryStores stores;

        @Autowired
        private FakeClusters clusters;

        @Autowired
        private ShopFront shop;

        @Test
        void a_shop_has_a_namespace() {
            Environment dev = anEnvironment().id("shop-dev").build();
            stores.environments().save(dev);

            shop.open(dev.id());

            assertThat(clusters.cluster("eu-1").objects("Namespace")).hasSize(1);
        }
    }
    // end: slice
    // spotless:on

    static class ShopFront {

        private final NamespaceLifecycle lifecycle;

        ShopFront(NamespaceLifecycle lifecycle) {
            this.lifecycle = lifecycle;
        }

        void open(EnvironmentId environment) {
            lifecycle.create(NamespaceRequest.of(environment, "shop-web"));
            lifecycle.deploy(environment);
        }
    }
}
