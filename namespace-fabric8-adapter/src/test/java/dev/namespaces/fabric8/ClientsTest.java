package dev.namespaces.fabric8;

import static dev.namespaces.fabric8.RealCluster.ID;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.namespaces.error.ClusterFailureException;
import dev.namespaces.error.ClusterTimeoutException;
import dev.namespaces.error.ClusterUnreachableException;
import dev.namespaces.error.OperationInterruptedException;
import dev.namespaces.error.UnauthorizedException;
import dev.namespaces.error.UnknownClusterException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.testservers.HttpModule;
import dev.namespaces.testservers.HttpProxy;
import dev.namespaces.testservers.KubeApiServer;
import dev.namespaces.testservers.OnRealCluster;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.jdkhttp.JdkHttpClientFactory;
import io.fabric8.kubernetes.client.jdkhttp.JdkHttpClientImpl;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The lifetime of clients, and which code closes them. */
@OnRealCluster
class ClientsTest {

    private static final ResourceRef DEFAULT = ResourceRef.namespace("default");

    private final List<KubernetesClient> made = new CopyOnWriteArrayList<>();
    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void stop() {
        threads.shutdownNow();
        made.forEach(KubernetesClient::close);
    }

    @Test
    void a_client_is_made_on_first_use_and_once_however_many_ask() throws Exception {
        try (Fabric8ClusterGateway gateway = gateway(RealCluster::config)) {
            assertThat(made).isEmpty();
            CountDownLatch start = new CountDownLatch(1);
            List<Future<?>> calls = new ArrayList<>();
            for (int i = 0; i < 32; i++) {
                calls.add(threads.submit(() -> {
                    start.await();
                    return gateway.find(ID, DEFAULT).orElseThrow();
                }));
            }

            start.countDown();

            for (Future<?> call : calls) {
                call.get();
            }
            assertThat(made).hasSize(1);
        }
    }

    @Test
    void clients_are_closed_with_the_gateway_and_a_hosts_own_client_is_not() {
        Fabric8ClusterGateway gateway = gateway(RealCluster::config);
        try (KubernetesClient hosts = RealCluster.client();
                Fabric8ClusterGateway other =
                        Fabric8ClusterGateway.builder().client(ID, hosts).build()) {
            gateway.find(ID, DEFAULT);
            other.find(ID, DEFAULT);

            gateway.close();
            other.replaceClient(ID);
            other.find(ID, DEFAULT);
            other.close();

            assertThat(made.get(0).getHttpClient().isClosed()).isTrue();
            assertThat(hosts.getHttpClient().isClosed()).isFalse();
            assertThatExceptionOfType(ClusterFailureException.class)
                    .isThrownBy(() -> gateway.find(ID, DEFAULT))
                    .withMessageContaining("closed");
        }
    }

    @Test
    void the_jdks_client_without_redirects_is_closed_with_the_gateway() {
        AtomicInteger closed = new AtomicInteger();
        JdkHttpClientFactory factory = new JdkHttpClientFactory() {
            @Override
            protected void closeHttpClient(JdkHttpClientImpl client) {
                closed.incrementAndGet();
                super.closeHttpClient(client);
            }
        };
        KubernetesClient hosts = new KubernetesClientBuilder()
                .withConfig(RealCluster.config())
                .withHttpClientFactory(factory)
                .build();
        try (Fabric8ClusterGateway gateway =
                Fabric8ClusterGateway.builder().client(ID, hosts).build()) {
            assertThat(gateway.find(ID, DEFAULT)).isPresent();
            gateway.replaceClient(ID);
            assertThat(closed).hasValue(1);
            assertThat(gateway.find(ID, DEFAULT)).isPresent();
            assertThat(hosts.getHttpClient().isClosed()).isFalse();

            hosts.close();

            assertThatExceptionOfType(ClusterFailureException.class)
                    .isThrownBy(() -> gateway.find(ID, DEFAULT))
                    .withMessageContaining("the client is closed");
        }
        assertThat(closed).as("the host's, and two of the gateway").hasValue(3);
    }

    @Test
    void a_call_keeps_its_client_when_it_is_replaced_or_the_gateway_closed() throws Exception {
        try (KubernetesClient admin = RealCluster.client();
                HttpProxy proxy = new HttpProxy(admin);
                Fabric8ClusterGateway gateway = gateway(() -> new ConfigBuilder(RealCluster.config())
                        .withMasterUrl(proxy.url())
                        .build())) {
            Future<?> first = heldFind(proxy, gateway);
            gateway.replaceClient(ID);
            Future<?> second = heldFind(proxy, gateway);
            assertThat(made)
                    .hasSize(2)
                    .noneMatch(client -> client.getHttpClient().isClosed());

            release.get(0).countDown();
            first.get();
            assertThat(made.get(0).getHttpClient().isClosed()).isTrue();
            assertThat(made.get(1).getHttpClient().isClosed()).isFalse();

            gateway.close();
            assertThat(made.get(1).getHttpClient().isClosed()).isFalse();
            release.get(1).countDown();
            second.get();
            assertThat(made.get(1).getHttpClient().isClosed()).isTrue();
        }
    }

