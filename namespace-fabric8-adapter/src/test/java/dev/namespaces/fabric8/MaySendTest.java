package dev.namespaces.fabric8;

import static dev.namespaces.fabric8.RealCluster.ID;
import static dev.namespaces.fabric8.RealCluster.MANAGER;
import static dev.namespaces.fabric8.RealCluster.NO_UID;
import static dev.namespaces.fabric8.RealCluster.bound;
import static dev.namespaces.fabric8.RealCluster.createAndApply;
import static dev.namespaces.fabric8.RealCluster.createObject;
import static dev.namespaces.fabric8.RealCluster.denyAll;
import static dev.namespaces.fabric8.RealCluster.name;
import static dev.namespaces.fabric8.RealCluster.namespace;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.namespaces.error.Arrival;
import dev.namespaces.error.LeaseLostException;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.spi.ApplyOptions;
import dev.namespaces.spi.ApplyOptions.Extent;
import dev.namespaces.spi.CreateOptions;
import dev.namespaces.spi.DeleteOptions;
import dev.namespaces.testservers.HttpModule;
import dev.namespaces.testservers.HttpProxy;
import dev.namespaces.testservers.KubeApiServer;
import dev.namespaces.testservers.OnRealCluster;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The lease is asked before each request that could write; once it is lost, no request is sent any more. */
@OnRealCluster
class MaySendTest {

    private static final ApplyOptions OURS = ApplyOptions.as(MANAGER);
    private static final ApplyOptions WHOLE = OURS.withExtent(Extent.WHOLE_OBJECT);
    private static final CreateOptions CREATE = CreateOptions.as(MANAGER);

    private static KubernetesClient admin;

    @BeforeAll
    static void open(KubeApiServer cluster) {
        admin = cluster.client();
    }

