package com.example.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.micrometer.NamespaceMetrics;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/** A host with the actuator, whose types Boot 4 moved. The starter has an auto-configuration for each generation. */
class ActuatorHostTest {

    @Test
    void the_actuator_has_our_health_our_endpoint_and_our_meters() {
        try (ConfigurableApplicationContext host = start("management.endpoints.web.exposure.include=namespaces")) {
            assertThat(host.containsBean("namespacesHealthContributor")).isTrue();
            assertThat(host.containsBean("namespacesEndpoint")).isTrue();
            assertThat(host.getBeansOfType(NamespaceMetrics.class)).hasSize(1);
        }
    }

    @Test
    void the_host_turns_health_and_endpoint_off() {
        try (ConfigurableApplicationContext host = start("management.health.namespaces.enabled=false")) {
            assertThat(host.getBeansOfType(NamespaceLifecycle.class)).hasSize(1);
            assertThat(host.containsBean("namespacesHealthContributor")).isFalse();
            assertThat(host.containsBean("namespacesEndpoint")).isFalse();
        }
    }

    private static ConfigurableApplicationContext start(String property) {
        return new SpringApplicationBuilder(Application.class)
                .web(WebApplicationType.NONE)
                .properties(
                        property,
                        "spring.main.banner-mode=off",
                        "spring.datasource.url=jdbc:h2:mem:" + UUID.randomUUID(),
                        "spring.flyway.enabled=false",
                        "spring.liquibase.enabled=false")
                .run();
    }

    @SpringBootConfiguration
    @EnableAutoConfiguration
    static class Application {}
}
