package dev.namespaces.fabric8;

import static dev.namespaces.fabric8.RealCluster.ID;
import static dev.namespaces.fabric8.RealCluster.MANAGER;
import static dev.namespaces.fabric8.RealCluster.bound;
import static dev.namespaces.fabric8.RealCluster.createObject;
import static dev.namespaces.fabric8.RealCluster.delete;
import static dev.namespaces.fabric8.RealCluster.name;
import static dev.namespaces.fabric8.RealCluster.namespace;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.namespaces.error.Arrival;
import dev.namespaces.error.ClusterFailureException;
import dev.namespaces.error.ThrottledException;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.spi.AccessRule;
import dev.namespaces.spi.ApplyOptions;
import dev.namespaces.spi.CreateOptions;
import dev.namespaces.spi.DeleteOptions;
import dev.namespaces.spi.DeleteResult;
import dev.namespaces.spi.ListQuery;
import dev.namespaces.testservers.HttpModule;
import dev.namespaces.testservers.HttpProxy;
import dev.namespaces.testservers.KubeApiServer;
import dev.namespaces.testservers.OnRealCluster;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Proxies that answer instead of the API server. The gateway does not mistake their answers for those of the API
 * server.
 */
@OnRealCluster
class IntermediariesTest {

    private static final ApplyOptions OURS = ApplyOptions.as(MANAGER);
    private static final CreateOptions CREATE = CreateOptions.as(MANAGER);

    private static KubernetesClient admin;

    @BeforeAll
    static void open(KubeApiServer server) {
        admin = server.client();
    }

    @ParameterizedTest
    @EnumSource(HttpModule.class)
    void a_server_behind_a_path_prefix_is_no_different(HttpModule module) {
        try (HttpProxy proxy = new HttpProxy(admin, "/k8s/clusters/c-1");
                KubernetesClient client = client(module, proxy);
                Fabric8ClusterGateway gateway = gateway(client)) {
            String name = name("prefix");

            HasMetadata created = createObject(gateway, namespace(name, Map.of("a", "1")));
            HasMetadata live = gateway.apply(ID, bound(namespace(name, Map.of("a", "2")), created), OURS)
                    .live();
            createObject(gateway, RealCluster.denyAll(name, "egress"));

            assertThat(gateway.missingAccess(ID, AccessRule.ensureOnly())).isEmpty();
            assertThat(gateway.list(ID, ListQuery.of("v1", "Namespace", Map.of("a", "2")))
                            .items())
                    .contains(live);
            assertThat(delete(gateway, live)).isEqualTo(DeleteResult.ACCEPTED);
            assertThat(proxy.requests()).allMatch(request -> request.contains(" /k8s/clusters/c-1/api"));
        }
    }

