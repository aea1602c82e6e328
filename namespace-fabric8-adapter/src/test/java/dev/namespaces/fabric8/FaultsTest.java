package dev.namespaces.fabric8;

import static dev.namespaces.fabric8.RealCluster.ID;
import static dev.namespaces.fabric8.RealCluster.MANAGER;
import static dev.namespaces.fabric8.RealCluster.bound;
import static dev.namespaces.fabric8.RealCluster.createAndApply;
import static dev.namespaces.fabric8.RealCluster.createObject;
import static dev.namespaces.fabric8.RealCluster.delete;
import static dev.namespaces.fabric8.RealCluster.labels;
import static dev.namespaces.fabric8.RealCluster.name;
import static dev.namespaces.fabric8.RealCluster.namespace;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.namespaces.error.Arrival;
import dev.namespaces.error.ClusterFailureException;
import dev.namespaces.error.ClusterTimeoutException;
import dev.namespaces.error.ClusterUnreachableException;
import dev.namespaces.error.OperationInterruptedException;
import dev.namespaces.error.PreconditionFailedException;
import dev.namespaces.error.ThrottledException;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.spi.ApplyOptions;
import dev.namespaces.spi.ApplyOptions.Extent;
import dev.namespaces.spi.ApplyResult;
import dev.namespaces.spi.CreateOptions;
import dev.namespaces.spi.CreateResult;
import dev.namespaces.spi.DeleteOptions;
import dev.namespaces.spi.DeleteResult;
import dev.namespaces.testservers.HttpModule;
import dev.namespaces.testservers.HttpProxy;
import dev.namespaces.testservers.KubeApiServer;
import dev.namespaces.testservers.OnRealCluster;
import dev.namespaces.testservers.TcpProxy;
import dev.namespaces.testservers.TcpProxy.Direction;
import dev.namespaces.testservers.TcpProxy.Harm;
import dev.namespaces.testservers.TcpProxy.Kind;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The result of a call if the connection to the API server is faulty, with each HTTP client. Most of it is waiting. */
@OnRealCluster
class FaultsTest {

    private static final ApplyOptions OURS = ApplyOptions.as(MANAGER);
    private static final CreateOptions CREATE = CreateOptions.as(MANAGER);

    /** More than a TLS handshake and the headers of a request, and less than a long namespace. */
    private static final int IN_THE_MIDDLE = 60_000;

    private static final Duration SHORT = Duration.ofSeconds(3);

    private static KubernetesClient admin;
    private static URI server;
    private static UntrustedServer expired;

    @BeforeAll
    static void open(KubeApiServer cluster, @TempDir Path directory) {
        expired = UntrustedServer.expired(directory);
        admin = cluster.client();
        server = URI.create(admin.getMasterUrl().toString());
    }

    @AfterAll
    static void close() {
        if (expired != null) {
            expired.close();
        }
    }

    @WithEachHttpModule
    void a_refused_connection_is_unreachable(HttpModule module) {
        int unused;
        try (TcpProxy proxy = new TcpProxy(server.getHost(), server.getPort())) {
            unused = proxy.port();
        }
        try (KubernetesClient client = module.client(through("https://127.0.0.1:" + unused));
                Fabric8ClusterGateway gateway = gateway(client)) {
            assertThatExceptionOfType(ClusterUnreachableException.class)
                    .isThrownBy(() -> gateway.apply(ID, unread(namespace(name("refused"), Map.of())), OURS))
                    .withMessageContaining("127.0.0.1:" + unused)
                    .satisfies(e -> assertThat(e.isRetryable()).isTrue());
        }
    }

    @WithEachHttpModule
    void a_connection_reset_in_the_middle_of_a_request_is_tried_again(HttpModule module) {
        try (TcpProxy proxy = new TcpProxy(server.getHost(), server.getPort());
                KubernetesClient client = module.client(through("https://127.0.0.1:" + proxy.port()));
                Fabric8ClusterGateway gateway = gateway(client)) {
            proxy.harmNext(new Harm(Direction.TO_SERVER, IN_THE_MIDDLE, Kind.RESET));

            CreateResult result = gateway.create(ID, longNamespace(name("reset")), CREATE);

            assertThat(result).isInstanceOf(CreateResult.Created.class);
            assertThat(proxy.connections()).isGreaterThan(1);
        }
    }

