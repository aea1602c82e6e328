package dev.namespaces.spring;

import static dev.namespaces.testkit.TestData.aNamespace;
import static dev.namespaces.testkit.TestData.anEnvironment;
import static org.assertj.core.api.Assertions.assertThat;

import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.core.deploy.DeploymentFailedException;
import dev.namespaces.core.deploy.DeploymentReport;
import dev.namespaces.jdbc.JdbcSchema;
import dev.namespaces.jdbc.JdbcStores;
import dev.namespaces.model.DeploymentRecord;
import dev.namespaces.model.Environment;
import dev.namespaces.spi.DeploymentLock.Lease;
import dev.namespaces.testservers.ChildJvm;
import dev.namespaces.testservers.DatabaseAddress;
import dev.namespaces.testservers.HeldRequest;
import dev.namespaces.testservers.HttpProxy;
import dev.namespaces.testservers.KubeApiServer;
import dev.namespaces.testservers.OnDatabaseServer;
import dev.namespaces.testservers.OnRealCluster;
import dev.namespaces.testservers.PostgresServer;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.ds.PGSimpleDataSource;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcTemplate;

/**
 * An application in a JVM of its own, with a real database and a real API server, gets SIGTERM in the middle of a
 * deployment: a policy is on its way, and a proxy holds it.
 */
@OnRealCluster
@OnDatabaseServer
@Timeout(120)
class SigtermTest {

    private static final Environment ENVIRONMENT =
            anEnvironment().id("shop-dev").cluster("eu-1").build();
    private static final String API = "shop-dev-api";
    private static final String WEB = "shop-dev-web";

    /** How long the shutdown would wait for a call that does not end. */
    private static final Duration SHUTDOWN_TIMEOUT = Duration.ofSeconds(20);

    @TempDir
    private Path directory;

    private KubeApiServer server;
    private String url;
    private DataSource database;
    private JdbcStores stores;

    @BeforeEach
    void store(KubeApiServer cluster) {
        server = cluster;
        DatabaseAddress address = PostgresServer.shared(18).newDatabase();
        url = address.jdbcUrl() + "?user=" + address.user() + "&password=" + address.password();
        database = database(url);
        JdbcSchema.migrate(database);
        stores = JdbcStores.on(database);
        stores.environments().save(ENVIRONMENT);
        stores.namespaces()
                .insert(List.of(
                        aNamespace().in(ENVIRONMENT).name(API).build(),
                        aNamespace().in(ENVIRONMENT).name(WEB).build()));
    }

    @Test
    void the_caller_gets_its_answer_and_the_next_start_deploys_the_rest() throws IOException {
        HeldRequest policy =
                new HeldRequest(exchange -> exchange.getRequestMethod().equals("POST")
                        && exchange.getRequestURI().getPath().endsWith("/" + WEB + "/networkpolicies"));
        try (HttpProxy proxy = new HttpProxy(server.client())) {
            proxy.always(policy);
            String kubeconfig = kubeconfig(proxy.url());
            try (ChildJvm application = start(kubeconfig)) {
                policy.awaitCaught();
                assertThat(heldLocks()).isEqualTo(1);
                Instant terminated = Instant.now();

                application.terminate();

                assertThat(application.nextLine()).isEqualTo("DeploymentFailedException [LifecycleClosedException]");
                assertThat(application.exitCode()).isEqualTo(143);
                assertThat(Duration.between(terminated, Instant.now())).isLessThan(SHUTDOWN_TIMEOUT);
            }
            assertThat(heldLocks()).isZero();
            assertThat(stores.deploymentLock().tryAcquire(ENVIRONMENT.targets().get(0)))
                    .hasValueSatisfying(Lease::close);
            assertThat(record().isComplete()).isFalse();
            assertThat(policyIn(WEB)).isNull();

            try (ChildJvm application = start(kubeconfig)) {
                assertThat(application.nextLine()).isEqualTo("Deployed");
            }

            assertThat(heldLocks()).isZero();
            assertThat(record().isComplete()).isTrue();
            NetworkPolicy deployed = policyIn(WEB);
            assertThat(deployed.getSpec()).isEqualTo(policyIn(API).getSpec());
            assertThat(policy.deliver()).isEqualTo(409);
            assertThat(policyIn(WEB)).isEqualTo(deployed);
        }
    }

    private ChildJvm start(String kubeconfig) {
        return ChildJvm.startForShortWork(
                SigtermTest.class,
                "--url=" + url,
                "--namespaces.clusters.eu-1.kubeconfig=" + kubeconfig,
                "--namespaces.clusters.eu-1.context=eu-1-admin",
                "--namespaces.shutdown.timeout=" + SHUTDOWN_TIMEOUT);
    }

    private String kubeconfig(String apiServer) throws IOException {
        return Files.writeString(directory.resolve("kubeconfig"), """
                        apiVersion: v1
                        kind: Config
                        clusters:
                        - name: eu-1
                          cluster:
                            server: %s
                        users:
                        - name: admin
                          user: {}
                        contexts:
                        - name: eu-1-admin
                          context:
                            cluster: eu-1
                            user: admin
                        """.formatted(apiServer))
                .toString();
    }

    private long heldLocks() {
        return new JdbcTemplate(database)
                .queryForObject("SELECT count(*) FROM ns_locks WHERE lock_until > timezone('utc', now())", Long.class);
    }

    private DeploymentRecord record() {
        return stores.deployments()
                .findByEnvironments(List.of(ENVIRONMENT.id()))
                .get(0);
    }

    private NetworkPolicy policyIn(String namespace) {
        return server.client()
                .network()
                .v1()
                .networkPolicies()
                .inNamespace(namespace)
                .withName("egress.namespaces.dev")
                .get();
    }

    private static DataSource database(String url) {
        PGSimpleDataSource database = new PGSimpleDataSource();
        database.setURL(url);
        return database;
    }

    public static void main(String[] arguments) {
        new SpringApplicationBuilder(Application.class)
                .web(WebApplicationType.NONE)
                .properties("spring.main.banner-mode=off")
                .run(arguments)
                .getBean(Caller.class)
                .start();
    }

    /** Deploys on a thread of the application. The application ends after its thread has ended. */
    static final class Caller extends Thread implements DisposableBean {

        private final NamespaceLifecycle lifecycle;

        Caller(NamespaceLifecycle lifecycle) {
            this.lifecycle = lifecycle;
        }

        @Override
        public void run() {
            try {
                DeploymentReport report = lifecycle.deploy(ENVIRONMENT.id());
                System.out.println(
                        name(report.environments().get(0).clusters().get(0).outcome()));
            } catch (DeploymentFailedException e) {
                System.out.println(name(e) + " "
                        + e.report().failures().stream()
                                .map(Caller::name)
                                .distinct()
                                .toList());
            }
        }

        private static String name(Object object) {
            return object.getClass().getSimpleName();
        }

        @Override
        public void destroy() throws InterruptedException {
            join();
        }
    }

    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration({
        NamespacesJdbcAutoConfiguration.class,
        NamespacesGatewayAutoConfiguration.class,
        NamespacesAutoConfiguration.class
    })
    static class Application {

        @Bean
        DataSource dataSource(org.springframework.core.env.Environment properties) {
            return database(properties.getRequiredProperty("url"));
        }

        @Bean
        Caller caller(NamespaceLifecycle lifecycle) {
            return new Caller(lifecycle);
        }
    }
}
