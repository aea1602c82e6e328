package dev.namespaces.spring;

import dev.namespaces.jdbc.JdbcSchema;
import dev.namespaces.jdbc.JdbcStores;
import dev.namespaces.jdbc.TableNames;
import dev.namespaces.spi.EgressPolicyStore;
import dev.namespaces.spi.EnvironmentStore;
import dev.namespaces.spi.Stores;
import java.util.Objects;
import javax.sql.DataSource;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.sql.init.dependency.DependsOnDatabaseInitialization;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/** The stores on the host's data source, built after the host's own migrations. */
@AutoConfiguration(
        afterName = {
            // Boot 3, and Boot 4.
            "org.springframework.boot.autoconfigure.jdbc.DataSourceAutoConfiguration",
            "org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration"
        })
@ConditionalOnSingleCandidate(DataSource.class)
@ConditionalOnMissingBean(Stores.class)
@EnableConfigurationProperties(NamespacesProperties.class)
public class NamespacesJdbcAutoConfiguration {

    /** Our own stores. This bean exists only if the host has no {@link JdbcStores}. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnMissingBean(JdbcStores.class)
    static class OwnStores {

        @Bean
        @DependsOnDatabaseInitialization
        JdbcStores namespacesJdbcStores(
                DataSource dataSource,
                NamespacesProperties properties,
                ObjectProvider<JdbcStoresCustomizer> customizers) {
            DataSource plain = plain(dataSource);
            NamespacesProperties.Jdbc jdbc = properties.jdbc();
            TableNames tables = tables(jdbc);
            if (jdbc.schema() == NamespacesProperties.Schema.MIGRATE) {
                JdbcSchema.migrate(plain, tables);
            }
            JdbcStores.Builder builder = JdbcStores.builder(new TransactionAwareDataSourceProxy(plain))
                    .deploymentDataSource(plain)
                    .inHostTransaction(TransactionSynchronizationManager::isActualTransactionActive)
                    .tables(tables);
            NamespacesProperties.set("namespaces.jdbc.lease", jdbc.lease(), builder::lease);
            customizers.orderedStream().forEach(customizer -> customizer.customize(builder));
            return builder.build();
        }
    }

    /** Returns the stores, with the host's own stores of environments and egress policies if it has some. */
    @Bean
    Stores namespacesStores(
            JdbcStores jdbc,
            ObjectProvider<EnvironmentStore> environments,
            ObjectProvider<EgressPolicyStore> egressPolicies) {
        Stores.Builder builder = jdbc.stores().toBuilder();
        environments.ifAvailable(builder::environments);
        egressPolicies.ifAvailable(builder::egressPolicies);
        return builder.build();
    }

    /** Returns the data source whose connections are in no transaction of the host. */
    static DataSource plain(DataSource dataSource) {
        return dataSource instanceof TransactionAwareDataSourceProxy proxy
                ? Objects.requireNonNull(proxy.getTargetDataSource())
                : dataSource;
    }

    private static TableNames tables(NamespacesProperties.Jdbc jdbc) {
        TableNames[] tables = {TableNames.DEFAULT};
        NamespacesProperties.set(
                "namespaces.jdbc.table-schema", jdbc.tableSchema(), schema -> tables[0] = tables[0].inSchema(schema));
        NamespacesProperties.set(
                "namespaces.jdbc.table-prefix", jdbc.tablePrefix(), prefix -> tables[0] = tables[0].withPrefix(prefix));
        return tables[0];
    }
}