    @WithEachHttpModule
    void a_connection_reset_in_the_middle_of_an_answer_is_tried_again(HttpModule module) {
        Namespace manifest = longNamespace(name("reset"));
        admin.resource(manifest).create();
        try (TcpProxy proxy = new TcpProxy(server.getHost(), server.getPort());
                KubernetesClient client = module.client(through("https://127.0.0.1:" + proxy.port()));
                Fabric8ClusterGateway gateway = gateway(client)) {
            proxy.harmNext(new Harm(Direction.TO_CLIENT, IN_THE_MIDDLE, Kind.RESET));

            assertThat(gateway.find(ID, ResourceRef.of(manifest))).isPresent();

            assertThat(proxy.connections()).isGreaterThan(1);
        }
    }

    @WithEachHttpModule
    void a_connection_that_is_always_reset_is_unreachable(HttpModule module) {
        Namespace manifest = longNamespace(name("reset"));
        Namespace bound = bound(manifest, admin.resource(manifest).create());
        try (TcpProxy proxy = new TcpProxy(server.getHost(), server.getPort());
                KubernetesClient client = module.client(through("https://127.0.0.1:" + proxy.port()));
                Fabric8ClusterGateway gateway = gateway(client)) {
            for (Direction direction : Direction.values()) {
                proxy.harmAll(new Harm(direction, IN_THE_MIDDLE, Kind.RESET));

                assertThatExceptionOfType(ClusterUnreachableException.class)
                        .isThrownBy(() -> gateway.apply(ID, bound, OURS));
            }
        }
    }

    @WithEachHttpModule
    void a_silent_or_trickling_server_ends_in_a_timeout_of_one_call(HttpModule module) {
        Namespace manifest = longNamespace(name("silent"));
        admin.resource(manifest).create();
        try (TcpProxy proxy = new TcpProxy(server.getHost(), server.getPort());
                Fabric8ClusterGateway gateway = Fabric8ClusterGateway.builder()
                        .clients(ClientFactory.of(
                                Map.of(ID, () -> module.client(through("https://127.0.0.1:" + proxy.port())))))
                        .callTimeout(SHORT)
                        .build()) {
            for (Kind kind : new Kind[] {Kind.HANG, Kind.TRICKLE}) {
                proxy.harmAll(new Harm(Direction.TO_CLIENT, IN_THE_MIDDLE, kind));
                gateway.replaceClient(ID);

                assertThatExceptionOfType(ClusterTimeoutException.class)
                        .isThrownBy(() -> gateway.find(ID, ResourceRef.of(manifest)))
                        .satisfies(e -> assertThat(e.limit()).isEqualTo(SHORT))
                        .satisfies(e -> assertThat(e.isRetryable()).isTrue());

                proxy.harmAll(Harm.NONE);
                gateway.replaceClient(ID);
                assertThat(gateway.find(ID, ResourceRef.of(manifest))).isPresent();
            }
        }
    }

    @WithEachHttpModule
    void a_thread_that_is_interrupted_while_it_waits_leaves_at_once(HttpModule module) throws InterruptedException {
        try (HttpProxy proxy = new HttpProxy(admin);
                KubernetesClient client = module.client(through(proxy.url()));
                Fabric8ClusterGateway gateway = gateway(client)) {
            CountDownLatch waiting = new CountDownLatch(1);
            CountDownLatch end = new CountDownLatch(1);
            proxy.always((exchange, forward) -> {
                waiting.countDown();
                await(end);
            });
            AtomicReference<Throwable> thrown = new AtomicReference<>();
            AtomicReference<Boolean> flag = new AtomicReference<>();
            Thread caller = new Thread(() -> {
                try {
                    gateway.find(ID, ResourceRef.namespace("default"));
                } catch (RuntimeException e) {
                    thrown.set(e);
                    flag.set(Thread.currentThread().isInterrupted());
                }
            });
            caller.start();
            waiting.await();

            caller.interrupt();
            caller.join();

            end.countDown();
            assertThat(thrown.get()).isInstanceOf(OperationInterruptedException.class);
            assertThat(flag.get()).isTrue();
        }
    }

