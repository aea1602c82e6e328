package dev.namespaces.fabric8;

import static dev.namespaces.fabric8.RealCluster.ID;
import static dev.namespaces.fabric8.RealCluster.MANAGER;
import static dev.namespaces.fabric8.RealCluster.NO_UID;
import static dev.namespaces.fabric8.RealCluster.bound;
import static dev.namespaces.fabric8.RealCluster.createAndApply;
import static dev.namespaces.fabric8.RealCluster.name;
import static dev.namespaces.fabric8.RealCluster.namespace;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.net.httpserver.HttpExchange;
import dev.namespaces.error.Arrival;
import dev.namespaces.error.ClusterException;
import dev.namespaces.error.ClusterFailureException;
import dev.namespaces.error.ClusterTimeoutException;
import dev.namespaces.error.ClusterUnreachableException;
import dev.namespaces.error.ManifestRejectedException;
import dev.namespaces.error.OperationInterruptedException;
import dev.namespaces.error.UnknownClusterException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.spi.ApplyOptions;
import dev.namespaces.spi.ApplyResult;
import dev.namespaces.spi.CreateOptions;
import dev.namespaces.spi.CreateResult;
import dev.namespaces.spi.DeleteOptions;
import dev.namespaces.testservers.HttpModule;
import dev.namespaces.testservers.HttpProxy;
import dev.namespaces.testservers.KubeApiServer;
import dev.namespaces.testservers.OnRealCluster;
import dev.namespaces.testservers.TcpProxy;
import dev.namespaces.testservers.TcpProxy.Direction;
import dev.namespaces.testservers.TcpProxy.Harm;
import dev.namespaces.testservers.TcpProxy.Kind;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.http.BasicBuilder;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.Interceptor;
import java.io.IOException;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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

/** Whether a write may still arrive after its call has ended, for each way to end and with each HTTP client. */
@OnRealCluster
class ArrivalTest {

