package dev.namespaces.spring;

import static dev.namespaces.spring.NamespacesProperties.set;

import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.core.render.LabelScheme;
import dev.namespaces.jackson.NamespacesModule;
import dev.namespaces.spi.ClusterGateway;
import dev.namespaces.spi.LifecycleListener;
import dev.namespaces.spi.NamespaceInitializer;
import dev.namespaces.spi.Stores;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;

/** The lifecycle on the stores and the gateway, its initializer, its shutdown, and the JSON form. */
@AutoConfiguration(after = {NamespacesJdbcAutoConfiguration.class, NamespacesGatewayAutoConfiguration.class})
@ConditionalOnBean({Stores.class, ClusterGateway.class})
@EnableConfigurationProperties(NamespacesProperties.class)
public class NamespacesAutoConfiguration {

    // LifecycleShutdown closes it, in the right order, and within the bound of the host.
    @Bean(destroyMethod = "")
    @ConditionalOnMissingBean
    NamespaceLifecycle namespaceLifecycle(
            ClusterGateway gateway,
            Stores stores,
            NamespacesProperties properties,
            ObjectProvider<LifecycleListener> listeners,
            ObjectProvider<NamespaceLifecycleCustomizer> customizers,
            ObjectProvider<Instrumentation> instrumentation,
            ListableBeanFactory beans) {
        Instrumentation measuring = instrumentation.getIfAvailable();
        NamespaceLifecycle.Builder builder = measuring == null
                ? NamespaceLifecycle.builder(gateway, stores)
                : NamespaceLifecycle.builder(measuring.measure(gateway), measuring.observe(stores));
        apply(properties.lifecycle(), builder);
        new Limits(properties, beans).check();
        if (measuring != null) {
            measuring.prepare(builder);
        }
        listeners.orderedStream().forEach(builder::listener);
        customizers.orderedStream().forEach(customizer -> customizer.customize(builder));
        return builder.build();
    }

    private static void apply(NamespacesProperties.Lifecycle properties, NamespaceLifecycle.Builder builder) {
        String prefix = "namespaces.lifecycle.";
        set(prefix + "lock-wait", properties.lockWait(), builder::lockWait);
        set(prefix + "gateway-call-limit", properties.gatewayCallLimit(), builder::gatewayCallLimit);
        set(prefix + "conflict-limit", properties.conflictLimit(), builder::conflictLimit);
        set(prefix + "late-write-limit", properties.lateWriteLimit(), builder::lateWriteLimit);
        set(prefix + "greatest-record-age", properties.greatestRecordAge(), builder::greatestRecordAge);
        set(prefix + "plan-validity", properties.planValidity(), builder::planValidity);
        set(prefix + "deletion-cap", properties.deletionCap(), builder::deletionCap);
        set(prefix + "initializer-memory", properties.initializerMemory(), builder::initializerMemory);
        set(prefix + "parallelism-per-cluster", properties.parallelismPerCluster(), builder::parallelismPerCluster);
        set(prefix + "adoption", properties.adoption(), builder::adoption);
        set(prefix + "label-domain", properties.labelDomain(), domain -> builder.labels(LabelScheme.ofDomain(domain)));
    }

    @Bean
    LifecycleShutdown namespaceLifecycleShutdown(NamespaceLifecycle lifecycle, NamespacesProperties properties) {
        return new LifecycleShutdown(lifecycle, properties.shutdown().timeout());
    }

    @Bean
    @ConditionalOnMissingBean
    NamespaceInitializer namespaceInitializer(
            NamespaceLifecycle lifecycle, ObjectProvider<Instrumentation> instrumentation) {
        Instrumentation measuring = instrumentation.getIfAvailable();
        return measuring == null ? lifecycle.initializer() : measuring.measure(lifecycle.initializer());
    }

    // Boot 3 adds it to the mapper of the host. A host on Boot 4 needs the mapper of Jackson 2 for it, or
    // NamespacesJson.
    @Bean
    @ConditionalOnMissingBean
    NamespacesModule namespacesModule() {
        return new NamespacesModule();
    }
}
