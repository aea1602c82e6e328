package dev.namespaces.fabric8;

import static dev.namespaces.fabric8.RealCluster.ID;
import static dev.namespaces.fabric8.RealCluster.MANAGER;
import static dev.namespaces.fabric8.RealCluster.apply;
import static dev.namespaces.fabric8.RealCluster.createObject;
import static dev.namespaces.fabric8.RealCluster.denyAll;
import static dev.namespaces.fabric8.RealCluster.name;
import static dev.namespaces.fabric8.RealCluster.namespace;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.namespaces.error.ClusterFailureException;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.NamespaceAbsentException;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.NamespaceTerminatingException;
import dev.namespaces.error.Operation;
import dev.namespaces.model.ClusterId;
import dev.namespaces.spi.ApplyOptions;
import dev.namespaces.spi.CreateOptions;
import dev.namespaces.spi.NamespaceInitializer;
import dev.namespaces.testservers.HttpModule;
import dev.namespaces.testservers.HttpProxy;
import dev.namespaces.testservers.KubeApiServer;
import dev.namespaces.testservers.OnRealCluster;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.api.model.authorization.v1.LocalSubjectAccessReviewBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import io.fabric8.kubernetes.client.dsl.NonDeletingOperation;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A host's own client, whose writes wait for their namespace, with each HTTP client and on a real API server. */
@OnRealCluster
class NamespaceInitializationTest {

    private static KubernetesClient admin;

    private final Recording initializer = new Recording();

    @BeforeAll
    static void open(KubeApiServer server) {
        admin = server.client();
    }

    @ParameterizedTest
    @EnumSource(HttpModule.class)
    void every_kind_of_write_first_makes_its_namespace_exist(HttpModule module) {
        try (KubernetesClient client = client(module, RealCluster.config())) {
            writes().forEach((what, write) -> {
                String namespace = name("write");
                initializer.then =
                        name -> admin.resource(namespace(name, Map.of())).createOr(NonDeletingOperation::update);

                write.accept(client.configMaps().inNamespace(namespace).resource(configMap(namespace)));

                assertThat(initializer.namespaces).as(what).isNotEmpty().containsOnly(namespace);
                assertThat(admin.configMaps()
                                .inNamespace(namespace)
                                .withName("settings")
                                .get())
                        .as(what)
                        .isNotNull();
                initializer.namespaces.clear();
            });
        }
    }

    @ParameterizedTest
    @EnumSource(HttpModule.class)
    void an_object_without_a_name_and_one_sent_as_text_are_writes_too(HttpModule module) {
        String namespace = name("unnamed");
        admin.resource(namespace(namespace, Map.of())).create();
        ConfigMap unnamed = configMap(namespace);
        unnamed.getMetadata().setName(null);
        unnamed.getMetadata().setGenerateName("settings-");
        try (KubernetesClient client = client(module, RealCluster.config())) {
            assertThat(client.resource(unnamed).create().getMetadata().getName())
                    .startsWith("settings-");
            assertThat(initializer.namespaces).containsExactly(namespace);

            client.raw("/api/v1/namespaces/" + namespace + "/configmaps", "POST", configMap(namespace));

            assertThat(initializer.namespaces).containsExactly(namespace, namespace);
            assertThat(admin.configMaps().inNamespace(namespace).list().getItems())
                    .hasSize(2);
        }
    }

    @ParameterizedTest
    @EnumSource(HttpModule.class)
    void changes_of_existing_objects_are_writes_too(HttpModule module) {
        String namespace = name("change");
        admin.resource(namespace(namespace, Map.of())).create();
        admin.resource(configMap(namespace)).create();
        try (KubernetesClient client = client(module, RealCluster.config())) {
            Resource<ConfigMap> live =
                    client.configMaps().inNamespace(namespace).withName("settings");

            live.edit(map -> map.edit().addToData("a", "1").build());
            assertThat(initializer.namespaces).containsExactly(namespace);
            client.resource(live.get().edit().addToData("b", "1").build()).update();
            assertThat(initializer.namespaces).containsExactly(namespace, namespace);
            live.patch(PatchContext.of(PatchType.JSON_MERGE), "{\"data\":{\"c\":\"1\"}}");
            assertThat(initializer.namespaces).containsExactly(namespace, namespace, namespace);

            assertThat(live.get().getData()).containsOnlyKeys("a", "b", "c");
        }
    }

