package dev.namespaces.benchmarks.report;

import com.sun.management.OperatingSystemMXBean;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.core.fleet.FleetFilter;
import dev.namespaces.core.fleet.FleetObserver;
import dev.namespaces.core.fleet.FleetOptions;
import dev.namespaces.core.fleet.FleetReport;
import dev.namespaces.error.ClusterTimeoutException;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.Operation;
import dev.namespaces.jdbc.JdbcStores;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.OrganizationId;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.resilience4j.BreakerClusterGateway;
import dev.namespaces.spi.ApplyOptions;
import dev.namespaces.spi.ApplyResult;
import dev.namespaces.spi.ClusterGateway;
import dev.namespaces.spi.CreateOptions;
import dev.namespaces.spi.CreateResult;
import dev.namespaces.spi.DeleteOptions;
import dev.namespaces.spi.DeleteResult;
import dev.namespaces.spi.ListQuery;
import dev.namespaces.spi.ObjectPage;
import dev.namespaces.testservers.ChildJvm;
import dev.namespaces.testservers.DatabaseAddress;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** A replica of a platform in a JVM of its own, which deploys its part of the fleet. */
final class NightlyRoundReplica implements AutoCloseable {

    static final Duration CALL = Duration.ofMillis(20);
    static final Duration TIME_OUT = Duration.ofSeconds(10);
    static final ClusterId DEAD = new ClusterId("cluster-0");
    static final int CONNECTIONS = 4;

    private final ChildJvm jvm;

    /** The part of the fleet that a replica deploys. */
    record Part(List<OrganizationId> organizations, List<ClusterId> clusters) {

        Part {
            organizations = List.copyOf(organizations);
            clusters = List.copyOf(clusters);
        }
    }

    /** Starts the replica, which deploys the part for the warm-up, and returns when that is done. */
    NightlyRoundReplica(DatabaseAddress database, OrganizationId warmUp, Part part) {
        jvm = ChildJvm.start(
                List.of(),
                NightlyRoundReplica.class,
                database.jdbcUrl(),
                database.user(),
                database.password(),
                warmUp.value(),
                text(part.organizations(), OrganizationId::value),
                text(part.clusters(), ClusterId::value));
    }

    private static <T> String text(List<T> ids, Function<T, String> value) {
        return ids.stream().map(value).collect(Collectors.joining(","));
    }

    void awaitReady() {
        jvm.nextLine();
    }

    void begin() {
        jvm.println("begin");
    }

    /** Waits for the end of the round. The JVM lives on until it is closed. */
    Result awaitResult() {
        return Result.parse(jvm.nextLine());
    }

    @Override
    public void close() {
        jvm.close();
    }

    /**
     * The result of a replica's round.
     *
     * @param deployed the number of targets that were deployed
     * @param failed the number of targets that failed
     * @param setAside the number of targets of clusters that were set aside
     * @param createdNamespaces the number of namespaces that the gateway was asked to create
     * @param healthyMillis the time until the last target was deployed
     * @param millis the time of the whole call
     * @param cpuMillis the CPU time of the JVM
     */
    record Result(
            long deployed,
            long failed,
            long setAside,
            long createdNamespaces,
            long healthyMillis,
            long millis,
            long cpuMillis) {

        private static Result parse(String line) {
            long[] numbers = Arrays.stream(line.split(" ", -1))
                    .mapToLong(Long::parseLong)
                    .toArray();
            return new Result(numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5], numbers[6]);
        }

