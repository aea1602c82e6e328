package dev.namespaces.spring;

import dev.namespaces.spi.ClusterGateway;
import org.springframework.boot.actuate.autoconfigure.health.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.actuate.health.CompositeHealthContributor;
import org.springframework.boot.actuate.health.Health;
import org.springframework.boot.actuate.health.HealthIndicator;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/**
 * The health of each cluster, with the types of Boot 3. {@link NamespacesHealthModuleAutoConfiguration} is for Boot 4.
 */
@AutoConfiguration(after = NamespacesAutoConfiguration.class)
@ConditionalOnClass({HealthIndicator.class, ConditionalOnEnabledHealthIndicator.class})
@ConditionalOnBean({NamespacesProperties.class, ClusterGateway.class})
@ConditionalOnEnabledHealthIndicator("namespaces")
class NamespacesHealthAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean(name = "namespacesHealthContributor")
    CompositeHealthContributor namespacesHealthContributor(NamespacesProperties properties, ClusterGateway gateway) {
        return CompositeHealthContributor.fromMap(
                ClusterCheck.ofEach(properties, gateway, NamespacesHealthAutoConfiguration::indicator));
    }

    private static HealthIndicator indicator(ClusterCheck check) {
        return () -> check.problem()
                .map(problem -> Health.down().withDetails(problem))
                .orElseGet(Health::up)
                .build();
    }
}