    @ParameterizedTest
    @EnumSource(HttpModule.class)
    void a_failure_reaches_the_host_as_it_is_and_nothing_is_written(HttpModule module) {
        String namespace = name("failing");
        admin.resource(namespace(namespace, Map.of())).create();
        NamespaceException failure = new NamespaceTerminatingException(
                ErrorContext.of(Operation.DEPLOY, ID).withNamespace(namespace), List.of(), null);
        initializer.then = name -> {
            throw failure;
        };
        try (KubernetesClient client = client(module, RealCluster.config())) {
            writes().forEach((what, write) -> assertThatThrownBy(() -> write.accept(
                            client.configMaps().inNamespace(namespace).resource(configMap(namespace))))
                    .as(what)
                    .isSameAs(failure));
            assertThat(admin.configMaps()
                            .inNamespace(namespace)
                            .withName("settings")
                            .get())
                    .isNull();
        }
    }

    @ParameterizedTest
    @EnumSource(HttpModule.class)
    void a_request_that_is_tried_again_is_not_judged_again(HttpModule module) {
        String namespace = name("again");
        admin.resource(namespace(namespace, Map.of())).create();
        try (HttpProxy proxy = new HttpProxy(admin);
                KubernetesClient client = client(module, through(proxy))) {
            proxy.next(HttpProxy.status(503, "ServiceUnavailable", Map.of()));
            proxy.next(HttpProxy.status(503, "ServiceUnavailable", Map.of()));
            initializer.then = name -> {
                if (initializer.namespaces.size() > 1) {
                    throw new IllegalStateException("lost on the scheduler, and the call hangs");
                }
            };

            ConfigMap created = CompletableFuture.supplyAsync(() -> client.configMaps()
                            .inNamespace(namespace)
                            .resource(configMap(namespace))
                            .create())
                    .orTimeout(30, TimeUnit.SECONDS)
                    .join();

            assertThat(created.getMetadata().getUid()).isNotNull();
            assertThat(initializer.namespaces).containsExactly(namespace);
            assertThat(proxy.requests()).hasSize(3);
        }
    }

    @ParameterizedTest
    @EnumSource(HttpModule.class)
    void the_same_object_written_once_more_is_judged_once_more(HttpModule module) {
        String namespace = name("twice");
        admin.resource(namespace(namespace, Map.of())).create();
        try (KubernetesClient client = client(module, RealCluster.config())) {
            Resource<ConfigMap> resource =
                    client.configMaps().inNamespace(namespace).resource(configMap(namespace));

            resource.serverSideApply();
            resource.serverSideApply();

            assertThat(initializer.namespaces).containsExactly(namespace, namespace);
        }
    }

