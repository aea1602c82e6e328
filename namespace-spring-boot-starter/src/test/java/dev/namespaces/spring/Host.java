package dev.namespaces.spring;

import static dev.namespaces.testkit.TestData.aNamespace;
import static dev.namespaces.testkit.TestData.anEnvironment;

import dev.namespaces.jdbc.JdbcStores;
import dev.namespaces.model.Environment;
import dev.namespaces.testkit.FakeClusters;
import java.util.List;
import java.util.UUID;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcConnectionPool;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;

/** Applications on Spring Boot, with a database in memory. */
final class Host {

    private Host() {}

    /** Returns a host that has a data source and transactions, and nothing of the library. */
    static ApplicationContextRunner withDatabase() {
        return new ApplicationContextRunner()
                .withUserConfiguration(Database.class)
                .withConfiguration(AutoConfigurations.of(
                        NamespacesJdbcAutoConfiguration.class,
                        NamespacesGatewayAutoConfiguration.class,
                        NamespacesAutoConfiguration.class));
    }

    /** Returns a host with a database and with clusters in memory. */
    static ApplicationContextRunner withFakes() {
        return withDatabase().withBean(FakeClusters.class, FakeClusters::any);
    }

    /** Stores an environment on one cluster, with one namespace. */
    static Environment store(BeanFactory host) {
        Environment environment = anEnvironment().build();
        JdbcStores stores = host.getBean(JdbcStores.class);
        stores.environments().save(environment);
        stores.namespaces().insert(List.of(aNamespace().in(environment).build()));
        return environment;
    }

    @Configuration(proxyBeanMethods = false)
    static class Database {

        @Bean
        DataSource dataSource() {
            return JdbcConnectionPool.create("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1", "", "");
        }

        @Bean
        DataSourceTransactionManager transactionManager(DataSource dataSource) {
            return new DataSourceTransactionManager(dataSource);
        }
    }
}
