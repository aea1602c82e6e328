package dev.namespaces.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.fabric8.Fabric8ClusterGateway;
import dev.namespaces.jdbc.JdbcSchema;
import dev.namespaces.jdbc.JdbcStores;
import dev.namespaces.spi.Stores;
import dev.namespaces.testkit.FakeClusters;
import dev.namespaces.testkit.InMemoryStores;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;

class LimitsTest {

    private static final String CALL_LIMIT =
            "namespaces.lifecycle.gateway-call-limit (%s) must be longer than namespaces.gateway.call-timeout (%s)";
    private static final String LATE_WRITE =
            "namespaces.lifecycle.late-write-limit (%s) must be longer than namespaces.gateway.call-timeout (%s) and"
                    + " namespaces.jdbc.lease (%s) together";

    private static void assertRefused(AssertableApplicationContext host, String property, String... reasons) {
        assertThat(host)
                .getFailure()
                .rootCause()
                .isInstanceOfSatisfying(
                        InvalidConfigurationPropertyValueException.class,
                        failure -> assertThat(failure.getName()).isEqualTo(property))
                .hasMessageContainingAll(reasons);
    }

    @ParameterizedTest
    @CsvSource({
        "namespaces.lifecycle.gateway-call-limit, 30s, PT30S, 'PT30S, the default'",
        "namespaces.gateway.call-timeout, 2m, 'PT2M, the default', PT2M",
    })
    void a_call_limit_that_ends_before_the_gateway_is_refused(
            String property, String value, String limit, String timeout) {
        Host.withDatabase()
                .withPropertyValues(property + "=" + value)
                .run(host -> assertRefused(host, property, CALL_LIMIT.formatted(limit, timeout)));
    }

    @ParameterizedTest
    @CsvSource({
        "namespaces.lifecycle.late-write-limit, 1m, PT1M, 'PT30S, the default'",
        "namespaces.jdbc.lease, 570s, 'PT10M, the default', PT9M30S",
    })
    void a_late_write_that_may_arrive_after_its_limit_is_refused(
            String property, String value, String limit, String lease) {
        Host.withDatabase()
                .withPropertyValues(property + "=" + value)
                .run(host -> assertRefused(host, property, LATE_WRITE.formatted(limit, "PT30S, the default", lease)));
    }

    @Test
    void all_contradictions_are_in_one_message() {
        Host.withDatabase()
                .withPropertyValues("namespaces.gateway.call-timeout=10m")
                .run(host -> assertRefused(
                        host,
                        "namespaces.gateway.call-timeout",
                        CALL_LIMIT.formatted("PT2M, the default", "PT10M"),
                        LATE_WRITE.formatted("PT10M, the default", "PT10M", "PT30S, the default")));
    }

    @Test
    void a_contradiction_is_refused_with_metrics_too() {
        Host.withDatabase()
                .withConfiguration(AutoConfigurations.of(NamespacesMetricsAutoConfiguration.class))
                .withBean(MeterRegistry.class, SimpleMeterRegistry::new)
                .withPropertyValues("namespaces.gateway.call-timeout=3m")
                .run(host -> assertRefused(
                        host, "namespaces.gateway.call-timeout", CALL_LIMIT.formatted("PT2M, the default", "PT3M")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "namespaces.lifecycle.gateway-call-limit=31s",
                "namespaces.gateway.call-timeout=119s",
                "namespaces.lifecycle.late-write-limit=61s",
                "namespaces.jdbc.lease=569s",
            })
    void limits_that_are_just_long_enough_are_accepted(String property) {
        Host.withDatabase()
                .withPropertyValues(property)
                .run(host -> assertThat(host).hasNotFailed());
    }

    @Test
    void limits_that_a_customizer_may_have_set_are_not_compared() {
        Host.withDatabase()
                .withPropertyValues("namespaces.gateway.call-timeout=3m")
                .withBean(
                        NamespaceLifecycleCustomizer.class,
                        () -> lifecycle -> lifecycle.gatewayCallLimit(Duration.ofMinutes(4)))
                .run(host -> assertThat(host).hasNotFailed());
        Host.withDatabase()
                .withPropertyValues("namespaces.lifecycle.gateway-call-limit=20s")
                .withBean(ClusterGatewayCustomizer.class, () -> gateway -> gateway.callTimeout(Duration.ofSeconds(10)))
                .run(host -> assertThat(host).hasNotFailed());
        Host.withDatabase()
                .withPropertyValues("namespaces.lifecycle.late-write-limit=40s")
                .withBean(JdbcStoresCustomizer.class, () -> stores -> stores.lease(Duration.ofSeconds(5)))
                .run(host -> assertThat(host).hasNotFailed());
    }

    @Test
    void limits_of_beans_of_the_host_are_not_compared() {
        DataSource database = new Host.Database().dataSource();
        JdbcSchema.migrate(database);
        Host.withFakes()
                .withPropertyValues("namespaces.gateway.call-timeout=3m")
                .run(host -> assertThat(host).hasNotFailed());
        Host.withDatabase()
                .withPropertyValues("namespaces.lifecycle.late-write-limit=40s")
                .withBean(JdbcStores.class, () -> JdbcStores.on(database))
                .run(host -> assertThat(host).hasNotFailed());
        Host.withDatabase()
                .withPropertyValues("namespaces.lifecycle.late-write-limit=40s")
                .withBean(Stores.class, () -> new InMemoryStores().stores())
                .run(host -> assertThat(host).hasNotFailed());
    }

    @Test
    void the_limit_of_a_late_write_is_compared_with_what_is_known() {
        Host.withFakes()
                .withPropertyValues("namespaces.lifecycle.late-write-limit=30s")
                .run(host -> assertRefused(
                        host,
                        "namespaces.lifecycle.late-write-limit",
                        "namespaces.lifecycle.late-write-limit (PT30S) must be longer than namespaces.jdbc.lease"
                                + " (PT30S, the default)"));
    }

    @Test
    void the_defaults_that_are_compared_are_those_of_the_builders() {
        assertThat(NamespaceLifecycle.builder(FakeClusters.any(), new InMemoryStores().stores()))
                .extracting("gatewayCallLimit", "lateWriteLimit")
                .containsExactly(Limits.GATEWAY_CALL_LIMIT, Limits.LATE_WRITE_LIMIT);
        assertThat(Fabric8ClusterGateway.builder()).extracting("callTimeout").isEqualTo(Limits.CALL_TIMEOUT);
        assertThat(JdbcStores.builder(new Host.Database().dataSource()))
                .extracting("lease")
                .isEqualTo(Limits.LEASE);
    }
}
