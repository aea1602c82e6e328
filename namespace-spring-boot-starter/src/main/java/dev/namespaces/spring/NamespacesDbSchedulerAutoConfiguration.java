package dev.namespaces.spring;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.boot.config.DbSchedulerCustomizer;
import com.github.kagkarlsson.scheduler.boot.config.DbSchedulerProperties;
import com.github.kagkarlsson.scheduler.jdbc.AutodetectJdbcCustomization;
import com.github.kagkarlsson.scheduler.task.Task;
import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.dbscheduler.TargetScheduler;
import dev.namespaces.spi.Stores;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.sql.init.dependency.DependsOnDatabaseInitialization;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;

/**
 * One task for each target, on the host's db-scheduler. db-scheduler's own starter collects the tasks; a host that
 * builds its {@link Scheduler} itself calls {@link TargetScheduler#customize}.
 */
@AutoConfiguration(
        after = NamespacesAutoConfiguration.class,
        beforeName = "com.github.kagkarlsson.scheduler.boot.autoconfigure.DbSchedulerAutoConfiguration")
@ConditionalOnClass({TargetScheduler.class, Scheduler.class})
@ConditionalOnBean({NamespaceLifecycle.class, Stores.class})
@ConditionalOnSingleCandidate(DataSource.class)
class NamespacesDbSchedulerAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    @DependsOnDatabaseInitialization
    TargetScheduler namespacesTargetScheduler(
            NamespaceLifecycle lifecycle,
            Stores stores,
            DataSource dataSource,
            ObjectProvider<TargetSchedulerCustomizer> customizers) {
        TargetScheduler.Builder builder = TargetScheduler.builder(lifecycle, stores, inTransactions(dataSource));
        customizers.orderedStream().forEach(customizer -> customizer.customize(builder));
        return builder.build();
    }

    private static DataSource inTransactions(DataSource dataSource) {
        return new TransactionAwareDataSourceProxy(NamespacesJdbcAutoConfiguration.plain(dataSource));
    }

    @Bean
    SchedulerPause namespacesSchedulerPause(ObjectProvider<Scheduler> schedulers) {
        return new SchedulerPause(schedulers);
    }

    /**
     * What db-scheduler's own starter needs in addition. It does not bind its properties where
     * {@code db-scheduler.enabled=false}, but such a replica writes into the same table for the others.
     */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(DbSchedulerProperties.class)
    @EnableConfigurationProperties(DbSchedulerProperties.class)
    static class Starter {

        @Bean
        Task<?> namespacesTargetTask(TargetScheduler targets) {
            return targets.targetTask();
        }

        @Bean
        @Nullable
        Task<?> namespacesRoundTask(TargetScheduler targets) {
            return targets.roundTask();
        }

        // The starter's own default is created by the class that takes the tasks, which would be a cycle of beans.
        @Bean
        @ConditionalOnMissingBean
        DbSchedulerCustomizer namespacesDbSchedulerCustomizer() {
            return new DbSchedulerCustomizer() {};
        }

        /** Returns what sets the same database, table, serializer and format of times as the scheduler has. */
        @Bean
        @Order(Ordered.HIGHEST_PRECEDENCE)
        TargetSchedulerCustomizer namespacesDbSchedulerSettings(
                DbSchedulerProperties properties, DbSchedulerCustomizer scheduler, DataSource dataSource) {
            if (!properties.isPriorityEnabled()) {
                throw new InvalidConfigurationPropertyValueException(
                        "db-scheduler.priority-enabled",
                        false,
                        "it must be true, so that urgent targets are deployed first");
            }
            DataSource tasks = scheduler.dataSource().orElse(dataSource);
            return targets -> {
                targets.dataSource(inTransactions(tasks));
                targets.table(properties.getTableName());
                targets.jdbcCustomization(scheduler
                        .jdbcCustomization()
                        .orElseGet(() -> new AutodetectJdbcCustomization(
                                NamespacesJdbcAutoConfiguration.plain(tasks),
                                properties.isAlwaysPersistTimestampInUtc())));
                scheduler.serializer().ifPresent(targets::serializer);
            };
        }
    }
}