        private String line() {
            return List.of(deployed, failed, setAside, createdNamespaces, healthyMillis, millis, cpuMillis).stream()
                    .map(String::valueOf)
                    .collect(Collectors.joining(" "));
        }
    }

    public static void main(String[] arguments) throws IOException {
        HikariConfig configuration = new HikariConfig();
        configuration.setJdbcUrl(arguments[0]);
        configuration.setUsername(arguments[1]);
        configuration.setPassword(arguments[2]);
        configuration.setMaximumPoolSize(CONNECTIONS);
        Clusters clusters = new Clusters(new NoOpGateway());
        BufferedReader parent = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        try (HikariDataSource pool = new HikariDataSource(configuration);
                NamespaceLifecycle lifecycle = NamespaceLifecycle.builder(
                                BreakerClusterGateway.of(clusters),
                                JdbcStores.on(pool).stores())
                        .build()) {
            FleetFilter warmUp = FleetFilter.all().withOrganizations(List.of(new OrganizationId(arguments[3])));
            lifecycle.ensureAll(options(warmUp), result -> {});
            System.out.println("ready");
            parent.readLine();
            FleetFilter part = FleetFilter.all()
                    .withOrganizations(Arrays.stream(arguments[4].split(",", -1))
                            .map(OrganizationId::new)
                            .toList())
                    .withClusters(Arrays.stream(arguments[5].split(",", -1))
                            .map(ClusterId::new)
                            .toList());
            System.out.println(measure(lifecycle, options(part), clusters).line());
            parent.readLine();
        }
    }

    /** Returns options with twice the default of {@code parallelismPerCluster}, as the guide to fleets says. */
    private static FleetOptions options(FleetFilter filter) {
        return FleetOptions.defaults().withFilter(filter).withTargetsPerCluster(16);
    }

    private static Result measure(NamespaceLifecycle lifecycle, FleetOptions options, Clusters clusters) {
        OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        long createdBefore = clusters.createdNamespaces.get();
        long cpu = system.getProcessCpuTime();
        long start = System.nanoTime();
        AtomicLong healthy = new AtomicLong(start);
        FleetObserver observer = result -> {
            if (result.succeeded()) {
                healthy.set(System.nanoTime());
            }
        };
        FleetReport report = lifecycle.ensureAll(options, observer);
        report.failures().stream()
                .filter(failure -> !failure.target().clusterId().equals(DEAD))
                .limit(1)
                .forEach(System.err::println);
        return new Result(
                report.targets().deployed(),
                report.targets().failed(),
                report.targets().setAside(),
                clusters.createdNamespaces.get() - createdBefore,
                (healthy.get() - start) / 1_000_000,
                report.elapsed().toMillis(),
                (system.getProcessCpuTime() - cpu) / 1_000_000);
    }

    /** Clusters behind a network, one of which does not answer. */
    private static final class Clusters implements ClusterGateway {

        private final ClusterGateway delegate;
        private final AtomicLong createdNamespaces = new AtomicLong();

        Clusters(ClusterGateway delegate) {
            this.delegate = delegate;
        }

        private <T> T call(Operation operation, ClusterId cluster, Supplier<T> call) {
            try {
                if (cluster.equals(DEAD)) {
                    Thread.sleep(TIME_OUT.toMillis());
                    throw new ClusterTimeoutException(ErrorContext.of(operation, cluster), TIME_OUT, null);
                }
                Thread.sleep(CALL.toMillis());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
            return call.get();
        }

        @Override
        public ApplyResult apply(ClusterId cluster, HasMetadata manifest, ApplyOptions options) {
            return call(Operation.APPLY, cluster, () -> delegate.apply(cluster, manifest, options));
        }

        @Override
        public CreateResult create(ClusterId cluster, HasMetadata manifest, CreateOptions options) {
            if (manifest.getKind().equals("Namespace")) {
                createdNamespaces.incrementAndGet();
            }
            return call(Operation.CREATE, cluster, () -> delegate.create(cluster, manifest, options));
        }

        @Override
        public Optional<HasMetadata> find(ClusterId cluster, ResourceRef resource) {
            return call(Operation.FIND, cluster, () -> delegate.find(cluster, resource));
        }

        @Override
        public ObjectPage list(ClusterId cluster, ListQuery query) {
            return call(Operation.LIST, cluster, () -> delegate.list(cluster, query));
        }

        @Override
        public DeleteResult delete(ClusterId cluster, ResourceRef resource, DeleteOptions options) {
            return call(Operation.DELETE, cluster, () -> delegate.delete(cluster, resource, options));
        }

        @Override
        public boolean serves(ClusterId cluster, String apiVersion, String kind) {
            return call(Operation.DISCOVER, cluster, () -> delegate.serves(cluster, apiVersion, kind));
        }
    }
}