    @ParameterizedTest
    @EnumSource(HttpModule.class)
    void what_is_no_write_into_a_namespace_passes(HttpModule module) {
        String namespace = name("pass");
        try (KubernetesClient client = client(module, RealCluster.config())) {
            client.resource(namespace(namespace, Map.of())).create();
            client.resource(namespace(namespace, Map.of("a", "1"))).serverSideApply();
            client.namespaces().withName(namespace).editStatus(live -> live);
            client.configMaps().inNamespace(namespace).list();
            client.configMaps()
                    .inNamespace(namespace)
                    .watch(new Watcher<>() {
                        @Override
                        public void eventReceived(Action action, ConfigMap resource) {}

                        @Override
                        public void onClose(WatcherException cause) {}
                    })
                    .close();
            admin.serviceAccounts()
                    .inNamespace(namespace)
                    .resource(new ServiceAccountBuilder()
                            .withNewMetadata()
                            .withName("robot")
                            .endMetadata()
                            .build())
                    .create();
            client.serviceAccounts()
                    .inNamespace(namespace)
                    .withName("robot")
                    .tokenRequest(
                            new TokenRequestBuilder().withNewSpec().endSpec().build());
            client.configMaps().inNamespace(namespace).delete();
            client.authorization()
                    .v1()
                    .localSubjectAccessReview()
                    .inNamespace(namespace)
                    .create(new LocalSubjectAccessReviewBuilder()
                            .withNewMetadata()
                            .withNamespace(namespace)
                            .endMetadata()
                            .withNewSpec()
                            .withUser("somebody")
                            .withNewResourceAttributes()
                            .withNamespace(namespace)
                            .withVerb("get")
                            .withResource("pods")
                            .endResourceAttributes()
                            .endSpec()
                            .build());
            client.resource(configMap(namespace))
                    .inNamespace(namespace)
                    .dryRun()
                    .create();
            client.resource(namespace(namespace, Map.of())).delete();
        }
        assertThat(initializer.namespaces).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(HttpModule.class)
    void servers_behind_a_path_prefix_are_no_different(HttpModule module) {
        String namespace = name("prefix");
        admin.resource(namespace(namespace, Map.of())).create();
        try (HttpProxy proxy = new HttpProxy(admin, "/api/v1/namespaces/hub/services/proxy");
                KubernetesClient client = client(module, through(proxy))) {
            client.resource(namespace(namespace, Map.of("a", "1"))).serverSideApply();
            assertThat(initializer.namespaces).isEmpty();

            client.resource(configMap(namespace)).inNamespace(namespace).create();

            assertThat(initializer.namespaces).containsExactly(namespace);
        }
    }

    @ParameterizedTest
    @EnumSource(HttpModule.class)
    void the_initializer_may_use_the_same_client_itself_and_through_a_gateway(HttpModule module) {
        String namespace = name("recursion");
        try (KubernetesClient client = client(module, RealCluster.config());
                Fabric8ClusterGateway gateway =
                        Fabric8ClusterGateway.builder().client(ID, client).build()) {
            initializer.then = name -> {
                createObject(gateway, namespace(name, Map.of()));
                apply(gateway, namespace(name, Map.of("a", "1")), ApplyOptions.as(MANAGER));
                CompletableFuture.runAsync(() -> createObject(gateway, denyAll(name, "egress")))
                        .join();
                client.resource(denyAll(name, "more")).create();
            };

            client.resource(configMap(namespace)).inNamespace(namespace).create();

            assertThat(initializer.namespaces).containsExactly(namespace);
            assertThat(admin.network()
                            .v1()
                            .networkPolicies()
                            .inNamespace(namespace)
                            .list()
                            .getItems())
                    .hasSize(2);
        }
    }

    @ParameterizedTest
    @EnumSource(HttpModule.class)
    void an_absent_namespace_is_told_and_the_host_gets_its_404(HttpModule module) {
        try (KubernetesClient client = client(module, RealCluster.config())) {
            Map<String, Consumer<Resource<ConfigMap>>> creating = new LinkedHashMap<>();
            creating.put("create", Resource::create);
            creating.put("serverSideApply", Resource::serverSideApply);
            creating.put("patch", resource -> resource.patch(PatchContext.of(PatchType.SERVER_SIDE_APPLY)));
            creating.forEach((what, write) -> {
                String namespace = name("absent");

                assertThatExceptionOfType(KubernetesClientException.class)
                        .as(what)
                        .isThrownBy(() -> write.accept(
                                client.configMaps().inNamespace(namespace).resource(configMap(namespace))))
                        .satisfies(e -> assertThat(e.getCode()).isEqualTo(404))
                        .withMessageContaining(namespace);

                assertThat(initializer.namespaces).as(what).containsExactly(namespace);
                assertThat(initializer.absent).as(what).containsExactly(namespace);
                initializer.namespaces.clear();
                initializer.absent.clear();
            });
        }
    }

    @ParameterizedTest
    @EnumSource(HttpModule.class)
    void the_write_after_an_absence_is_judged_again(HttpModule module) {
        String namespace = name("again");
        initializer.then = name -> {
            if (initializer.absent.contains(name)) {
                admin.resource(namespace(name, Map.of())).create();
            }
        };
        try (KubernetesClient client = client(module, RealCluster.config())) {
            assertThatExceptionOfType(KubernetesClientException.class)
                    .isThrownBy(() -> client.resource(configMap(namespace)).create());

            assertThat(client.resource(configMap(namespace))
                            .create()
                            .getMetadata()
                            .getUid())
                    .isNotNull();
        }
    }

    @ParameterizedTest
    @EnumSource(HttpModule.class)
    void other_answers_and_other_requests_tell_of_no_absence(HttpModule module) {
        String present = name("present");
        String absent = name("absent");
        admin.resource(namespace(present, Map.of())).create();
        try (KubernetesClient client = client(module, RealCluster.config());
                Fabric8ClusterGateway gateway =
                        Fabric8ClusterGateway.builder().client(ID, client).build()) {
            for (ThrowingCallable request : List.<ThrowingCallable>of(
                    // Their own object is missing, and nothing is said of the namespace.
                    () -> client.configMaps()
                            .inNamespace(present)
                            .withName("settings")
                            .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"data\":{\"c\":\"1\"}}"),
                    () -> client.raw("/api/v1/namespaces/" + absent + "/configmaps/x", "PUT", configMap(absent)),
                    // The kind is not served.
                    () -> client.raw("/apis/example.com/v1/namespaces/" + absent + "/things", "POST", Map.of("a", 1)),
                    // A dry run has not passed the initializer.
                    () -> client.resource(configMap(absent)).dryRun().create(),
                    // The gateway's own caller deals with it.
                    () -> gateway.create(ID, denyAll(absent, "egress"), CreateOptions.as(MANAGER)))) {
                try {
                    request.call();
                } catch (Throwable e) {
                    assertThat(e).isInstanceOfAny(KubernetesClientException.class, NamespaceAbsentException.class);
                }
            }
            client.resource(configMap(present)).create();
            assertThat(client.configMaps().inNamespace(absent).withName("x").get())
                    .isNull();
        }
        assertThat(initializer.absent).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(HttpModule.class)
    void an_absence_is_told_only_of_the_namespace_that_was_written_in(HttpModule module) {
        String namespace = name("written");
        try (HttpProxy proxy = new HttpProxy(admin);
                KubernetesClient client = client(module, through(proxy))) {
            for (String answer : List.of(
                    absence("namespaces", "other"),
                    absence("configmaps", namespace),
                    absence("namespaces", namespace).replace("Status", "Pod"),
                    "<html>namespaces " + namespace + " not found</html>")) {
                proxy.next(HttpProxy.answer(404, answer, Map.of()));
                assertThatExceptionOfType(KubernetesClientException.class)
                        .isThrownBy(() -> client.resource(configMap(namespace)).create());
            }
            proxy.next(HttpProxy.answer(403, absence("namespaces", namespace), Map.of()));
            assertThatExceptionOfType(KubernetesClientException.class)
                    .isThrownBy(() -> client.resource(configMap(namespace)).create());
            assertThat(initializer.absent).isEmpty();

            byte[] answer = absence("namespaces", namespace).getBytes(StandardCharsets.UTF_8);
            proxy.next((exchange, forward) -> {
                exchange.sendResponseHeaders(404, 0);
                for (byte letter : answer) {
                    exchange.getResponseBody().write(letter);
                    exchange.getResponseBody().flush();
                }
            });
            assertThatExceptionOfType(KubernetesClientException.class)
                    .isThrownBy(() -> client.resource(configMap(namespace)).create())
                    .withMessageContaining("not here");
            assertThat(initializer.absent).as("letter by letter").containsExactly(namespace);
        }
    }

    private static String absence(String kind, String name) {
        return """
                {"kind":"Status","apiVersion":"v1","status":"Failure","message":"not here","reason":"NotFound",
                 "details":{"name":"%s","kind":"%s"},"code":404}""".formatted(name, kind);
    }

    @ParameterizedTest
    @EnumSource(HttpModule.class)
    void an_initializer_that_fails_on_an_absence_does_not_hide_the_answer(HttpModule module) {
        List<Throwable> uncaught = new CopyOnWriteArrayList<>();
        Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
        Thread.setDefaultUncaughtExceptionHandler((thread, e) -> uncaught.add(e));
        IllegalStateException failure = new IllegalStateException("broken");
        initializer.thenAbsent = name -> {
            throw failure;
        };
        try (KubernetesClient client = client(module, RealCluster.config())) {
            assertThatExceptionOfType(KubernetesClientException.class)
                    .isThrownBy(() -> client.resource(configMap(name("absent"))).create())
                    .satisfies(e -> assertThat(e.getCode()).isEqualTo(404));
            assertThat(uncaught).contains(failure);
        } finally {
            Thread.setDefaultUncaughtExceptionHandler(before);
        }
    }

    @ParameterizedTest
    @EnumSource(HttpModule.class)
    void an_initializer_may_be_created_after_the_client_that_serves_both_sides(HttpModule module) {
        String namespace = name("later");
        Config config = RealCluster.config();
        AtomicReference<NamespaceInitializer> later = new AtomicReference<>();
        try (KubernetesClient client = module.builder(config)
                        .withHttpClientBuilderConsumer(NamespaceInitialization.of(config, ID, later::get))
                        .build();
                Fabric8ClusterGateway gateway =
                        Fabric8ClusterGateway.builder().client(ID, client).build()) {
            createObject(gateway, namespace(name("first"), Map.of()));
            initializer.then = name -> createObject(gateway, namespace(name, Map.of()));
            later.set(initializer);

            client.resource(configMap(namespace)).create();

            assertThat(initializer.namespaces).containsExactly(namespace);
            later.set(null);
            assertThatThrownBy(() -> client.resource(configMap(namespace)).create())
                    .hasMessageContaining("initializer");
        }
    }

    @Test
    void an_event_loop_is_not_blocked() {
        Vertx vertx = Vertx.vertx();
        try (KubernetesClient client = client(HttpModule.VERTX, RealCluster.config())) {
            CompletableFuture<Object> write = new CompletableFuture<>();
            vertx.runOnContext(nothing -> {
                try {
                    write.complete(client.resource(configMap("loop"))
                            .inNamespace("loop")
                            .create());
                } catch (RuntimeException e) {
                    write.completeExceptionally(e);
                }
            });

            assertThatThrownBy(() -> write.orTimeout(30, TimeUnit.SECONDS).join())
                    .hasCauseInstanceOf(ClusterFailureException.class)
                    .hasMessageContaining("event loop");
            assertThat(initializer.namespaces).isEmpty();
        } finally {
            vertx.close();
        }
    }

    private KubernetesClient client(HttpModule module, Config config) {
        return module.builder(config)
                .withHttpClientBuilderConsumer(NamespaceInitialization.of(config, ID, initializer))
                .build();
    }

    private static Config through(HttpProxy proxy) {
        return new ConfigBuilder(RealCluster.config())
                .withMasterUrl(proxy.url())
                .build();
    }

    /** Returns each method of the client that writes an object. */
    private static Map<String, Consumer<Resource<ConfigMap>>> writes() {
        Map<String, Consumer<Resource<ConfigMap>>> writes = new LinkedHashMap<>();
        writes.put("create", Resource::create);
        writes.put("createOr", resource -> resource.createOr(NonDeletingOperation::update));
        writes.put("serverSideApply", Resource::serverSideApply);
        writes.put("patch", resource -> resource.patch(PatchContext.of(PatchType.SERVER_SIDE_APPLY)));
        return writes;
    }

    private static ConfigMap configMap(String namespace) {
        return new ConfigMapBuilder()
                .withNewMetadata()
                .withName("settings")
                .withNamespace(namespace)
                .endMetadata()
                .build();
    }

    private static final class Recording implements NamespaceInitializer {

        final List<String> namespaces = new ArrayList<>();
        final List<String> absent = new CopyOnWriteArrayList<>();
        Consumer<String> then = name -> {};
        Consumer<String> thenAbsent = name -> {};

        @Override
        public void beforeApply(ClusterId cluster, HasMetadata manifest) {
            throw new AssertionError("a request has no manifest");
        }

        @Override
        public void beforeApply(ClusterId cluster, String namespace) {
            assertThat(cluster).isEqualTo(ID);
            namespaces.add(namespace);
            then.accept(namespace);
        }

        @Override
        public void namespaceWasAbsent(ClusterId cluster, String namespace) {
            assertThat(cluster).isEqualTo(ID);
            absent.add(namespace);
            thenAbsent.accept(namespace);
        }
    }
}