    @WithEachHttpModule
    void an_interrupt_is_reported_while_the_reasons_of_a_refusal_are_read(HttpModule module)
            throws InterruptedException {
        String terminating = name("terminating");
        admin.resource(namespace(terminating, Map.of())).create();
        admin.namespaces().withName(terminating).delete();
        try (HttpProxy proxy = new HttpProxy(admin);
                KubernetesClient client = module.client(through(proxy.url()));
                Fabric8ClusterGateway gateway = gateway(client)) {
            CountDownLatch asked = new CountDownLatch(1);
            CountDownLatch end = new CountDownLatch(1);
            gateway.serves(ID, "v1", "ConfigMap");
            proxy.forget();
            proxy.next(HttpProxy.PASS);
            proxy.always((exchange, forward) -> {
                asked.countDown();
                await(end);
            });
            AtomicReference<Throwable> thrown = new AtomicReference<>();
            Thread caller = new Thread(() -> {
                try {
                    gateway.create(ID, configMap(terminating), CREATE);
                } catch (RuntimeException e) {
                    thrown.set(e);
                }
            });
            caller.start();
            asked.await();

            caller.interrupt();
            caller.join();

            end.countDown();
            assertThat(proxy.requests())
                    .containsExactly(
                            "POST /api/v1/namespaces/" + terminating + "/configmaps",
                            "GET /api/v1/namespaces/" + terminating);
            assertThat(thrown.get()).isInstanceOf(OperationInterruptedException.class);
        }
    }

    @WithEachHttpModule
    void a_throttled_call_waits_as_long_as_it_is_told_and_succeeds(HttpModule module) {
        try (HttpProxy proxy = new HttpProxy(admin);
                KubernetesClient client = module.client(through(proxy.url()));
                Fabric8ClusterGateway gateway = gateway(client)) {
            proxy.next(HttpProxy.status(429, "TooManyRequests", Map.of("Retry-After", "1")));

            gateway.create(ID, namespace(name("throttled"), Map.of()), CREATE);

            assertThat(proxy.requests()).hasSize(2);
        }
    }

    @WithEachHttpModule
    void a_call_that_is_throttled_for_longer_than_it_has_says_so_at_once(HttpModule module) {
        try (HttpProxy proxy = new HttpProxy(admin);
                KubernetesClient client = module.client(through(proxy.url()));
                Fabric8ClusterGateway gateway = gateway(client)) {
            proxy.always(HttpProxy.status(429, "TooManyRequests", Map.of("Retry-After", "3600")));

            assertThatExceptionOfType(ThrottledException.class)
                    .isThrownBy(() -> gateway.apply(ID, unread(namespace(name("throttled"), Map.of())), OURS))
                    .satisfies(e -> assertThat(e.retryAfter()).contains(Duration.ofHours(1)));
            assertThat(proxy.requests()).hasSize(1);
        }
    }

    @WithEachHttpModule
    void a_server_that_is_out_of_service_for_long_says_until_when(HttpModule module) {
        try (HttpProxy proxy = new HttpProxy(admin);
                KubernetesClient client = module.client(through(proxy.url()));
                Fabric8ClusterGateway gateway = gateway(client)) {
            proxy.always(HttpProxy.status(503, "ServiceUnavailable", Map.of("Retry-After", "3600")));

            assertThatExceptionOfType(ClusterFailureException.class)
                    .isThrownBy(() -> gateway.apply(ID, unread(namespace(name("closed"), Map.of())), OURS))
                    .satisfies(e -> assertThat(e.retryAfter()).contains(Duration.ofHours(1)));
        }
    }

    @WithEachHttpModule
    void a_failing_server_is_tried_again_and_named_if_it_keeps_failing(HttpModule module) {
        try (HttpProxy proxy = new HttpProxy(admin);
                KubernetesClient client = module.client(through(proxy.url()));
                Fabric8ClusterGateway gateway = gateway(client)) {
            for (HttpProxy.Turn failure : new HttpProxy.Turn[] {
                HttpProxy.status(500, "InternalError", Map.of()),
                HttpProxy.status(503, "ServiceUnavailable", Map.of()),
                HttpProxy.answer(502, "<html>bad gateway</html>", Map.of())
            }) {
                proxy.next(failure);
                proxy.next(failure);
                assertThat(gateway.create(ID, namespace(name("failing"), Map.of()), CREATE))
                        .isInstanceOf(CreateResult.Created.class);

                proxy.always(failure);
                assertThatExceptionOfType(ClusterFailureException.class)
                        .isThrownBy(() -> gateway.apply(ID, unread(namespace(name("failing"), Map.of())), OURS))
                        .satisfies(e -> assertThat(e.statusCode()).isIn(500, 502, 503))
                        .satisfies(e -> assertThat(e.isRetryable()).isTrue());
                proxy.always(HttpProxy.PASS);
            }
        }
    }

