package dev.namespaces.integration;

import static dev.namespaces.testkit.TestData.anEnvironment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.core.request.InvalidNamespaceRequestException;
import dev.namespaces.core.request.KeyPolicy;
import dev.namespaces.core.request.NamespaceRequest;
import dev.namespaces.core.request.Violation;
import dev.namespaces.model.Environment;
import dev.namespaces.spi.ClusterGateway;
import dev.namespaces.spi.Stores;
import dev.namespaces.testkit.InMemoryStores;
import dev.namespaces.testkit.RecordingClusterGateway;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The code of the guide to requests is this class's code. */
class RequestsGuideTest {

    // spotless:off
    private static NamespaceLifecycle strict(ClusterGateway gateway, Stores stores) {
        // begin: strict
        NamespaceLifecycle lifecycle = NamespaceLifecycle.builder(gateway, stores)
                .keys(KeyPolicy.onlyUnder("team.example.com").allowing("stage"))
                .environmentKeys(KeyPolicy.defaults().allowing("pod-security.kubernetes.io/*"))
                .build();
        // end: strict
        return lifecycle;
    }
    // spotless:on

    @Test
    void the_strict_settings_allow_what_the_guide_says() {
        InMemoryStores stores = new InMemoryStores();
        Environment environment = anEnvironment()
                .label("pod-security.kubernetes.io/enforce", "restricted")
                .build();
        stores.environments().save(environment);
        try (NamespaceLifecycle lifecycle = strict(new RecordingClusterGateway(), stores.stores())) {
            NamespaceRequest request = NamespaceRequest.of(environment.id(), "shop-web")
                    .withMetadata("stage", "dev")
                    .withMetadata("team.example.com/owner", "web");
            lifecycle.create(request);

            List<Violation> violations = catchThrowableOfType(
                            InvalidNamespaceRequestException.class,
                            () -> lifecycle.create(request.withMetadata("istio-injection", "disabled")
                                    .withMetadata("pod-security.kubernetes.io/enforce", "privileged")
                                    .withMetadata("owner", "web")))
                    .violations();

            assertThat(violations)
                    .extracting(Violation::path)
                    .containsExactly(
                            "metadata[istio-injection]",
                            "metadata[owner]",
                            "metadata[pod-security.kubernetes.io/enforce]");
        }
    }
}
