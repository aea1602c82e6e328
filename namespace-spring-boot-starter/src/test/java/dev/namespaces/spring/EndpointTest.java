package dev.namespaces.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.model.Environment;
import java.util.List;
import java.util.Map;
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
    void nothing_is_found_under_names_that_do_not_exist() {
        exposed.run(context -> {
            NamespacesEndpoint endpoint = context.getBean(NamespacesEndpoint.class);

            assertThat(endpoint.part("environments", "missing")).isNull();
            assertThat(endpoint.part("environments", "No!")).isNull();
            assertThat(endpoint.part("secrets", "missing")).isNull();
        });
    }
}