    private final List<CountDownLatch> release = new ArrayList<>();

    /** Starts a find that waits at the server. */
    private Future<?> heldFind(HttpProxy proxy, Fabric8ClusterGateway gateway) throws InterruptedException {
        CountDownLatch arrived = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        release.add(go);
        proxy.next((exchange, forward) -> {
            arrived.countDown();
            try {
                go.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            forward.run(true);
        });
        Future<?> call = threads.submit(() -> gateway.find(ID, DEFAULT).orElseThrow());
        arrived.await();
        return call;
    }

    @Test
    void a_factory_that_hangs_delays_a_call_no_longer_than_its_timeout() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        ClientFactory factory = cluster -> {
            if (!made.isEmpty()) {
                asked.countDown();
                await(go);
            }
            KubernetesClient client = RealCluster.client();
            made.add(client);
            return Optional.of(client);
        };
        Fabric8ClusterGateway gateway = Fabric8ClusterGateway.builder()
                .clients(factory)
                .callTimeout(Duration.ofSeconds(3))
                .build();
        gateway.find(ID, DEFAULT);
        gateway.replaceClient(ID);
        Future<?> first = threads.submit(() -> gateway.find(ID, DEFAULT).orElseThrow());
        asked.await();

        assertThatExceptionOfType(ClusterTimeoutException.class).isThrownBy(() -> gateway.find(ID, DEFAULT));
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        AtomicBoolean flag = new AtomicBoolean();
        Thread interrupted = new Thread(() -> {
            try {
                gateway.find(ID, DEFAULT);
            } catch (RuntimeException e) {
                thrown.set(e);
                flag.set(Thread.currentThread().isInterrupted());
            }
        });
        interrupted.start();
        interrupted.interrupt();
        interrupted.join();
        assertThat(thrown.get()).isInstanceOf(OperationInterruptedException.class);
        assertThat(flag).isTrue();
        gateway.close();

        go.countDown();
        assertThatThrownBy(first::get).hasCauseInstanceOf(ClusterTimeoutException.class);
        assertThat(made).hasSize(2).allMatch(client -> client.getHttpClient().isClosed());
    }

