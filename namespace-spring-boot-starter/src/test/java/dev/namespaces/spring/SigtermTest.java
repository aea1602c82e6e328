package dev.namespaces.spring;

import static dev.namespaces.testkit.TestData.aNamespace;
import static dev.namespaces.testkit.TestData.anEnvironment;
import static org.assertj.core.api.Assertions.assertThat;

import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.core.deploy.DeploymentFailedException;
import dev.namespaces.jdbc.JdbcStores;
import dev.namespaces.model.Environment;
import dev.namespaces.spi.DeploymentLock.Lease;
import dev.namespaces.testkit.FakeClusters;
import dev.namespaces.testkit.Faults;
import dev.namespaces.testservers.ChildJvm;
import dev.namespaces.testservers.DatabaseAddress;
import dev.namespaces.testservers.OnDatabaseServer;
import dev.namespaces.testservers.PostgresServer;
import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.postgresql.ds.PGSimpleDataSource;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** An application in a JVM of its own gets SIGTERM while it deploys to a cluster that does not answer. */
@OnDatabaseServer
@Timeout(60)
class SigtermTest {

    private static final Environment ENVIRONMENT =
            anEnvironment().id("shop-dev").build();
    private static final String DEPLOYING = "deploying";

    @Test
    void the_caller_gets_its_answer_and_no_lock_is_left() {
        DatabaseAddress address = PostgresServer.shared(18).newDatabase();
        String url = address.jdbcUrl() + "?user=" + address.user() + "&password=" + address.password();
        try (ChildJvm application = ChildJvm.start(SigtermTest.class, url)) {
            assertThat(application.nextLine()).isEqualTo(DEPLOYING);

            application.terminate();

            assertThat(application.nextLine()).isEqualTo("DeploymentFailedException [LifecycleClosedException]");
            assertThat(application.exitCode()).isEqualTo(143);
        }
        assertThat(JdbcStores.on(database(url))
                        .deploymentLock()
                        .tryAcquire(ENVIRONMENT.targets().get(0)))
                .hasValueSatisfying(Lease::close);
    }

    private static DataSource database(String url) {
        PGSimpleDataSource database = new PGSimpleDataSource();
        database.setURL(url);
        return database;
    }

    public static void main(String[] arguments) {
        ConfigurableApplicationContext context = new SpringApplicationBuilder(Application.class)
                .web(WebApplicationType.NONE)
                .properties("spring.main.banner-mode=off", "url=" + arguments[0])
                .run();
        JdbcStores stores = context.getBean(JdbcStores.class);
        stores.environments().save(ENVIRONMENT);
        stores.namespaces().insert(List.of(aNamespace().in(ENVIRONMENT).build()));
        Faults.Fault slow =
                context.getBean(FakeClusters.class).faults().on(call -> true).block();
        context.getBean(Caller.class).start();
        slow.awaitHits(1);
        System.out.println(DEPLOYING);
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
                lifecycle.deploy(ENVIRONMENT.id());
            } catch (DeploymentFailedException e) {
                System.out.println(e.getClass().getSimpleName() + " "
                        + e.report().failures().stream()
                                .map(failure -> failure.getClass().getSimpleName())
                                .toList());
            }
        }

        @Override
        public void destroy() throws InterruptedException {
            join();
        }
    }

    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration({NamespacesJdbcAutoConfiguration.class, NamespacesAutoConfiguration.class})
    static class Application {

        @Bean
        DataSource dataSource(org.springframework.core.env.Environment properties) {
            return database(properties.getRequiredProperty("url"));
        }

        @Bean
        FakeClusters clusters() {
            return FakeClusters.any();
        }

        @Bean
        Caller caller(NamespaceLifecycle lifecycle) {
            return new Caller(lifecycle);
        }
    }
}