    @ParameterizedTest
    @EnumSource(HttpModule.class)
    void a_write_that_is_redirected_is_no_success(HttpModule module) {
        try (HttpProxy proxy = new HttpProxy(admin);
                KubernetesClient client = client(module, proxy);
                Fabric8ClusterGateway gateway = gateway(client)) {
            String present = name("redirect");
            String absent = name("redirect");
            HasMetadata live = createObject(gateway, namespace(present, Map.of("a", "1")));
            for (int status : List.of(301, 302, 303)) {
                for (ThrowingCallable write : List.<ThrowingCallable>of(
                        () -> gateway.create(ID, namespace(absent, Map.of()), CREATE),
                        () -> gateway.apply(ID, bound(namespace(present, Map.of("a", "2")), live), OURS),
                        () -> delete(gateway, live))) {
                    proxy.next((exchange, forward) -> {
                        exchange.getResponseHeaders()
                                .set("Location", exchange.getRequestURI().toString());
                        exchange.sendResponseHeaders(status, -1);
                    });

                    assertThatExceptionOfType(ClusterFailureException.class)
                            .as("%s", status)
                            .isThrownBy(write)
                            .satisfies(e -> assertThat(e.statusCode()).isEqualTo(status))
                            .satisfies(e -> assertThat(e.arrival()).isEqualTo(Arrival.MAY_STILL_ARRIVE))
                            .withMessageContaining("redirects");
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(HttpModule.class)
    void a_page_is_no_accepted_deletion_no_absent_namespace_and_no_list(HttpModule module) {
        try (HttpProxy proxy = new HttpProxy(admin);
                KubernetesClient client = client(module, proxy);
                Fabric8ClusterGateway gateway = gateway(client)) {
            for (int status : List.of(200, 404)) {
                proxy.always(HttpProxy.answer(status, "<html>Please log in</html>", Map.of()));

                assertThatExceptionOfType(ClusterFailureException.class)
                        .as("%s", status)
                        .isThrownBy(() ->
                                gateway.delete(ID, ResourceRef.namespace("shop"), DeleteOptions.of("some-uid", "1")))
                        .satisfies(e -> assertThat(e.arrival()).isEqualTo(Arrival.MAY_STILL_ARRIVE));
                assertThatExceptionOfType(ClusterFailureException.class)
                        .as("%s", status)
                        .isThrownBy(() -> gateway.find(ID, ResourceRef.namespace("shop")));
                assertThatExceptionOfType(ClusterFailureException.class)
                        .as("%s", status)
                        .isThrownBy(() -> gateway.list(ID, ListQuery.of("v1", "Namespace", Map.of())));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(HttpModule.class)
    void a_refusal_in_plain_text_is_quoted_and_is_not_the_manifests_fault(HttpModule module) {
        try (HttpProxy proxy = new HttpProxy(admin);
                KubernetesClient client = client(module, proxy);
                Fabric8ClusterGateway gateway = gateway(client)) {
            proxy.always(HttpProxy.answer(400, "Client sent an HTTP request to an HTTPS server.\nAnd more", Map.of()));

            for (ThrowingCallable write : List.<ThrowingCallable>of(
                    () -> gateway.create(ID, namespace(name("plain"), Map.of()), CREATE),
                    () -> gateway.apply(
                            ID, bound(namespace(name("plain"), Map.of()), RealCluster.NO_UID, "1"), OURS))) {
                assertThatExceptionOfType(ClusterFailureException.class)
                        .isThrownBy(write)
                        .withMessageEndingWith("answered 400: Client sent an HTTP request to an HTTPS server.");
            }
        }
    }

    @ParameterizedTest
    @EnumSource(HttpModule.class)
    void an_answer_without_end_is_cut_off_and_not_asked_for_again(HttpModule module) {
        byte[] megabyte = new byte[1024 * 1024];
        try (HttpProxy proxy = new HttpProxy(admin);
                KubernetesClient client = client(module, proxy);
                Fabric8ClusterGateway gateway = gateway(client)) {
            proxy.always((exchange, forward) -> {
                exchange.sendResponseHeaders(200, 0);
                while (true) {
                    exchange.getResponseBody().write(megabyte);
                }
            });

            assertThatExceptionOfType(ClusterFailureException.class)
                    .isThrownBy(() -> gateway.find(ID, ResourceRef.namespace("default")))
                    .withMessageContaining("longer than");
            assertThat(proxy.requests()).hasSize(1);
        }
    }

    @ParameterizedTest
    @EnumSource(HttpModule.class)
    void a_time_to_come_back_may_be_a_date(HttpModule module) {
        try (HttpProxy proxy = new HttpProxy(admin);
                KubernetesClient client = client(module, proxy);
                Fabric8ClusterGateway gateway = gateway(client)) {
            String inAnHour = DateTimeFormatter.RFC_1123_DATE_TIME.format(
                    ZonedDateTime.now(ZoneOffset.UTC).plusHours(1));
            proxy.always(HttpProxy.status(429, "TooManyRequests", Map.of("Retry-After", inAnHour)));

            assertThatExceptionOfType(ThrottledException.class)
                    .isThrownBy(() -> gateway.find(ID, ResourceRef.namespace("default")))
                    .satisfies(e -> assertThat(e.retryAfter().orElseThrow())
                            .isBetween(Duration.ofMinutes(50), Duration.ofHours(1)));
            assertThat(proxy.requests()).hasSize(1);
        }
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
