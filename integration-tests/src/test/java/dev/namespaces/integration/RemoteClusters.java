package dev.namespaces.integration;

import dev.namespaces.error.Arrival;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.LeaseLostException;
import dev.namespaces.error.Operation;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.spi.ApplyOptions;
import dev.namespaces.spi.ApplyResult;
import dev.namespaces.spi.ClusterGateway;
import dev.namespaces.spi.CreateOptions;
import dev.namespaces.spi.CreateResult;
import dev.namespaces.spi.DeleteOptions;
import dev.namespaces.spi.DeleteResult;
import dev.namespaces.spi.ListQuery;
import dev.namespaces.spi.ObjectPage;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.io.EOFException;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Clusters of this JVM that a child JVM can use, so that they survive the child. */
final class RemoteClusters implements AutoCloseable {

    private final ServerSocket server;
    private final ClusterGateway clusters;

    RemoteClusters(ClusterGateway clusters) {
        this.clusters = clusters;
        try {
            server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        run(this::accept);
    }

    int port() {
        return server.getLocalPort();
    }

    @Override
    public void close() throws IOException {
        server.close();
    }

    private void accept() throws IOException {
        while (true) {
            Socket child = server.accept();
            run(() -> serve(child));
        }
    }

    private static void run(Work work) {
        Thread thread = new Thread(
                () -> {
                    try {
                        work.run();
                    } catch (EOFException | SocketException e) {
                        // The child was killed, or the test has ended.
                    } catch (IOException | ClassNotFoundException e) {
                        throw new IllegalStateException(e);
                    }
                },
                "remote-clusters");
        thread.setDaemon(true);
        thread.start();
    }

    private interface Work {
        void run() throws IOException, ClassNotFoundException;
    }

    private void serve(Socket child) throws IOException, ClassNotFoundException {
        try (child;
                ObjectOutputStream out = new ObjectOutputStream(child.getOutputStream());
                ObjectInputStream in = new ObjectInputStream(child.getInputStream())) {
            while (true) {
                Question<?> question = (Question<?>) in.readObject();
                Object answer;
                try {
                    answer = question.ask(clusters);
                } catch (RuntimeException e) {
                    answer = e;
                }
                out.writeObject(answer);
                out.flush();
            }
        }
    }

    /** Is sent to the JVM that has the clusters, and asked there. */
    private interface Question<T> extends Serializable {
        @Nullable
        T ask(ClusterGateway clusters);
    }

    private record Page(
            ArrayList<HasMetadata> items, @Nullable String continueToken) implements Serializable {}

    /** Returns the gateway of a child to the clusters behind that port. */
    static ClusterGateway gateway(int port) {
        try {
            return new OfChild(new Socket(InetAddress.getLoopbackAddress(), port));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static final class OfChild implements ClusterGateway {

        private final ObjectOutputStream out;
        private final ObjectInputStream in;

        OfChild(Socket socket) throws IOException {
            out = new ObjectOutputStream(socket.getOutputStream());
            in = new ObjectInputStream(socket.getInputStream());
        }

        @Override
        public Optional<HasMetadata> find(ClusterId cluster, ResourceRef resource) {
            return Optional.ofNullable(
                    answer(clusters -> clusters.find(cluster, resource).orElse(null)));
        }

        @Override
        public ObjectPage list(ClusterId cluster, ListQuery query) {
            String apiVersion = query.apiVersion();
            String kind = query.kind();
            TreeMap<String, String> labels = new TreeMap<>(query.labels());
            int limit = query.limit();
            String token = query.continueToken();
            Page page = Objects.requireNonNull(answer(clusters -> {
                ObjectPage found = clusters.list(
                        cluster,
                        ListQuery.of(apiVersion, kind, labels).withLimit(limit).withContinueToken(token));
                return new Page(new ArrayList<>(found.items()), found.continueToken());
            }));
            return new ObjectPage(page.items(), page.continueToken());
        }

        @Override
        public DeleteResult delete(ClusterId cluster, ResourceRef resource, DeleteOptions options) {
            requireMaySend(options.maySend(), Operation.DELETE, cluster, resource);
            String uid = options.uid();
            String version = options.resourceVersion();
            return Objects.requireNonNull(
                    answer(clusters -> clusters.delete(cluster, resource, DeleteOptions.of(uid, version))));
        }

        @SuppressWarnings("unchecked") // The other end answers its question.
        private synchronized <T> @Nullable T answer(Question<T> question) {
            try {
                out.writeObject(question);
                out.flush();
                Object answer = in.readObject();
                if (answer instanceof RuntimeException failure) {
                    throw failure;
                }
                return (T) answer;
            } catch (IOException | ClassNotFoundException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public ApplyResult apply(ClusterId cluster, HasMetadata manifest, ApplyOptions options) {
            requireMaySend(options.maySend(), Operation.APPLY, cluster, ResourceRef.of(manifest));
            String manager = options.fieldManager();
            boolean dryRun = options.dryRun();
            ApplyOptions.Conflicts conflicts = options.conflicts();
            ApplyOptions.Extent extent = options.extent();
            Written written = Objects.requireNonNull(answer(clusters -> Written.of(clusters.apply(
                    cluster,
                    manifest,
                    ApplyOptions.as(manager)
                            .withDryRun(dryRun)
                            .withConflicts(conflicts)
                            .withExtent(extent)))));
            return new ApplyResult(
                    Objects.requireNonNull(written.live),
                    Objects.requireNonNull(written.effect),
                    written.warnings,
                    written.arrival);
        }

        @Override
        public CreateResult create(ClusterId cluster, HasMetadata manifest, CreateOptions options) {
            requireMaySend(options.maySend(), Operation.CREATE, cluster, ResourceRef.of(manifest));
            String manager = options.fieldManager();
            boolean dryRun = options.dryRun();
            Written written = Objects.requireNonNull(answer(clusters -> Written.of(
                    clusters.create(cluster, manifest, CreateOptions.as(manager).withDryRun(dryRun)))));
            return written.live == null
                    ? new CreateResult.AlreadyExists(written.arrival)
                    : new CreateResult.Created(written.live, written.warnings, written.arrival);
        }

        private static void requireMaySend(
                BooleanSupplier maySend, Operation operation, ClusterId cluster, ResourceRef resource) {
            if (!maySend.getAsBoolean()) {
                throw new LeaseLostException(ErrorContext.of(operation, cluster, resource)).settled();
            }
        }

        @Override
        public boolean serves(ClusterId cluster, String apiVersion, String kind) {
            return Boolean.TRUE.equals(answer(clusters -> clusters.serves(cluster, apiVersion, kind)));
        }

        /** The result of a write, as it is sent. */
        private record Written(
                @Nullable HasMetadata live,
                ApplyResult.@Nullable Effect effect,
                ArrayList<String> warnings,
                Arrival arrival)
                implements Serializable {

            static Written of(ApplyResult result) {
                return new Written(
                        result.live(), result.effect(), new ArrayList<>(result.warnings()), result.arrival());
            }

            static Written of(CreateResult result) {
                return result instanceof CreateResult.Created created
                        ? new Written(created.live(), null, new ArrayList<>(created.warnings()), created.arrival())
                        : new Written(null, null, new ArrayList<>(), result.arrival());
            }
        }
    }
}