    @WithEachHttpModule
    void a_create_whose_answer_is_lost_finds_the_object_when_repeated(HttpModule module) {
        try (HttpProxy proxy = new HttpProxy(admin);
                KubernetesClient client = module.client(through(proxy.url()));
                Fabric8ClusterGateway gateway = gateway(client)) {
            String name = name("lost");
            proxy.next(HttpProxy.LOSE_ANSWER);

            assertThat(gateway.create(ID, namespace(name, Map.of("ours", "yes")), CREATE))
                    .isEqualTo(new CreateResult.AlreadyExists(Arrival.MAY_STILL_ARRIVE));

            assertThat(labels(gateway.find(ID, ResourceRef.namespace(name)).orElseThrow()))
                    .containsEntry("ours", "yes");
        }
    }

    @WithEachHttpModule
    void an_apply_whose_answer_is_lost_recognizes_its_own_change(HttpModule module) {
        try (HttpProxy proxy = new HttpProxy(admin);
                KubernetesClient client = module.client(through(proxy.url()));
                Fabric8ClusterGateway gateway = gateway(client)) {
            String name = name("lost");
            HasMetadata live = createAndApply(gateway, namespace(name, Map.of("a", "1")), OURS);
            proxy.next(HttpProxy.LOSE_ANSWER);

            ApplyResult result = gateway.apply(ID, bound(namespace(name, Map.of("a", "2")), live), OURS);

            assertThat(labels(result.live())).containsEntry("a", "2");
            assertThat(result.effect()).isEqualTo(ApplyResult.Effect.CHANGED);
            assertThat(result.arrival()).isEqualTo(Arrival.MAY_STILL_ARRIVE);

            Namespace manifest = bound(namespace(name, Map.of("a", "3")), result.live());
            proxy.next((exchange, forward) -> admin.namespaces()
                    .withName(name)
                    .edit(theirs -> theirs.edit()
                            .editMetadata()
                            .addToLabels("theirs", "1")
                            .endMetadata()
                            .build()));

            assertThatExceptionOfType(PreconditionFailedException.class)
                    .isThrownBy(() -> gateway.apply(ID, manifest, OURS));
        }
    }

    @WithEachHttpModule
    void a_lost_answer_is_recognized_only_by_just_what_was_wanted(HttpModule module) {
        try (HttpProxy proxy = new HttpProxy(admin);
                KubernetesClient client = module.client(through(proxy.url()));
                Fabric8ClusterGateway gateway = gateway(client)) {
            for (Map<String, String> theirs : List.of(
                    // The apply was not carried out, as "gone" shows, and others have changed something else.
                    Map.of("a", "2", "gone", "1", "theirs", "1"),
                    // The apply may have been carried out, and others have removed its value since then.
                    Map.<String, String>of())) {
                String name = name("lost");
                HasMetadata live = createAndApply(gateway, namespace(name, Map.of("a", "2", "gone", "1")), OURS);
                proxy.forget();
                proxy.next((exchange, forward) -> admin.namespaces()
                        .withName(name)
                        .edit(namespace -> namespace
                                .edit()
                                .editMetadata()
                                .withLabels(theirs)
                                .endMetadata()
                                .build()));

                assertThatExceptionOfType(PreconditionFailedException.class)
                        .isThrownBy(() -> gateway.apply(ID, bound(namespace(name, Map.of("a", "2")), live), OURS))
                        .satisfies(e -> assertThat(e.arrival()).isEqualTo(Arrival.MAY_STILL_ARRIVE));
                assertThat(proxy.requests())
                        .as("no write after the look")
                        .containsExactly(
                                "PATCH /api/v1/namespaces/" + name,
                                "PATCH /api/v1/namespaces/" + name,
                                "GET /api/v1/namespaces/" + name);
            }
        }
    }

    @WithEachHttpModule
    void a_patch_of_a_whole_object_recognizes_its_own_change(HttpModule module) {
        ConfigMap manifest = configMap("default");
        manifest.getMetadata().setName(name("whole"));
        manifest.setData(Map.of("a", "1"));
        try (HttpProxy proxy = new HttpProxy(admin);
                KubernetesClient client = module.client(through(proxy.url()));
                Fabric8ClusterGateway gateway = gateway(client)) {
            createAndApply(gateway, manifest, OURS);
            HasMetadata opened = admin.resource(manifest)
                    .edit(live -> live.edit().addToData("theirs", "1").build());
            proxy.next(HttpProxy.PASS);
            proxy.next(HttpProxy.LOSE_ANSWER);

            ApplyResult result = gateway.apply(ID, bound(manifest, opened), OURS.withExtent(Extent.WHOLE_OBJECT));

            assertThat(((ConfigMap) result.live()).getData()).isEqualTo(Map.of("a", "1"));
            assertThat(result.effect()).isEqualTo(ApplyResult.Effect.CHANGED);
            assertThat(result.arrival()).isEqualTo(Arrival.MAY_STILL_ARRIVE);
            assertThat(gateway.find(ID, ResourceRef.of(manifest))).contains(result.live());
        }
    }