    private static final ApplyOptions OURS = ApplyOptions.as(MANAGER);
    private static final CreateOptions CREATE = CreateOptions.as(MANAGER);
    private static final Duration SHORT = Duration.ofSeconds(1);
    private static final Duration ENOUGH = Duration.ofSeconds(20);
    private static final byte[] STATUS =
            "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"code\":500}".getBytes(StandardCharsets.UTF_8);

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
    void settled_where_the_connection_is_refused(HttpModule module) throws IOException {
        int unused;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            unused = socket.getLocalPort();
        }
        everyWrite(module, through("https://127.0.0.1:" + unused), ClusterUnreachableException.class, Arrival.SETTLED);
    }

    @WithEachHttpModule
    void settled_where_the_host_has_no_address(HttpModule module) {
        everyWrite(module, through("https://no-such-host.invalid"), ClusterException.class, Arrival.SETTLED);
    }

    @WithEachHttpModule
    void settled_where_nobody_accepts_the_connection(HttpModule module) throws IOException {
        // A queue of one connection, which is full, so that the next one waits.
        try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Fillers fillers = new Fillers(full)) {
            Config config = through("https://127.0.0.1:" + full.getLocalPort());
            config.setConnectionTimeout(300);

            everyWrite(module, config, SHORT, ClusterException.class, Arrival.SETTLED);
            assertThat(fillers.sockets).isNotEmpty();
        }
    }

    @WithEachHttpModule
    void settled_where_the_certificate_is_not_trusted(HttpModule module) {
        Config config = through(expired.url());
        config.setCaCertFile(null);
        config.setCaCertData(
                Base64.getEncoder().encodeToString(expired.authority().getBytes(StandardCharsets.US_ASCII)));

        everyWrite(module, config, ClusterUnreachableException.class, Arrival.SETTLED);
    }

    @WithEachHttpModule
    void settled_where_the_handshake_hangs_or_is_cut(HttpModule module) {
        for (Kind kind : List.of(Kind.HANG, Kind.RESET)) {
            try (TcpProxy proxy = new TcpProxy(server.getHost(), server.getPort())) {
                proxy.harmAll(new Harm(Direction.TO_CLIENT, 0, kind));

                everyWrite(
                        module,
                        through("https://127.0.0.1:" + proxy.port()),
                        SHORT,
                        ClusterException.class,
                        Arrival.SETTLED);
            }
        }
    }

    @WithEachHttpModule
    void settled_where_an_interceptor_or_a_closed_client_sends_nothing(HttpModule module) {
        try (KubernetesClient client = module.builder(RealCluster.config())
                .withHttpClientBuilderConsumer(builder -> builder.addOrReplaceInterceptor("refusing", new Refusing()))
                .build()) {
            everyWrite(client, SHORT, ClusterFailureException.class, Arrival.SETTLED);
        }
        KubernetesClient closed = module.client(RealCluster.config());
        closed.close();
        everyWrite(closed, SHORT, ClusterException.class, Arrival.SETTLED);
    }

    @WithEachHttpModule
    void settled_where_the_api_server_refuses(HttpModule module) {
        try (HttpProxy proxy = new HttpProxy(admin)) {
            for (int code : new int[] {400, 401, 403, 404, 409, 410, 413, 415, 422, 429}) {
                proxy.always(HttpProxy.status(code, "Refused", Map.of("Retry-After", "3600")));

                everyWrite(module, through(proxy.url()), ClusterException.class, Arrival.SETTLED);
            }
        }
    }

    @WithEachHttpModule
    void settled_where_the_kind_or_the_cluster_is_unknown(HttpModule module) {
        try (KubernetesClient client = module.client(RealCluster.config());
                Fabric8ClusterGateway gateway = gateway(client)) {
            Namespace manifest = bound(namespace("default", Map.of()), NO_UID, "1");
            assertThatExceptionOfType(UnknownClusterException.class)
                    .isThrownBy(() -> gateway.apply(new ClusterId("unknown"), manifest, OURS))
                    .satisfies(e -> assertThat(e.arrival()).isEqualTo(Arrival.SETTLED));
            manifest.setApiVersion("v99");
            assertThatExceptionOfType(ClusterException.class)
                    .isThrownBy(() -> gateway.apply(ID, manifest, OURS))
                    .satisfies(e -> assertThat(e.arrival()).isEqualTo(Arrival.SETTLED));
        }
    }

    @WithEachHttpModule
    void settled_where_only_a_read_is_lost(HttpModule module) {
        try (HttpProxy proxy = new HttpProxy(admin);
                KubernetesClient client = module.client(through(proxy.url()));
                Fabric8ClusterGateway gateway = gateway(client)) {
            proxy.always(HttpProxy.LOSE_ANSWER);
            Namespace manifest = bound(namespace("default", Map.of()), NO_UID, "1");
            manifest.setApiVersion("apps/v1");

            assertThatExceptionOfType(ClusterUnreachableException.class)
                    .as("how the kind is served")
                    .isThrownBy(() -> gateway.apply(ID, manifest, OURS))
                    .satisfies(e -> assertThat(e.arrival()).isEqualTo(Arrival.SETTLED));
            assertThatExceptionOfType(ClusterUnreachableException.class)
                    .as("a dry run")
                    .isThrownBy(() -> gateway.create(ID, namespace(name("dry"), Map.of()), CREATE.withDryRun(true)))
                    .satisfies(e -> assertThat(e.arrival()).isEqualTo(Arrival.SETTLED));
            assertThat(proxy.requests()).noneMatch(request -> request.startsWith("PATCH"));
        }
    }

    @WithEachHttpModule
    void may_arrive_where_the_answer_is_cut(HttpModule module) {
        Map<String, HttpProxy.Turn> cuts = new LinkedHashMap<>();
        cuts.put("before the headers", (exchange, forward) -> exchange.close());
        cuts.put("after the headers", (exchange, forward) -> {
            exchange.sendResponseHeaders(200, STATUS.length);
            exchange.getResponseBody().flush();
            abandon(exchange);
        });
        cuts.put("in the middle of the body", (exchange, forward) -> {
            exchange.sendResponseHeaders(200, STATUS.length);
            exchange.getResponseBody().write(STATUS, 0, 10);
            exchange.getResponseBody().flush();
            abandon(exchange);
        });
        cuts.forEach((where, cut) -> {
            try (HttpProxy proxy = new HttpProxy(admin)) {
                proxy.always(cut);

                everyWrite(module, through(proxy.url()), ClusterUnreachableException.class, Arrival.MAY_STILL_ARRIVE);
            }
        });
    }

    @WithEachHttpModule
    void may_arrive_where_no_answer_comes_in_time(HttpModule module) {
        CountDownLatch end = new CountDownLatch(1);
        try (HttpProxy proxy = new HttpProxy(admin)) {
            proxy.always((exchange, forward) -> await(end));

            everyWrite(module, through(proxy.url()), SHORT, ClusterTimeoutException.class, Arrival.MAY_STILL_ARRIVE);
        } finally {
            end.countDown();
        }
    }

    @WithEachHttpModule
    void may_arrive_where_the_server_fails(HttpModule module) {
        try (HttpProxy proxy = new HttpProxy(admin)) {
            for (int code : new int[] {408, 500, 502, 503, 504}) {
                proxy.always(HttpProxy.status(code, "InternalError", Map.of("Retry-After", "3600")));

                everyWrite(module, through(proxy.url()), ClusterException.class, Arrival.MAY_STILL_ARRIVE);
            }
        }
    }

    @WithEachHttpModule
    void may_arrive_where_a_proxy_answers(HttpModule module) {
        try (HttpProxy proxy = new HttpProxy(admin)) {
            for (int code : new int[] {200, 302, 400, 403, 404, 409, 429, 502}) {
                proxy.always(HttpProxy.answer(code, "<html>Please log in</html>", Map.of("Retry-After", "3600")));

                everyWrite(module, through(proxy.url()), ClusterException.class, Arrival.MAY_STILL_ARRIVE);
            }
        }
    }

    @WithEachHttpModule
    void an_interrupted_write_is_no_settled_failure_and_is_not_repeated(HttpModule module) throws InterruptedException {
        CountDownLatch end = new CountDownLatch(1);
        try (HttpProxy proxy = new HttpProxy(admin);
                KubernetesClient client = module.client(through(proxy.url()));
                Fabric8ClusterGateway gateway = gateway(client)) {
            CountDownLatch waiting = new CountDownLatch(1);
            proxy.always((exchange, forward) -> {
                waiting.countDown();
                await(end);
            });
            AtomicReference<Throwable> thrown = new AtomicReference<>();
            Thread caller = new Thread(() -> {
                try {
                    gateway.create(ID, namespace(name("interrupted"), Map.of()), CREATE);
                } catch (RuntimeException e) {
                    thrown.set(e);
                }
            });
            caller.start();
            waiting.await();

            caller.interrupt();
            caller.join();

            assertThat(thrown.get()).isInstanceOf(OperationInterruptedException.class);
            assertThat(proxy.requests()).hasSize(1);
        } finally {
            end.countDown();
        }
    }

    @WithEachHttpModule
    void a_write_that_was_given_up_before_it_was_sent_is_not_sent_later(HttpModule module) {
        CountDownLatch go = new CountDownLatch(1);
        String name = name("late");
        try (HoldingProxy holding = new HoldingProxy(server, go);
                KubernetesClient client = module.client(through("https://127.0.0.1:" + holding.port()));
                Fabric8ClusterGateway gateway = gateway(client)) {
            assertThatExceptionOfType(ClusterTimeoutException.class)
                    .isThrownBy(() -> gateway.create(ID, namespace(name, Map.of()), CREATE.withTimeout(SHORT)))
                    .satisfies(e -> assertThat(e.arrival()).isEqualTo(Arrival.SETTLED));

            go.countDown();

            assertThat(gateway.find(ID, ResourceRef.namespace(name))).isEmpty();
            assertThat(admin.namespaces().withName(name).get()).isNull();
        }
    }

    @WithEachHttpModule
    void an_earlier_attempt_may_arrive_after_a_later_one_has_ended_the_call(HttpModule module) {
        try (HttpProxy proxy = new HttpProxy(admin);
                KubernetesClient client = module.client(through(proxy.url()));
                Fabric8ClusterGateway gateway = gateway(client)) {
            String name = name("twice");
            HttpProxy.Turn failing = HttpProxy.status(503, "ServiceUnavailable", Map.of());

            proxy.next(failing);
            CreateResult created = gateway.create(ID, namespace(name, Map.of("a", "1")), CREATE);
            proxy.next(failing);
            CreateResult exists = gateway.create(ID, namespace(name, Map.of("a", "1")), CREATE);
            HasMetadata live = gateway.find(ID, ResourceRef.namespace(name)).orElseThrow();
            proxy.next(failing);
            ApplyResult applied = gateway.apply(ID, bound(namespace(name, Map.of("a", "2")), live), OURS);
            proxy.next(failing);
            ManifestRejectedException rejected = catchThrowableOfType(
                    ManifestRejectedException.class,
                    () -> gateway.apply(ID, bound(namespace(name, Map.of("a", "ä")), applied.live()), OURS));

            assertThat(created).isInstanceOf(CreateResult.Created.class);
            assertThat(exists).isInstanceOf(CreateResult.AlreadyExists.class);
            assertThat(List.of(created.arrival(), exists.arrival(), applied.arrival(), rejected.arrival()))
                    .containsOnly(Arrival.MAY_STILL_ARRIVE);
        }
    }

    @WithEachHttpModule
    void a_call_is_settled_whose_earlier_attempts_were_refused_or_never_sent(HttpModule module) {
        try (HttpProxy http = new HttpProxy(admin);
                TcpProxy tcp = new TcpProxy(server.getHost(), server.getPort())) {
            http.next(HttpProxy.status(429, "TooManyRequests", Map.of()));
            tcp.harmNext(new Harm(Direction.TO_SERVER, 0, Kind.RESET));
            for (String url : List.of(http.url(), "https://127.0.0.1:" + tcp.port())) {
                try (KubernetesClient client = module.client(through(url));
                        Fabric8ClusterGateway gateway = gateway(client)) {
                    String name = name("again");

                    CreateResult created = gateway.create(ID, namespace(name, Map.of("a", "1")), CREATE);

                    assertThat(created).isInstanceOf(CreateResult.Created.class);
                    assertThat(created.arrival()).isEqualTo(Arrival.SETTLED);
                }
            }
            assertThat(http.requests()).hasSize(2);
            assertThat(tcp.connections()).isGreaterThan(1);
        }
    }

    @WithEachHttpModule
    void an_undisturbed_call_is_settled(HttpModule module) {
        try (KubernetesClient client = module.client(RealCluster.config());
                Fabric8ClusterGateway gateway = gateway(client)) {
            String name = name("quiet");
            HasMetadata live = createAndApply(gateway, namespace(name, Map.of("a", "1")), OURS);

            assertThat(gateway.apply(ID, bound(namespace(name, Map.of("a", "2")), live), OURS)
                            .arrival())
                    .isEqualTo(Arrival.SETTLED);
            assertThat(gateway.create(ID, namespace(name, Map.of()), CREATE).arrival())
                    .isEqualTo(Arrival.SETTLED);
        }
    }

    private static void everyWrite(
            HttpModule module, Config config, Class<? extends ClusterException> type, Arrival arrival) {
        everyWrite(module, config, ENOUGH, type, arrival);
    }

    private static void everyWrite(
            HttpModule module,
            Config config,
            Duration timeout,
            Class<? extends ClusterException> type,
            Arrival arrival) {
        try (KubernetesClient client = module.client(config)) {
            everyWrite(client, timeout, type, arrival);
        }
    }

    private static void everyWrite(
            KubernetesClient client, Duration timeout, Class<? extends ClusterException> type, Arrival arrival) {
        String name = name("arrival");
        try (Fabric8ClusterGateway gateway = gateway(client)) {
            Map<String, ThrowingCallable> writes = Map.of(
                    "create",
                    () -> gateway.create(ID, namespace(name, Map.of()), CREATE.withTimeout(timeout)),
                    "apply",
                    () -> gateway.apply(ID, bound(namespace(name, Map.of()), NO_UID, "1"), OURS.withTimeout(timeout)),
                    "delete",
                    () -> gateway.delete(
                            ID,
                            ResourceRef.namespace(name),
                            DeleteOptions.of(NO_UID, "1").withTimeout(timeout)));
            writes.forEach((what, write) -> assertThatExceptionOfType(type)
                    .as(what)
                    .isThrownBy(write)
                    .satisfies(e -> assertThat(e.arrival()).as(what).isEqualTo(arrival)));
        }
    }

    private static Fabric8ClusterGateway gateway(KubernetesClient client) {
        return Fabric8ClusterGateway.builder().client(ID, client).build();
    }

    private static Config through(String url) {
        return new ConfigBuilder(RealCluster.config()).withMasterUrl(url).build();
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Makes the server close the connection, because its handler fails. */
    private static void abandon(HttpExchange exchange) {
        throw new IllegalStateException("Cuts the answer to " + exchange.getRequestURI());
    }

    private static final class Refusing implements Interceptor {
        @Override
        public void before(BasicBuilder builder, HttpRequest request, RequestTags tags) {
            throw new IllegalStateException("not today");
        }
    }

    /** Connections that wait in the queue of a server that accepts none. */
    private static final class Fillers implements AutoCloseable {

        final List<Socket> sockets = new ArrayList<>();

        Fillers(ServerSocket server) throws IOException {
            for (int i = 0; i < 10; i++) {
                Socket socket = new Socket();
                sockets.add(socket);
                try {
                    socket.connect(new InetSocketAddress(server.getInetAddress(), server.getLocalPort()), 200);
                } catch (IOException e) {
                    return;
                }
            }
            throw new IllegalStateException("The queue is never full");
        }

        @Override
        public void close() throws IOException {
            for (Socket socket : sockets) {
                socket.close();
            }
        }
    }

    @Target(ElementType.METHOD)
    @Retention(RetentionPolicy.RUNTIME)
    @ParameterizedTest
    @EnumSource(HttpModule.class)
    @Execution(ExecutionMode.CONCURRENT)
    private @interface WithEachHttpModule {}
}
