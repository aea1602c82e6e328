package dev.namespaces.integration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.integration.LateWritesOnRealClusterTest.Write;
import dev.namespaces.jdbc.JdbcStores;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.PolicyDialect;
import dev.namespaces.testservers.ChildJvm;
import dev.namespaces.testservers.HeldRequest;
import dev.namespaces.testservers.HttpModule;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.http.BasicBuilder;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.Interceptor;
import io.fabric8.kubernetes.client.http.StandardHttpRequest;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A replica in a JVM of its own, which the test stops with SIGSTOP. After it has checked its lease, and before it sends
 * the write of the test, it prints a line and waits for a line.
 */
final class ReplicaInAProcess implements FirstReplica {

    private static final String ABOUT_TO_SEND = "about to send";

    private final ChildJvm jvm;
    private final HeldRequest write;
    private final boolean stopsBeforeSending;

    /** Starts the deployment. */
    ReplicaInAProcess(
            String proxy,
            HttpModule module,
            Duration lease,
            String database,
            EnvironmentId environment,
            Write kind,
            HeldRequest write,
            boolean stopsBeforeSending) {
        this.write = write;
        this.stopsBeforeSending = stopsBeforeSending;
        jvm = ChildJvm.startForShortWork(
                ReplicaInAProcess.class,
                proxy,
                module.name(),
                lease.toString(),
                database,
                environment.value(),
                kind.name());
    }

    @Override
    public void giveUp() {
        assertThat(jvm.nextLine()).isEqualTo(ABOUT_TO_SEND);
        if (!stopsBeforeSending) {
            jvm.println("");
            write.awaitCaught();
        }
        jvm.stop();
    }

    @Override
    public int deliver() {
        if (!stopsBeforeSending) {
            int status = write.deliver();
            jvm.proceed();
            return status;
        }
        jvm.println("");
        jvm.proceed();
        return write.deliver();
    }

    @Override
    public String failure() {
        return jvm.nextLine();
    }

    @Override
    public void close() {
        jvm.close();
    }

    public static void main(String[] arguments) {
        PGSimpleDataSource database = new PGSimpleDataSource();
        database.setURL(arguments[3]);
        JdbcStores stores =
                JdbcStores.builder(database).lease(Duration.parse(arguments[2])).build();
        Gate gate = new Gate(Write.valueOf(arguments[5]));
        try (KubernetesClient client = Replicas.client(arguments[0], HttpModule.valueOf(arguments[1]))
                        .withHttpClientBuilderConsumer(builder -> builder.addOrReplaceInterceptor("gate", gate))
                        .build();
                NamespaceLifecycle lifecycle =
                        Replicas.lifecycle(client, Duration.ofSeconds(30), stores.stores(), PolicyDialect.KUBERNETES)) {
            System.out.println(Replicas.failureOfDeploying(lifecycle, new EnvironmentId(arguments[4])));
        }
    }

    /** Runs after the check of the lease, before anything of the request is sent. */
    private static final class Gate implements Interceptor {

        private final Write write;
        private final AtomicBoolean isPassed = new AtomicBoolean();

        Gate(Write write) {
            this.write = write;
        }

        @Override
        public void before(BasicBuilder builder, HttpRequest request, RequestTags tags) {
            String contentType = ((StandardHttpRequest) request).getContentType();
            if (!write.is(request.method(), request.uri().getPath(), contentType)
                    || !isPassed.compareAndSet(false, true)) {
                return;
            }
            System.out.println(ABOUT_TO_SEND);
            try {
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)).readLine();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
