package dev.namespaces.spring;

import static dev.namespaces.testkit.TestData.anEnvironment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.error.ClusterUnreachableException;
import dev.namespaces.jdbc.JdbcStores;
import dev.namespaces.model.Environment;
import dev.namespaces.spi.ClusterGateway;
import dev.namespaces.testkit.Failure;
import dev.namespaces.testkit.FakeClusters;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

class EndpointTest {

    private final ApplicationContextRunner hidden =
            Host.withFakes().withConfiguration(AutoConfigurations.of(NamespacesEndpointAutoConfiguration.class));
    private final ApplicationContextRunner exposed =
            hidden.withPropertyValues("management.endpoints.web.exposure.include=namespaces");

    @Test
    void no_endpoint_exists_unless_the_host_exposes_it() {
        hidden.run(context -> assertThat(context).doesNotHaveBean(NamespacesEndpoint.class));
    }

    @Test
    void an_environment_has_its_records_and_its_policy() {
        exposed.run(context -> {
            Environment environment = Host.store(context);
            context.getBean(NamespaceLifecycle.class).deploy(environment.id());
            NamespacesEndpoint endpoint = context.getBean(NamespacesEndpoint.class);

            assertThat(endpoint.environments())
                    .isEqualTo(Map.of("environments", List.of(environment.id().value())));
            assertThat(endpoint.part("environments", environment.id().value()))
                    .containsKeys("environment", "policy")
                    .extractingByKey("records", InstanceOfAssertFactories.LIST)
                    .hasSize(1);
            assertThat(endpoint.part("after", environment.id().value())).isEqualTo(Map.of("environments", List.of()));
            assertThat(endpoint.part("orphans", "eu-1")).containsKey("orphans");
        });
    }

    @Test
    void a_full_page_names_the_environment_after_which_the_next_one_begins() {
        exposed.run(context -> {
            JdbcStores stores = context.getBean(JdbcStores.class);
            List<String> ids = IntStream.range(100, 201)
                    .mapToObj(number -> "shop-" + number)
                    .toList();
            ids.forEach(id -> stores.environments().save(anEnvironment().id(id).build()));
            NamespacesEndpoint endpoint = context.getBean(NamespacesEndpoint.class);

            assertThat(endpoint.environments())
                    .isEqualTo(Map.of("environments", ids.subList(0, 100), "after", "shop-199"));
            assertThat(endpoint.part("after", "shop-199")).isEqualTo(Map.of("environments", List.of("shop-200")));
        });
    }

    @Test
    void a_cluster_that_does_not_answer_is_a_failure_and_no_missing_part() {
        exposed.run(context -> {
            context.getBean(FakeClusters.class).faults().on(call -> true).fail(Failure.unreachable());
            NamespacesEndpoint endpoint = context.getBean(NamespacesEndpoint.class);

            assertThatExceptionOfType(ClusterUnreachableException.class)
                    .isThrownBy(() -> endpoint.part("orphans", "eu-1"));
        });
    }

    @Test
    void the_orphans_of_a_cluster_that_does_not_exist_are_not_found() {
        exposed.withBean("own", ClusterGateway.class, () -> FakeClusters.of("eu-1"), own -> own.setPrimary(true))
                .run(context -> assertThat(
                                context.getBean(NamespacesEndpoint.class).part("orphans", "eu-2"))
                        .isNull());
    }

    @Test
    void nothing_is_found_under_names_that_do_not_exist() {
        exposed.run(context -> {
            NamespacesEndpoint endpoint = context.getBean(NamespacesEndpoint.class);

            assertThat(endpoint.part("environments", "missing")).isNull();
            assertThat(endpoint.part("environments", "No!")).isNull();
            assertThat(endpoint.part("secrets", "missing")).isNull();
        });
    }
}