    @WithEachHttpModule
    void a_deletion_whose_answer_is_lost_is_accepted_or_gone(HttpModule module) {
        try (HttpProxy proxy = new HttpProxy(admin);
                KubernetesClient client = module.client(through(proxy.url()));
                Fabric8ClusterGateway gateway = gateway(client)) {
            ConfigMap free = configMap("default");
            free.getMetadata().setName(name("free"));
            ConfigMap held = configMap("default");
            held.getMetadata().setName(name("held"));
            held.getMetadata().setFinalizers(List.of("example.com/hold"));
            HasMetadata liveFree = createObject(gateway, free);
            HasMetadata liveHeld = createObject(gateway, held);
            HasMetadata other = createObject(gateway, namespace(name("other"), Map.of()));

            proxy.next(HttpProxy.LOSE_ANSWER);
            assertThat(delete(gateway, liveFree)).isEqualTo(DeleteResult.GONE);
            proxy.next(HttpProxy.LOSE_ANSWER);
            assertThat(delete(gateway, liveHeld)).isEqualTo(DeleteResult.ACCEPTED);
            proxy.next((exchange, forward) -> admin.namespaces()
                    .withName(other.getMetadata().getName())
                    .edit(live -> live.edit()
                            .editMetadata()
                            .addToLabels("theirs", "1")
                            .endMetadata()
                            .build()));
            assertThatExceptionOfType(PreconditionFailedException.class).isThrownBy(() -> delete(gateway, other));

            admin.resource(held)
                    .edit(live -> live.edit()
                            .editMetadata()
                            .withFinalizers()
                            .endMetadata()
                            .build());
        }
    }

    @WithEachHttpModule
    void a_call_ends_within_the_shorter_of_its_own_timeout_and_the_gateways(HttpModule module) {
        CountDownLatch end = new CountDownLatch(1);
        Duration tiny = Duration.ofMillis(300);
        try (HttpProxy proxy = new HttpProxy(admin);
                KubernetesClient client = module.client(through(proxy.url()));
                Fabric8ClusterGateway patient = gateway(client);
                Fabric8ClusterGateway impatient = Fabric8ClusterGateway.builder()
                        .client(ID, client)
                        .callTimeout(tiny)
                        .build()) {
            proxy.always((exchange, forward) -> await(end));
            Namespace manifest = unread(namespace(name("timeout"), Map.of()));
            for (Fabric8ClusterGateway gateway : List.of(patient, impatient)) {
                Duration own = gateway == patient ? tiny : Duration.ofHours(1);
                for (ThrowingCallable call : List.<ThrowingCallable>of(
                        () -> gateway.apply(ID, manifest, OURS.withTimeout(own)),
                        () -> gateway.create(ID, manifest, CREATE.withTimeout(own)),
                        () -> gateway.delete(
                                ID,
                                ResourceRef.of(manifest),
                                DeleteOptions.of("x", "1").withTimeout(own)))) {
                    assertThatExceptionOfType(ClusterTimeoutException.class)
                            .isThrownBy(call)
                            .satisfies(e -> assertThat(e.limit()).isEqualTo(tiny));
                }
            }
        } finally {
            end.countDown();
        }
    }

    @WithEachHttpModule
    void a_token_that_expires_is_renewed_by_the_client_and_the_write_succeeds(HttpModule module) {
        List<String> tokens = new CopyOnWriteArrayList<>(List.of("new", "old"));
        try (HttpProxy proxy = new HttpProxy(admin)) {
            Config config = through(proxy.url());
            config.setOauthTokenProvider(() -> tokens.size() > 1 ? tokens.remove(1) : tokens.get(0));
            proxy.always((exchange, forward) -> {
                if ("Bearer new".equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
                    forward.run(true);
                } else {
                    HttpProxy.status(401, "Unauthorized", Map.of()).take(exchange, forward);
                }
            });
            try (KubernetesClient client = module.client(config);
                    Fabric8ClusterGateway gateway = gateway(client)) {
                assertThat(gateway.create(ID, namespace(name("token"), Map.of()), CREATE))
                        .isInstanceOf(CreateResult.Created.class);
                assertThat(proxy.requests()).hasSize(2);
            }
        }
    }

