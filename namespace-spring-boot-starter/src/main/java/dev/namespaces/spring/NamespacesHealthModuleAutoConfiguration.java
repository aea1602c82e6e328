package dev.namespaces.spring;

import dev.namespaces.spi.ClusterGateway;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.CompositeHealthContributor;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;

/** The health of each cluster, with the types of Boot 4. {@link NamespacesHealthAutoConfiguration} is for Boot 3. */
@AutoConfiguration(after = NamespacesAutoConfiguration.class)
@ConditionalOnClass({HealthIndicator.class, ConditionalOnEnabledHealthIndicator.class})
@ConditionalOnBean({NamespacesProperties.class, ClusterGateway.class})
@ConditionalOnEnabledHealthIndicator("namespaces")
class NamespacesHealthModuleAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean(name = "namespacesHealthContributor")
    CompositeHealthContributor namespacesHealthContributor(NamespacesProperties properties, ClusterGateway gateway) {
        return CompositeHealthContributor.fromMap(
                ClusterCheck.ofEach(properties, gateway, NamespacesHealthModuleAutoConfiguration::indicator));
    }

    private static HealthIndicator indicator(ClusterCheck check) {
        return () -> check.problem()
                .map(problem -> Health.down().withDetails(problem))
                .orElseGet(Health::up)
                .build();
    }
}
