package dev.namespaces.fabric8;

import static dev.namespaces.fabric8.RealCluster.ID;
import static dev.namespaces.fabric8.RealCluster.ciliumPolicy;
import static dev.namespaces.fabric8.RealCluster.createObject;
import static dev.namespaces.fabric8.RealCluster.denyAll;
import static dev.namespaces.fabric8.RealCluster.name;
import static dev.namespaces.fabric8.RealCluster.namespace;
import static dev.namespaces.fabric8.RealCluster.toEntities;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.namespaces.error.Arrival;
import dev.namespaces.error.ClusterFailureException;
import dev.namespaces.error.ClusterTimeoutException;
import dev.namespaces.error.ErrorCategory;
import dev.namespaces.error.ListExpiredException;
import dev.namespaces.error.Operation;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.spi.ListQuery;
import dev.namespaces.spi.ObjectPage;
import dev.namespaces.testservers.HttpModule;
import dev.namespaces.testservers.HttpProxy;
import dev.namespaces.testservers.KubeApiServer;
import dev.namespaces.testservers.OnRealCluster;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Lists on a real API server, page by page. */
@OnRealCluster(cilium = true)
class ListTest {

    private static KubernetesClient admin;
    private static Fabric8ClusterGateway gateway;

    @BeforeAll
    static void open(KubeApiServer server) {
        admin = server.client();
        gateway = Fabric8ClusterGateway.builder().client(ID, admin).build();
    }

    @Test
    void pages_have_all_objects_once_and_end_without_a_token() {
        Map<String, String> label = Map.of("list", name("pages"));
        List<HasMetadata> created = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            created.add(createObject(gateway, namespace(name("page"), label)));
        }
        createObject(gateway, namespace(name("other"), Map.of()));
        ListQuery query = ListQuery.of("v1", "Namespace", label).withLimit(2);

        ObjectPage first = gateway.list(ID, query);
        ObjectPage second = gateway.list(ID, query.withContinueToken(first.continueToken()));
        ObjectPage third = gateway.list(ID, query.withContinueToken(second.continueToken()));