    @Test
    void a_client_that_was_replaced_while_it_was_created_serves_one_call() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        try (Fabric8ClusterGateway gateway = gateway(() -> {
            if (asked.getCount() > 0) {
                asked.countDown();
                await(go);
            }
            return RealCluster.config();
        })) {
            Future<?> first = threads.submit(() -> gateway.find(ID, DEFAULT).orElseThrow());
            asked.await();

            gateway.replaceClient(ID);
            go.countDown();
            first.get();
            gateway.find(ID, DEFAULT);

            assertThat(made).hasSize(2);
            assertThat(made.get(0).getHttpClient().isClosed()).isTrue();
            assertThat(made.get(1).getHttpClient().isClosed()).isFalse();
        }
    }

    @ParameterizedTest
    @EnumSource(HttpModule.class)
    void calls_survive_many_replacements_of_their_client_until_the_close(HttpModule module) throws Exception {
        Fabric8ClusterGateway gateway = builder(module, RealCluster::config).build();
        AtomicInteger answers = new AtomicInteger();
        List<Future<?>> callers = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            callers.add(threads.submit(() -> {
                while (true) {
                    assertThat(gateway.find(ID, DEFAULT)).isPresent();
                    answers.incrementAndGet();
                }
            }));
        }
        for (int i = 1; i <= 10; i++) {
            int before = answers.get();
            gateway.replaceClient(ID);
            Awaitility.await()
                    .until(() -> answers.get() > before || callers.stream().anyMatch(Future::isDone));
        }

        gateway.close();

        for (Future<?> caller : callers) {
            assertThatThrownBy(caller::get)
                    .hasCauseInstanceOf(ClusterFailureException.class)
                    .hasMessageContaining("the gateway is closed");
        }
        assertThat(made)
                .hasSizeGreaterThanOrEqualTo(10)
                .allMatch(client -> client.getHttpClient().isClosed());
    }

    @Test
    void a_call_may_be_given_all_the_time_there_is() {
        try (Fabric8ClusterGateway gateway = builder(RealCluster::config)
                .callTimeout(Duration.ofSeconds(Long.MAX_VALUE))
                .build()) {
            assertThat(gateway.find(ID, DEFAULT)).isPresent();
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @ParameterizedTest
    @EnumSource(HttpModule.class)
    void a_call_succeeds_after_a_client_with_refused_credentials_is_replaced(HttpModule module) {
        AtomicLong now = new AtomicLong();
        List<Config> configs = new ArrayList<>(List.of(expired()));
        configs.get(0).setHttp2Disable(module == HttpModule.JDK);
        try (Fabric8ClusterGateway gateway = builder(module, () -> configs.get(configs.size() - 1))
                .nanoTime(now::get)
                .build()) {
            assertThatExceptionOfType(UnauthorizedException.class).isThrownBy(() -> gateway.find(ID, DEFAULT));
            assertThatExceptionOfType(UnauthorizedException.class).isThrownBy(() -> gateway.find(ID, DEFAULT));
            assertThat(made).as("not one for each refused call").hasSize(1);

            configs.add(RealCluster.config());
            now.addAndGet(Duration.ofMinutes(1).toNanos());

            assertThat(gateway.find(ID, DEFAULT)).isPresent();
            assertThat(made).hasSize(2);
            assertThat(made.get(0).getHttpClient().isClosed()).isTrue();
        }
    }

    @Test
    void credentials_refused_with_a_goaway_are_renewed_for_the_next_call() {
        AtomicLong now = new AtomicLong();
        List<Config> configs = new ArrayList<>(List.of(expired()));
        try (Fabric8ClusterGateway gateway = builder(HttpModule.JDK, () -> configs.get(configs.size() - 1))
                .nanoTime(now::get)
                .build()) {
            // Over HTTP/2 the JDK's client loses the 401 in versions that take a GOAWAY for the end of everything.
            assertThatThrownBy(() -> gateway.find(ID, DEFAULT))
                    .isInstanceOfAny(UnauthorizedException.class, ClusterUnreachableException.class)
                    .hasMessageContaining("credentials");
            configs.add(RealCluster.config());
            now.addAndGet(Duration.ofMinutes(1).toNanos());
            try {
                gateway.find(ID, DEFAULT);
            } catch (ClusterUnreachableException e) {
                assertThat(e.isRetryable()).isTrue();
            }

            assertThat(gateway.find(ID, DEFAULT)).isPresent();
        }
    }

    private static Config expired() {
        Config config = RealCluster.config();
        config.setClientCertFile(null);
        config.setClientKeyFile(null);
        config.setClientCertData(null);
        config.setClientKeyData(null);
        config.setOauthToken("expired");
        return config;
    }

    @Test
    void an_unknown_cluster_is_an_error_that_lists_the_known_ones() {
        ClusterId own = new ClusterId("own");
        ClusterId unknown = new ClusterId("unknown");
        try (KubernetesClient hosts = RealCluster.client();
                Fabric8ClusterGateway gateway =
                        builder(RealCluster::config).client(own, hosts).build()) {
            assertThatExceptionOfType(UnknownClusterException.class)
                    .isThrownBy(() -> gateway.find(unknown, DEFAULT))
                    .satisfies(e -> assertThat(e.known()).containsExactly(own, ID));
        }
    }

    @Test
    void a_factory_that_fails_is_the_cause_and_is_asked_again() {
        List<RuntimeException> failures = new ArrayList<>(List.of(new IllegalStateException("no vault")));
        ClientFactory factory = cluster -> {
            if (!failures.isEmpty()) {
                throw failures.remove(0);
            }
            KubernetesClient client = RealCluster.client();
            made.add(client);
            return Optional.of(client);
        };
        try (Fabric8ClusterGateway gateway =
                Fabric8ClusterGateway.builder().clients(factory).build()) {
            assertThatExceptionOfType(ClusterFailureException.class)
                    .isThrownBy(() -> gateway.find(ID, DEFAULT))
                    .withMessageContaining("no vault")
                    .withCauseInstanceOf(IllegalStateException.class);

            assertThat(gateway.find(ID, DEFAULT)).isPresent();
        }
    }

    @Test
    void a_kubeconfig_is_read_again_for_each_new_client_of_its_contexts(@TempDir Path directory) throws IOException {
        Path file = directory.resolve("kubeconfig");
        String real = KubeApiServer.shared().kubeconfig();
        String context = RealCluster.config().getCurrentContext().getName();
        Files.writeString(file, real.replace("https://127.0.0.1:", "https://127.0.0.2:"));
        try (Fabric8ClusterGateway gateway = Fabric8ClusterGateway.builder()
                .clients(ClientFactory.ofKubeconfig(file, Map.of(ID, context, new ClusterId("gone"), "no-context")))
                .build()) {
            assertThatExceptionOfType(RuntimeException.class).isThrownBy(() -> gateway.find(ID, DEFAULT));

            Files.writeString(file, real);
            gateway.replaceClient(ID);

            assertThat(gateway.find(ID, DEFAULT)).isPresent();
            assertThatExceptionOfType(ClusterFailureException.class)
                    .isThrownBy(() -> gateway.find(new ClusterId("gone"), DEFAULT))
                    .withMessageContainingAll("no-context", context);
        }
    }

    private Fabric8ClusterGateway gateway(Supplier<Config> config) {
        return builder(config).build();
    }

    private Fabric8ClusterGateway.Builder builder(Supplier<Config> config) {
        return builder(HttpModule.JDK, config);
    }

    private Fabric8ClusterGateway.Builder builder(HttpModule module, Supplier<Config> config) {
        return Fabric8ClusterGateway.builder().clients(ClientFactory.of(Map.of(ID, () -> {
            KubernetesClient client = module.client(config.get());
            made.add(client);
            return client;
        })));
    }
}
