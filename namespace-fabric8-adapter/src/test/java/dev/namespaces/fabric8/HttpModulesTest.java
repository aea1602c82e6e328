package dev.namespaces.fabric8;

import static dev.namespaces.fabric8.RealCluster.ID;
import static dev.namespaces.fabric8.RealCluster.MANAGER;
import static dev.namespaces.fabric8.RealCluster.apply;
import static dev.namespaces.fabric8.RealCluster.bound;
import static dev.namespaces.fabric8.RealCluster.createObject;
import static dev.namespaces.fabric8.RealCluster.delete;
import static dev.namespaces.fabric8.RealCluster.denyAll;
import static dev.namespaces.fabric8.RealCluster.labels;
import static dev.namespaces.fabric8.RealCluster.name;
import static dev.namespaces.fabric8.RealCluster.namespace;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.namespaces.error.ApplyConflictException;
import dev.namespaces.error.KindNotServedException;
import dev.namespaces.error.ManifestRejectedException;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.spi.ApplyOptions;
import dev.namespaces.spi.ApplyOptions.Extent;
import dev.namespaces.spi.CreateOptions;
import dev.namespaces.spi.CreateResult;
import dev.namespaces.spi.DeleteResult;
import dev.namespaces.spi.ListQuery;
import dev.namespaces.testservers.HttpModule;
import dev.namespaces.testservers.OnRealCluster;
import io.fabric8.kubernetes.api.model.Endpoints;
import io.fabric8.kubernetes.api.model.EndpointsBuilder;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.GenericKubernetesResourceBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Each HTTP client does what the gateway needs of it: methods, bodies, media types, headers, and many at once. */
@OnRealCluster
class HttpModulesTest {

    private static final ApplyOptions OURS = ApplyOptions.as(MANAGER);
    private static final CreateOptions CREATE = CreateOptions.as(MANAGER);

    @ParameterizedTest
    @EnumSource(HttpModule.class)
    void every_kind_of_request_gets_through(HttpModule module) {
        try (KubernetesClient client = module.client(RealCluster.config());
                Fabric8ClusterGateway gateway =
                        Fabric8ClusterGateway.builder().client(ID, client).build()) {
            String name = name("module");
            assertThat(gateway.serves(ID, "networking.k8s.io/v1", "NetworkPolicy"))
                    .isTrue();
            assertThat(gateway.serves(ID, "example.com/v1", "Nothing")).isFalse();
            assertThat(gateway.find(ID, ResourceRef.namespace(name))).isEmpty();
            assertThatExceptionOfType(ManifestRejectedException.class)
                    .isThrownBy(() -> gateway.create(ID, namespace(name, Map.of("a", "ä")), CREATE))
                    .withMessageContaining("ä");
            HasMetadata created = createObject(gateway, namespace(name, Map.of("a", "1", "b", "1")));
            assertThat(labels(gateway.apply(ID, bound(namespace(name, Map.of("a", "2")), created), OURS)
                            .live()))
                    .containsEntry("a", "2")
                    .doesNotContainKey("b");
            assertThatExceptionOfType(ApplyConflictException.class)
                    .isThrownBy(() -> apply(gateway, namespace(name, Map.of("a", "3")), ApplyOptions.as("else")));
            createObject(gateway, denyAll(name, "egress"));
            assertThat(apply(gateway, denyAll(name, "egress"), OURS.withExtent(Extent.WHOLE_OBJECT))
                            .warnings())
                    .isEmpty();
            Endpoints endpoints = new EndpointsBuilder()
                    .withNewMetadata()
                    .withNamespace(name)
                    .withName("old")
                    .endMetadata()
                    .build();
            assertThat(((CreateResult.Created) gateway.create(ID, endpoints, CREATE)).warnings())
                    .singleElement()
                    .asString()
                    .startsWith("v1 Endpoints is deprecated");
            assertThat(apply(gateway, endpoints, OURS).warnings())
                    .singleElement()
                    .asString()
                    .startsWith("v1 Endpoints is deprecated");
            GenericKubernetesResource unknown = new GenericKubernetesResourceBuilder()
                    .withApiVersion("example.com/v1")
                    .withKind("Nothing")
                    .withNewMetadata()
                    .withNamespace(name)
                    .withName("x")
                    .endMetadata()
                    .build();
            for (ThrowingCallable write : List.<ThrowingCallable>of(
                    () -> gateway.create(ID, unknown, CREATE),
                    () -> gateway.apply(ID, bound(unknown, RealCluster.NO_UID, "1"), OURS))) {
                assertThatExceptionOfType(KindNotServedException.class).isThrownBy(write);
            }
            assertThat(gateway.list(ID, ListQuery.of("v1", "Namespace", Map.of("kubernetes.io/metadata.name", name)))
                            .items())
                    .singleElement()
                    .satisfies(item -> assertThat(delete(gateway, item)).isEqualTo(DeleteResult.ACCEPTED));
        }
    }

    @Test
    void of_32_threads_that_create_the_same_50_namespaces_one_creates_each() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(32);
        try (Fabric8ClusterGateway gateway = RealCluster.gateway()) {
            String prefix = name("crowd");
            CountDownLatch start = new CountDownLatch(1);
            List<Future<Integer>> created = new ArrayList<>();
            for (int thread = 0; thread < 32; thread++) {
                created.add(threads.submit(() -> {
                    start.await();
                    int mine = 0;
                    for (int i = 0; i < 50; i++) {
                        if (gateway.create(ID, namespace(prefix + "-" + i, Map.of()), CREATE)
                                instanceof CreateResult.Created) {
                            mine++;
                        }
                    }
                    return mine;
                }));
            }

            start.countDown();

            int total = 0;
            for (Future<Integer> each : created) {
                total += each.get();
            }
            assertThat(total).isEqualTo(50);
            for (int i = 0; i < 50; i++) {
                assertThat(gateway.find(ID, ResourceRef.namespace(prefix + "-" + i)))
                        .isPresent();
            }
        } finally {
            threads.shutdownNow();
        }
    }
}