    @WithEachHttpModule
    void a_page_that_is_no_kubernetes_answer_is_a_failure_and_not_an_object(HttpModule module) {
        try (HttpProxy proxy = new HttpProxy(admin);
                KubernetesClient client = module.client(through(proxy.url()));
                Fabric8ClusterGateway gateway = gateway(client)) {
            proxy.always(HttpProxy.answer(200, "<html>Please log in</html>", Map.of()));

            assertThatExceptionOfType(ClusterFailureException.class)
                    .isThrownBy(() -> gateway.find(ID, ResourceRef.namespace("default")))
                    .withMessageContaining("proxy");
            assertThatExceptionOfType(ClusterFailureException.class)
                    .isThrownBy(() -> gateway.serves(ID, "apps/v1", "Deployment"));
        }
    }

    // One after the other, since the connections of one server are counted.
    @ParameterizedTest
    @EnumSource(HttpModule.class)
    void an_expired_certificate_is_unreachable_says_so_and_is_not_tried_again(HttpModule module) {
        Config config = through(expired.url());
        config.setCaCertFile(null);
        config.setCaCertData(
                Base64.getEncoder().encodeToString(expired.authority().getBytes(StandardCharsets.US_ASCII)));
        int before = expired.connections();
        try (KubernetesClient client = module.client(config);
                Fabric8ClusterGateway gateway = gateway(client)) {
            assertThatExceptionOfType(ClusterUnreachableException.class)
                    .isThrownBy(() -> gateway.apply(ID, unread(namespace(name("expired"), Map.of())), OURS))
                    .withMessageContaining("NotAfter")
                    .satisfies(e -> assertThat(e.isRetryable()).isFalse());
            // OkHttp itself tries an older version of TLS.
            assertThat(expired.connections() - before).isLessThan(3);
        }
    }

    @ParameterizedTest
    @EnumSource(HttpModule.class)
    void a_certificate_of_another_name_is_final_and_not_tried_again(HttpModule module, @TempDir Path directory) {
        try (UntrustedServer other = UntrustedServer.ofAnotherName(directory)) {
            Config config = through(other.url());
            config.setCaCertFile(null);
            config.setCaCertData(
                    Base64.getEncoder().encodeToString(other.authority().getBytes(StandardCharsets.US_ASCII)));
            try (KubernetesClient client = module.client(config);
                    Fabric8ClusterGateway gateway = gateway(client)) {
                assertThatExceptionOfType(ClusterUnreachableException.class)
                        .isThrownBy(() -> gateway.find(ID, ResourceRef.namespace("default")))
                        .withMessageContaining("another name")
                        .satisfies(e -> assertThat(e.isRetryable()).isFalse());
                // OkHttp itself tries an older version of TLS.
                assertThat(other.connections()).isLessThan(3);
            }
        }
    }

    @Target(ElementType.METHOD)
    @Retention(RetentionPolicy.RUNTIME)
    @ParameterizedTest
    @EnumSource(HttpModule.class)
    @Execution(ExecutionMode.CONCURRENT)
    private @interface WithEachHttpModule {}

    private static Fabric8ClusterGateway gateway(KubernetesClient client) {
        return Fabric8ClusterGateway.builder().client(ID, client).build();
    }

    /** Returns the manifest, bound to a UID and a version that no object has. */
    private static Namespace unread(Namespace manifest) {
        return bound(manifest, RealCluster.NO_UID, "1");
    }

    private static Config through(String url) {
        return new ConfigBuilder(RealCluster.config()).withMasterUrl(url).build();
    }

    private static Namespace longNamespace(String name) {
        Namespace namespace = namespace(name, Map.of());
        // Not the same letter repeated, because the API server compresses long answers.
        byte[] noise = new byte[2 * IN_THE_MIDDLE];
        new Random(1).nextBytes(noise);
        namespace
                .getMetadata()
                .setAnnotations(Map.of("example.com/long", Base64.getEncoder().encodeToString(noise)));
        return namespace;
    }

    private static ConfigMap configMap(String namespace) {
        return new ConfigMapBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName("settings")
                .endMetadata()
                .build();
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
