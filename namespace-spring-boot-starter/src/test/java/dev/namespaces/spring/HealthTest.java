package dev.namespaces.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.namespaces.testkit.Failure;
import dev.namespaces.testkit.FakeClusters;
import org.junit.jupiter.api.Test;
import org.springframework.boot.actuate.health.CompositeHealthContributor;
import org.springframework.boot.actuate.health.Health;
import org.springframework.boot.actuate.health.HealthIndicator;
import org.springframework.boot.actuate.health.Status;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/** The health of clusters with the types of Boot 3. */
class HealthTest {

    private final ApplicationContextRunner host = Host.withFakes()
            .withConfiguration(AutoConfigurations.of(NamespacesHealthAutoConfiguration.class))
            .withPropertyValues("namespaces.clusters.eu-1.client=eu", "namespaces.clusters.us-1.client=us");

    @Test
    void each_cluster_in_the_properties_has_its_own_health() {
        host.run(context -> {
            context.getBean(FakeClusters.class)
                    .faults()
                    .on(call -> call.cluster().value().equals("us-1"))
                    .fail(Failure.unreachable());
            CompositeHealthContributor clusters = context.getBean(CompositeHealthContributor.class);

            assertThat(health(clusters, "eu-1").getStatus()).isEqualTo(Status.UP);
            assertThat(health(clusters, "us-1").getStatus()).isEqualTo(Status.DOWN);
            assertThat(health(clusters, "us-1").getDetails())
                    .containsEntry("category", "UNAVAILABLE")
                    .containsKey("message");
        });
    }

    @Test
    void a_cluster_is_down_if_the_gateway_of_the_host_fails_unexpectedly() {
        host.run(context -> {
            context.getBean(FakeClusters.class)
                    .faults()
                    .on(call -> true)
                    .fail(call -> new IllegalStateException("of the host"));
            CompositeHealthContributor clusters = context.getBean(CompositeHealthContributor.class);

            assertThat(health(clusters, "eu-1").getStatus()).isEqualTo(Status.DOWN);
            assertThat(health(clusters, "eu-1").getDetails()).containsEntry("category", "INTERNAL");
        });
    }

    @Test
    void no_contributor_exists_if_the_host_turns_it_off() {
        host.withPropertyValues("management.health.namespaces.enabled=false")
                .run(context -> assertThat(context).doesNotHaveBean("namespacesHealthContributor"));
    }

    private static Health health(CompositeHealthContributor clusters, String cluster) {
        return ((HealthIndicator) clusters.getContributor(cluster)).health();
    }
}