        assertThat(List.of(
                        first.items().size(),
                        second.items().size(),
                        third.items().size()))
                .containsExactly(2, 2, 1);
        assertThat(first.continueToken()).isNotNull();
        assertThat(second.continueToken()).isNotNull();
        assertThat(third.continueToken()).isNull();
        List<HasMetadata> listed = new ArrayList<>(first.items());
        listed.addAll(second.items());
        listed.addAll(third.items());
        assertThat(listed).containsExactlyInAnyOrderElementsOf(created);
        assertThat(listed).extracting(item -> item.getMetadata().getName()).isSorted();
    }

    @Test
    void items_are_what_find_returns() {
        String home = name("home");
        Map<String, String> label = Map.of("list", home);
        HasMetadata namespace = createObject(gateway, namespace(home, label));
        NetworkPolicy policy = denyAll(home, "egress");
        policy.getMetadata().setLabels(label);
        GenericKubernetesResource cilium = ciliumPolicy(home, "egress", toEntities("cluster"));
        cilium.getMetadata().setLabels(label);
        for (HasMetadata live : List.of(namespace, createObject(gateway, policy), createObject(gateway, cilium))) {
            ObjectPage page = gateway.list(ID, ListQuery.of(live.getApiVersion(), live.getKind(), label));

            assertThat(page.items()).containsExactly(live);
            assertThat(page.items())
                    .isEqualTo(List.of(gateway.find(ID, ResourceRef.of(live)).orElseThrow()));
            assertThat(page.items().get(0).getApiVersion()).isEqualTo(live.getApiVersion());
            assertThat(page.items().get(0).getKind()).isEqualTo(live.getKind());
        }
        assertThat(gateway.list(ID, ListQuery.of("v1", "Namespace", label)).items())
                .allMatch(Namespace.class::isInstance);
    }

    @Test
    void objects_of_all_namespaces_are_listed_in_the_order_of_the_server() {
        Map<String, String> label = Map.of("list", name("order"));
        String home = name("order");
        for (String namespace : List.of(home + "-a", home, home + "-b")) {
            createObject(gateway, namespace(namespace, Map.of()));
            for (String name : List.of("z", "a")) {
                NetworkPolicy policy = denyAll(namespace, name);
                policy.getMetadata().setLabels(label);
                createObject(gateway, policy);
            }
        }

        assertThat(gateway.list(ID, ListQuery.of("networking.k8s.io/v1", "NetworkPolicy", label))
                        .items())
                .extracting(item -> item.getMetadata().getNamespace() + "/"
                        + item.getMetadata().getName())
                .containsExactly(home + "-a/a", home + "-a/z", home + "-b/a", home + "-b/z", home + "/a", home + "/z");
    }

    @Test
    void every_label_must_match_an_empty_value_too() {
        String key = name("key");
        createObject(gateway, namespace(name("labels"), Map.of(key, "", "b", "1")));
        createObject(gateway, namespace(name("labels"), Map.of(key, "x", "b", "1")));
        createObject(gateway, namespace(name("labels"), Map.of(key, "")));

        for (Map<String, String> labels : List.of(Map.of(key, "", "b", "1"), Map.of(key, "x"))) {
            assertThat(gateway.list(ID, ListQuery.of("v1", "Namespace", labels)).items())
                    .singleElement()
                    .satisfies(
                            item -> assertThat(item.getMetadata().getLabels()).containsAllEntriesOf(labels));
        }
        assertThat(gateway.list(ID, ListQuery.of("v1", "Namespace", Map.of(key, "")))
                        .items())
                .hasSize(2);
        assertThat(gateway.list(ID, ListQuery.of("v1", "Namespace", Map.of(key, "none"))))
                .isEqualTo(ObjectPage.empty());
    }

    @Test
    void a_kind_that_is_not_served_has_an_empty_page() {
        for (String apiVersion : List.of("example.com/v1", "v1", "cilium.io/v99")) {
            assertThat(gateway.list(ID, ListQuery.of(apiVersion, "Nothing", Map.of())))
                    .isEqualTo(ObjectPage.empty());
        }
    }

    @ParameterizedTest
    @EnumSource(HttpModule.class)
    void a_list_is_read_consistently_and_asks_for_its_page(HttpModule module) {
        List<URI> asked = new CopyOnWriteArrayList<>();
        through(module, (proxy, other) -> {
            proxy.always((exchange, forward) -> {
                asked.add(exchange.getRequestURI());
                forward.run(true);
            });

            other.list(
                    ID,
                    ListQuery.of("v1", "Namespace", Map.of("a", "1", "b", "2")).withLimit(7));
        });
        assertThat(asked)
                .singleElement()
                .isEqualTo(URI.create("/api/v1/namespaces?limit=7&labelSelector=a%3D1%2Cb%3D2"));
    }

    @ParameterizedTest
    @EnumSource(HttpModule.class)
    void a_list_that_expires_between_its_pages_has_to_begin_again(HttpModule module) {
        Map<String, String> label = Map.of("list", name("expired"));
        for (int i = 0; i < 3; i++) {
            createObject(gateway, namespace(name("expired"), label));
        }
        through(module, (proxy, other) -> {
            ListQuery query = ListQuery.of("v1", "Namespace", label).withLimit(2);
            ObjectPage first = other.list(ID, query);
            // What kube-apiserver answers once etcd has compacted the version of the first page.
            proxy.next(HttpProxy.answer(410, """
                    {"kind":"Status","apiVersion":"v1","metadata":{"continue":"inconsistent"},"status":"Failure",
                     "message":"The provided continue parameter is too old","reason":"Expired","code":410}""", Map.of()));

            assertThatExceptionOfType(ListExpiredException.class)
                    .isThrownBy(() -> other.list(ID, query.withContinueToken(first.continueToken())))
                    .satisfies(e -> assertThat(e.isRetryable()).isTrue())
                    .satisfies(e -> assertThat(e.arrival()).isEqualTo(Arrival.SETTLED))
                    .satisfies(e -> assertThat(e.context().operation()).isEqualTo(Operation.LIST));

            assertThat(other.list(ID, query).items()).isEqualTo(first.items());
        });
    }

    @Test
    void a_list_that_etcd_has_compacted_between_its_pages_has_to_begin_again() {
        String home = name("compacted");
        Map<String, String> label = Map.of("list", home);
        createObject(gateway, namespace(home, Map.of()));
        for (String name : List.of("a", "b", "c")) {
            GenericKubernetesResource policy = ciliumPolicy(home, name, toEntities("cluster"));
            policy.getMetadata().setLabels(label);
            createObject(gateway, policy);
        }
        ListQuery query =
                ListQuery.of("cilium.io/v2", "CiliumNetworkPolicy", label).withLimit(2);
        ObjectPage first = gateway.list(ID, query);

        String expired = Etcd.expire(Objects.requireNonNull(first.continueToken()));

        assertThatExceptionOfType(ListExpiredException.class)
                .isThrownBy(() -> gateway.list(ID, query.withContinueToken(expired)))
                .satisfies(e -> assertThat(e.isRetryable()).isTrue());
        assertThat(gateway.list(ID, query.withLimit(3)).items()).hasSize(3);
    }

    @Test
    void a_token_of_another_list_is_a_failure_and_no_page() {
        assertThatExceptionOfType(ClusterFailureException.class)
                .isThrownBy(() -> gateway.list(
                        ID, ListQuery.of("v1", "Namespace", Map.of()).withContinueToken("made up")))
                .satisfies(e -> assertThat(e.statusCode()).isEqualTo(400))
                .satisfies(e -> assertThat(e.category()).isEqualTo(ErrorCategory.MISCONFIGURED));
    }

    @ParameterizedTest
    @EnumSource(HttpModule.class)
    void a_page_that_is_too_long_is_asked_for_again_with_half_the_limit(HttpModule module) {
        String home = name("long");
        Map<String, String> label = Map.of("list", home);
        createObject(gateway, namespace(home, Map.of()));
        String text = "x".repeat(950_000);
        int count = 20;
        for (int i = 0; i < count; i++) {
            admin.resource(new ConfigMapBuilder()
                            .withNewMetadata()
                            .withNamespace(home)
                            .withName("long-" + (char) ('a' + i))
                            .withLabels(label)
                            .endMetadata()
                            .addToData("text", text)
                            .build())
                    .create();
        }
        List<String> limits = new CopyOnWriteArrayList<>();
        through(module, (proxy, other) -> {
            other.serves(ID, "v1", "ConfigMap");
            proxy.always((exchange, forward) -> {
                limits.add(exchange.getRequestURI().getQuery().replaceFirst(".*limit=([0-9]+).*", "$1"));
                forward.run(true);
            });
            ListQuery query = ListQuery.of("v1", "ConfigMap", label).withLimit(30);

            ObjectPage first = other.list(ID, query);
            ObjectPage second = other.list(ID, query.withContinueToken(first.continueToken()));

            assertThat(first.items()).hasSize(15);
            assertThat(second.items()).hasSize(5);
            assertThat(second.continueToken()).isNull();
            assertThat(limits).containsExactly("30", "15", "30");
        });
        admin.configMaps().inNamespace(home).withLabels(label).delete();
    }

    @ParameterizedTest
    @EnumSource(HttpModule.class)
    void a_single_object_that_is_too_long_is_a_failure(HttpModule module) {
        byte[] megabyte = new byte[1024 * 1024];
        through(module, (proxy, other) -> {
            proxy.always((exchange, forward) -> {
                exchange.sendResponseHeaders(200, 0);
                while (true) {
                    exchange.getResponseBody().write(megabyte);
                }
            });

            assertThatExceptionOfType(ClusterFailureException.class)
                    .isThrownBy(() -> other.list(
                            ID, ListQuery.of("v1", "Namespace", Map.of()).withLimit(4)))
                    .withMessageContaining("longer than")
                    .satisfies(e -> assertThat(e.arrival()).isEqualTo(Arrival.SETTLED));
            assertThat(proxy.requests()).as("of 4, of 2 and of 1").hasSize(3);
        });
    }

    @ParameterizedTest
    @EnumSource(HttpModule.class)
    void a_list_ends_within_its_own_timeout(HttpModule module) {
        CountDownLatch end = new CountDownLatch(1);
        Duration timeout = Duration.ofMillis(300);
        through(module, (proxy, other) -> {
            proxy.always((exchange, forward) -> {
                try {
                    end.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });

            assertThatExceptionOfType(ClusterTimeoutException.class)
                    .isThrownBy(() -> other.list(
                            ID, ListQuery.of("v1", "Namespace", Map.of()).withTimeout(timeout)))
                    .satisfies(e -> assertThat(e.limit()).isEqualTo(timeout));
            end.countDown();
        });
    }

    private static void through(HttpModule module, Use use) {
        try (HttpProxy proxy = new HttpProxy(admin);
                KubernetesClient client = module.client(new ConfigBuilder(RealCluster.config())
                        .withMasterUrl(proxy.url())
                        .build());
                Fabric8ClusterGateway other =
                        Fabric8ClusterGateway.builder().client(ID, client).build()) {
            use.run(proxy, other);
        }
    }

    private interface Use {
        void run(HttpProxy proxy, Fabric8ClusterGateway other);
    }
}