    @ParameterizedTest
    @EnumSource(HttpModule.class)
    void nothing_is_written_without_a_lease(HttpModule module) {
        try (HttpProxy proxy = new HttpProxy(admin);
                KubernetesClient client = client(module, proxy);
                Fabric8ClusterGateway gateway = gateway(client)) {
            String name = name("lease");
            BooleanSupplier never = () -> false;
            for (ThrowingCallable write : List.<ThrowingCallable>of(
                    () -> gateway.create(ID, namespace(name, Map.of()), CREATE.withMaySend(never)),
                    () -> gateway.apply(ID, bound(namespace(name, Map.of()), NO_UID, "1"), OURS.withMaySend(never)),
                    () -> gateway.delete(
                            ID,
                            ResourceRef.namespace(name),
                            DeleteOptions.of(NO_UID, "1").withMaySend(never)))) {
                assertThatExceptionOfType(LeaseLostException.class)
                        .isThrownBy(write)
                        .satisfies(e -> assertThat(e.arrival()).isEqualTo(Arrival.SETTLED));
            }
            assertThat(proxy.requests()).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(HttpModule.class)
    void a_dry_run_and_a_read_need_no_lease(HttpModule module) {
        try (HttpProxy proxy = new HttpProxy(admin);
                KubernetesClient client = client(module, proxy);
                Fabric8ClusterGateway gateway = gateway(client)) {
            String name = name("lease");
            createObject(gateway, namespace(name, Map.of("gone", "1")));
            BooleanSupplier never = () -> false;

            gateway.create(
                    ID,
                    namespace(name("lease"), Map.of()),
                    CREATE.withDryRun(true).withMaySend(never));
            gateway.apply(ID, namespace(name, Map.of()), OURS.withDryRun(true).withMaySend(never));

            assertThat(gateway.find(ID, ResourceRef.namespace(name))).isPresent();
        }
    }

    @ParameterizedTest
    @EnumSource(HttpModule.class)
    void an_apply_stops_between_its_requests_when_the_lease_is_lost(HttpModule module) {
        try (HttpProxy proxy = new HttpProxy(admin);
                KubernetesClient client = client(module, proxy);
                Fabric8ClusterGateway gateway = gateway(client)) {
            // The apply, the passing of ownership, the apply that drops what ours had, and what others had.
            for (int allowed = 0; allowed <= 4; allowed++) {
                NetworkPolicy policy = openedPolicy();
                proxy.forget();
                AtomicInteger asked = new AtomicInteger();
                int limit = allowed;
                ThrowingCallable apply =
                        () -> gateway.apply(ID, policy, WHOLE.withMaySend(() -> asked.incrementAndGet() <= limit));

                if (allowed < 4) {
                    assertThatExceptionOfType(LeaseLostException.class)
                            .isThrownBy(apply)
                            .satisfies(e -> assertThat(e.arrival()).isEqualTo(Arrival.SETTLED));
                    assertThat(asked).hasValue(allowed + 1);
                } else {
                    assertThat(catchThrowable(apply)).isNull();
                    assertThat(asked).hasValue(allowed);
                }
                assertThat(patches(proxy)).isEqualTo(allowed);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(HttpModule.class)
    void a_write_is_not_repeated_when_the_lease_is_lost(HttpModule module) {
        try (HttpProxy proxy = new HttpProxy(admin);
                KubernetesClient client = client(module, proxy);
                Fabric8ClusterGateway gateway = gateway(client)) {
            String name = name("lease");
            HasMetadata live = createAndApply(gateway, namespace(name, Map.of()), OURS);
            for (HttpProxy.Turn failure :
                    List.of(HttpProxy.status(503, "ServiceUnavailable", Map.of()), HttpProxy.LOSE_ANSWER)) {
                for (ThrowingCallable write : List.<ThrowingCallable>of(
                        () -> gateway.create(ID, namespace(name, Map.of()), CREATE.withMaySend(once())),
                        () -> gateway.apply(ID, bound(namespace(name, Map.of()), live), OURS.withMaySend(once())),
                        () -> gateway.delete(
                                ID,
                                ResourceRef.namespace(name),
                                DeleteOptions.of(NO_UID, "1").withMaySend(once())))) {
                    proxy.forget();
                    proxy.next(failure);

                    assertThatExceptionOfType(LeaseLostException.class)
                            .isThrownBy(write)
                            .satisfies(e -> assertThat(e.arrival()).isEqualTo(Arrival.MAY_STILL_ARRIVE));
                    assertThat(proxy.requests()).hasSize(1);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(HttpModule.class)
    void no_write_is_repeated_by_the_http_client_when_the_lease_is_lost(HttpModule module) {
        try (HttpProxy proxy = new HttpProxy(admin);
                KubernetesClient client = client(module, proxy);
                Fabric8ClusterGateway gateway = gateway(client)) {
            String name = name("lease");
            HasMetadata live = createAndApply(gateway, namespace(name, Map.of()), OURS);
            for (int status : List.of(307, 308)) {
                proxy.forget();
                proxy.next((exchange, forward) -> {
                    exchange.getResponseHeaders()
                            .set("Location", exchange.getRequestURI().toString());
                    exchange.sendResponseHeaders(status, -1);
                });
                HttpProxy.Turn pass = HttpProxy.PASS;
                AtomicInteger whole = new AtomicInteger();
                proxy.always((exchange, forward) -> {
                    whole.incrementAndGet();
                    pass.take(exchange, forward);
                });

                assertThatExceptionOfType(RuntimeException.class)
                        .isThrownBy(() -> gateway.apply(
                                ID, bound(namespace(name, Map.of("a", "1")), live), OURS.withMaySend(once())));

                assertThat(gateway.find(ID, ResourceRef.namespace(name))).contains(live);
                assertThat(whole).as("only the find has arrived").hasValue(1);
            }
        }
    }

    /** Creates a policy that others have opened, and returns the manifest that closes it and drops a label. */
    private static NetworkPolicy openedPolicy() {
        try (Fabric8ClusterGateway gateway = gateway(admin)) {
            String home = name("lease");
            createObject(gateway, namespace(home, Map.of()));
            NetworkPolicy created = denyAll(home, "egress");
            created.getMetadata().setLabels(Map.of("gone", "1"));
            createObject(gateway, created);
            HasMetadata opened = admin.network()
                    .v1()
                    .networkPolicies()
                    .inNamespace(home)
                    .withName("egress")
                    .edit(policy -> policy.edit()
                            .editSpec()
                            .addNewEgress()
                            .endEgress()
                            .endSpec()
                            .build());
            return bound(denyAll(home, "egress"), opened);
        }
    }

    private static BooleanSupplier once() {
        AtomicInteger asked = new AtomicInteger();
        return () -> asked.incrementAndGet() == 1;
    }

    private static long patches(HttpProxy proxy) {
        return proxy.requests().stream()
                .filter(request -> request.startsWith("PATCH"))
                .count();
    }

    private static Fabric8ClusterGateway gateway(KubernetesClient client) {
        return Fabric8ClusterGateway.builder().client(ID, client).build();
    }

    private static KubernetesClient client(HttpModule module, HttpProxy proxy) {
        return module.client(new ConfigBuilder(RealCluster.config())
                .withMasterUrl(proxy.url())
                .build());
    }
}
