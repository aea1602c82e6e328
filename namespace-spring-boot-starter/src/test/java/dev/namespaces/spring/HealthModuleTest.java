package dev.namespaces.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.namespaces.testkit.Failure;
import dev.namespaces.testkit.FakeClusters;
import dev.namespaces.testkit.GatewayCall;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.springframework.boot.health.contributor.CompositeHealthContributor;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;

/** The health of clusters with the types of Boot 4, which are on the class path of each build. */
class HealthModuleTest {

    @Test
    void each_cluster_in_the_properties_has_its_own_health() {
        Host.withFakes()
                .withPropertyValues(
                        "namespaces.clusters.eu-1.client=eu",
                        "namespaces.clusters.us-1.client=us",
                        "namespaces.health.timeout=3s")
                .run(context -> {
                    FakeClusters fakes = context.getBean(FakeClusters.class);
                    fakes.faults()
                            .on(call -> call.cluster().value().equals("us-1")
                                    && call instanceof GatewayCall.ListObjects list
                                    && Duration.ofSeconds(3).equals(list.query().timeout()))
                            .fail(Failure.unreachable());
                    CompositeHealthContributor clusters = new NamespacesHealthModuleAutoConfiguration()
                            .namespacesHealthContributor(context.getBean(NamespacesProperties.class), fakes);

                    assertThat(health(clusters, "eu-1").getStatus()).isEqualTo(Status.UP);
                    assertThat(health(clusters, "us-1").getStatus()).isEqualTo(Status.DOWN);
                    assertThat(health(clusters, "us-1").getDetails()).containsEntry("category", "UNAVAILABLE");
                });
    }

    private static Health health(CompositeHealthContributor clusters, String cluster) {
        return ((HealthIndicator) clusters.getContributor(cluster)).health();
    }
}
