package dev.namespaces.fabric8;

import static dev.namespaces.fabric8.RealCluster.ID;
import static dev.namespaces.fabric8.RealCluster.MANAGER;
import static dev.namespaces.fabric8.RealCluster.createObject;
import static dev.namespaces.fabric8.RealCluster.delete;
import static dev.namespaces.fabric8.RealCluster.denyAll;
import static dev.namespaces.fabric8.RealCluster.name;
import static dev.namespaces.fabric8.RealCluster.namespace;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import dev.namespaces.error.Arrival;
import dev.namespaces.error.NamespaceTerminatingException;
import dev.namespaces.error.PreconditionFailedException;
import dev.namespaces.model.DeletionCondition;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.spi.CreateOptions;
import dev.namespaces.spi.CreateResult;
import dev.namespaces.spi.DeleteResult;
import dev.namespaces.testservers.KubeApiServer;
import dev.namespaces.testservers.OnRealCluster;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Deletions by Kubernetes' own namespace controller, from the request until the namespace is gone. */
@OnRealCluster(namespaceController = true)
class NamespaceDeletionTest {

    private static final CreateOptions OURS = CreateOptions.as(MANAGER);
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static KubernetesClient admin;
    private static Fabric8ClusterGateway gateway;
    private static KubeApiServer server;

    @BeforeAll
    static void open(KubeApiServer cluster) {
        server = cluster;
        admin = server.client();
        gateway = Fabric8ClusterGateway.builder().client(ID, admin).build();
    }

    @Test
    void a_deleted_namespace_is_gone_only_with_the_namespace_controller() {
        String name = name("deletion");
        ResourceRef resource = ResourceRef.namespace(name);
        HasMetadata created = createObject(gateway, namespace(name, Map.of()));
        createObject(gateway, denyAll(name, "egress"));

        assertThat(delete(gateway, created)).isEqualTo(DeleteResult.ACCEPTED);

        assertThat(live(resource).getStatus().getPhase()).isEqualTo("Terminating");
        assertThat(delete(gateway, live(resource))).as("asked again").isEqualTo(DeleteResult.ACCEPTED);
        assertThatExceptionOfType(PreconditionFailedException.class)
                .as("asked again for the version before")
                .isThrownBy(() -> delete(gateway, created))
                .satisfies(e -> assertThat(e.arrival()).isEqualTo(Arrival.SETTLED));
        assertThat(gateway.create(ID, namespace(name, Map.of()), OURS))
                .isEqualTo(new CreateResult.AlreadyExists(Arrival.SETTLED));
        assertThatExceptionOfType(NamespaceTerminatingException.class)
                .isThrownBy(() -> gateway.create(ID, denyAll(name, "another"), OURS))
                .satisfies(e -> assertThat(e.conditions()).isEmpty())
                .satisfies(e -> assertThat(e.arrival()).isEqualTo(Arrival.SETTLED))
                .satisfies(e -> assertThat(e.isRetryable()).isTrue());
        try (KubeApiServer.NamespaceController controller = server.startNamespaceController()) {
            await().atMost(PATIENCE)
                    .pollInterval(Duration.ofMillis(200))
                    .until(() -> gateway.find(ID, resource).isEmpty());
            assertThat(controller).isNotNull();
        }
        assertThat(delete(gateway, created)).isEqualTo(DeleteResult.GONE);
        assertThat(gateway.create(ID, namespace(name, Map.of()), OURS)).isInstanceOf(CreateResult.Created.class);
        assertThatExceptionOfType(PreconditionFailedException.class)
                .as("the namespace that has its name now")
                .isThrownBy(() -> delete(gateway, created));
    }

    @Test
    void a_finalizer_inside_holds_the_namespace_and_the_reason_is_named() {
        String name = name("held");
        ResourceRef resource = ResourceRef.namespace(name);
        HasMetadata created = createObject(gateway, namespace(name, Map.of()));
        ConfigMap holder = new ConfigMapBuilder()
                .withNewMetadata()
                .withNamespace(name)
                .withName("holder")
                .withFinalizers("example.com/hold")
                .endMetadata()
                .build();
        admin.resource(holder).create();
        try (KubeApiServer.NamespaceController controller = server.startNamespaceController()) {
            delete(gateway, created);

            await().atMost(PATIENCE)
                    .pollInterval(Duration.ofMillis(200))
                    .untilAsserted(() -> assertThatExceptionOfType(NamespaceTerminatingException.class)
                            .isThrownBy(() -> gateway.create(ID, denyAll(name, "late"), OURS))
                            .satisfies(e -> assertThat(e.conditions())
                                    .extracting(DeletionCondition::type)
                                    .containsExactlyInAnyOrder(
                                            "NamespaceContentRemaining", "NamespaceFinalizersRemaining"))
                            .withMessageContaining("example.com/hold"));
            assertThat(live(resource).getMetadata().getUid())
                    .isEqualTo(created.getMetadata().getUid());
            assertThat(admin.resource(holder).get().getMetadata().getFinalizers())
                    .as("nobody strips a finalizer")
                    .containsExactly("example.com/hold");

            admin.resource(holder)
                    .edit(held -> held.edit()
                            .editMetadata()
                            .withFinalizers()
                            .endMetadata()
                            .build());
            await().atMost(PATIENCE)
                    .pollInterval(Duration.ofMillis(200))
                    .until(() -> gateway.find(ID, resource).isEmpty());
            assertThat(controller).isNotNull();
        }
    }

    private static Namespace live(ResourceRef resource) {
        return (Namespace) gateway.find(ID, resource).orElseThrow();
    }
}
