package dev.namespaces.benchmarks.report;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.core.deploy.DeployOptions;
import dev.namespaces.core.fleet.FleetOptions;
import dev.namespaces.core.fleet.FleetReport;
import dev.namespaces.core.request.NamespaceRequest;
import dev.namespaces.fabric8.Fabric8ClusterGateway;
import dev.namespaces.jdbc.JdbcSchema;
import dev.namespaces.jdbc.JdbcStores;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.OrganizationId;
import dev.namespaces.model.ProjectId;
import dev.namespaces.spi.ClusterGateway;
import dev.namespaces.spi.Stores;
import dev.namespaces.testkit.InMemoryStores;
import dev.namespaces.testservers.HttpModule;
import dev.namespaces.testservers.HttpProxy;
import dev.namespaces.testservers.HttpProxy.RecordedRequest;
import dev.namespaces.testservers.KubeApiServer;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** P1: deploys many environments to a real API server behind a network with a round trip time. */
final class DeployFleetMeasurement implements Measurement {

    private static final List<Integer> ROUND_TRIPS = List.of(0, 5, 20);
    private static final int NAMESPACES = 3;
    private static final int OBJECTS = 2 * NAMESPACES;
    private static final int PARALLELISM = 16;
    private static final ClusterId CLUSTER = new ClusterId("real-1");

    private static final String IN_MEMORY = "ours, stores in memory";
    private static final String HTTP_1 = "limit raw HTTP/1.1";
    private static final String HTTP_2 = "limit raw HTTP/2";
    private static final String KUBECTL = "peer kubectl apply";
    private static final String KUBECTLS = "peer kubectl apply, " + PARALLELISM + " processes";
    private static final String LOOP = "peer get-then-create";

    @Override
    public String id() {
        return "P1";
    }

    @Override
    public String title() {
        return "Deploy a fleet to a real API server";
    }

    @Override
    public Section run(Effort effort) {
        KubeApiServer server;
        try {
            server = KubeApiServer.outsideOfTests();
        } catch (IllegalStateException e) {
            throw new NotMeasuredException(String.valueOf(e.getMessage()));
        }
        Sizes sizes = effort == Effort.FULL ? new Sizes(200, 3, 8) : new Sizes(50, 1, 2);
        Run run = new Run(server, sizes);
        List<AtRoundTrip> results = ROUND_TRIPS.stream().map(run::measure).toList();
        return section(sizes, run.requests.size(), results);
    }

    /**
     * The results at a round trip time.
     *
     * @param millis the round trip time
     * @param sides the created objects a second
     * @param cpu the milliseconds of CPU for each object, of the sides that send many requests at once
     */
    private record AtRoundTrip(int millis, Turns.Result sides, Map<String, Map<CpuTimes.Part, Double>> cpu) {}

    /**
     * The sizes of a run.
     *
     * @param warmUps how often the first round trip time is measured before the values count. The others need one
     *     warm-up, which opens the connections
     */
    private record Sizes(int environments, int repetitions, int warmUps) {}

    private static Section section(Sizes sizes, int requests, List<AtRoundTrip> results) {
        List<Row> rows = new ArrayList<>();
        List<Goal> goals = new ArrayList<>();
        for (AtRoundTrip result : results) {
            int millis = result.millis();
            Turns.Result sides = result.sides();
            String at = " at " + millis + " ms";
            rows.addAll(sides.rows(
                    sizes.environments() + " environments × " + NAMESPACES + " namespaces" + at, "objects/s"));
            goals.add(Goal.atLeast(
                    millis == 0 ? 0.8 : 0.9,
                    " of the limit" + at,
                    Math.min(sides.ratioTo(HTTP_1), sides.ratioTo(HTTP_2))));
            if (millis != 5) {
                goals.add(Goal.atLeast(millis == 0 ? 1.5 : 6, " × kubectl" + at, sides.ratioTo(KUBECTL)));
            }
            if (millis == 20) {
                goals.add(Goal.atLeast(12, " × get-then-create" + at, sides.ratioTo(LOOP)));
            }
        }
        List<Chart> charts = new ArrayList<>();
        for (AtRoundTrip result : results) {
            if (CpuTimes.areKnown() && result.millis() != 5) {
                rows.addAll(cpuRows(result));
                charts.add(cpuChart(result));
            }
        }
        List<LineChart.Series> series = results.get(0).sides().sides().keySet().stream()
                .map(side -> new LineChart.Series(
                        side,
                        ROUND_TRIPS.stream().map(Integer::doubleValue).toList(),
                        results.stream()
                                .map(result -> result.sides().of(side).median())
                                .toList()))
                .toList();
        charts.add(
                0,
                new LineChart(
                        "deploy-fleet",
                        "Objects created by round trip",
                        "round trip in ms",
                        "objects/s",
                        false,
                        series));
        return new Section(
                rows,
                goals,
                charts,
                List.of(
                        "An object is a namespace or its egress policy. The value is the median.",
                        "Ours is `deployAll` with `FleetOptions.defaults()` and `parallelismPerCluster` " + PARALLELISM
                                + ", fabric8's default HTTP client (Vert.x), and stores on H2 in memory. The row with stores in memory has maps"
                                + " in place of the database: the difference is the database's share. The database's statements"
                                + " run on the calling thread, because a host's transactions belong to it.",
                        "The limit sends the requests that our own run has sent, " + Report.count(requests)
                                + " of them, on "
                                + PARALLELISM
                                + " threads with the JDK's HTTP client. Within an environment it keeps the"
                                + " order: reads, then each namespace before its policy.",
                        "kubectl applies one file with the same manifests, by server-side apply. The row with "
                                + PARALLELISM + " processes divides the file among them. The loop gets and creates each"
                                + " object with fabric8's client.",
                        "kubectl and the loop send one request after the other, so at 5 and 20 ms they run once.",
                        "The network is a proxy in the measuring JVM, which delays each byte by half a round trip. The"
                                + " API server, etcd, all sides and the proxy share the cores of the machine.",
                        "The CPU time of an object says why ours is slower than the limit: a second has "
                                + Runtime.getRuntime().availableProcessors()
                                + ",000 ms of CPU on this machine, and all of them are in use at 0 ms. *Worker threads*"
                                + " are the library's, which render, send, and read the answers. The limit's threads are among the"
                                + " other threads."));
    }

    private static List<Row> cpuRows(AtRoundTrip result) {
        List<Row> rows = new ArrayList<>();
        for (CpuTimes.Part part : CpuTimes.Part.values()) {
            result.cpu()
                    .forEach((side, parts) -> rows.add(new Row(
                            "CPU at " + result.millis() + " ms: " + part.text(),
                            side,
                            parts.getOrDefault(part, 0.0),
                            0,
                            "ms/object")));
        }
        return rows;
    }

    private static Chart cpuChart(AtRoundTrip result) {
        return new ShareChart(
                "deploy-fleet-cpu-" + result.millis(),
                "CPU time of an object at " + result.millis() + " ms",
                "ms/object",
                List.copyOf(result.cpu().keySet()),
                Stream.of(CpuTimes.Part.values())
                        .map(part -> new ShareChart.Part(
                                part.text(),
                                result.cpu().values().stream()
                                        .map(parts -> parts.getOrDefault(part, 0.0))
                                        .toList()))
                        .toList());
    }

    /** One run on one server. */
    private static final class Run {

        private final KubeApiServer server;
        private final Sizes sizes;
        private final RawClient direct;
        private final FleetRequests requests;
        private int runs;

        /** The milliseconds of CPU for each object of the last deployment. */
        private Map<CpuTimes.Part, Double> lastCpu = Map.of();

        Run(KubeApiServer server, Sizes sizes) {
            this.server = server;
            this.sizes = sizes;
            this.direct = new RawClient(server.config(), HttpClient.Version.HTTP_1_1);
            this.requests = record();
        }

        private FleetRequests record() {
            int run = ++runs;
            try (HttpProxy proxy = new HttpProxy(server.client());
                    KubernetesClient client = HttpModule.VERTX.client(new ConfigBuilder(Config.empty())
                            .withMasterUrl(proxy.url())
                            .build());
                    Fabric8ClusterGateway gateway = Fabric8ClusterGateway.builder()
                            .client(CLUSTER, client)
                            .build();
                    NewFleet platform = new NewFleet(gateway, run, sizes.environments(), true)) {
                platform.deployAll();
                FleetRequests recorded = FleetRequests.of(proxy.recorded());
                direct.deleteCreated(recorded, PARALLELISM);
                return recorded;
            }
        }

        /** Returns the created objects a second of each side. */
        AtRoundTrip measure(int millis) {
            InetSocketAddress address = address();
            try (SlowLink link = new SlowLink(address, Duration.ofMillis(millis))) {
                Config config = server.config();
                if (millis > 0) {
                    config.setMasterUrl("https://" + address.getHostString() + ":" + link.port());
                }
                return measure(millis, config);
            }
        }

        private InetSocketAddress address() {
            URI url = URI.create(server.config().getMasterUrl());
            return new InetSocketAddress(url.getHost(), url.getPort());
        }

        private AtRoundTrip measure(int millis, Config config) {
            RawClient http1 = new RawClient(config, HttpClient.Version.HTTP_1_1);
            RawClient http2 = new RawClient(config, HttpClient.Version.HTTP_2);
            Map<String, List<Double>> results = new LinkedHashMap<>();
            Map<String, Map<CpuTimes.Part, Double>> cpu = new LinkedHashMap<>();
            try (KubernetesClient client = HttpModule.VERTX.client(config);
                    Fabric8ClusterGateway gateway = Fabric8ClusterGateway.builder()
                            .client(CLUSTER, client)
                            .build()) {
                Map<String, Deployer> fast = new LinkedHashMap<>();
                fast.put(Row.OURS, fleet -> deployOurs(gateway, fleet, true));
                fast.put(IN_MEMORY, fleet -> deployOurs(gateway, fleet, false));
                fast.put(HTTP_1, fleet -> () -> http1.send(fleet.requests(), PARALLELISM));
                fast.put(HTTP_2, fleet -> () -> http2.send(fleet.requests(), PARALLELISM));
                Map<String, Deployer> others = new LinkedHashMap<>();
                others.put(KUBECTL, fleet -> kubectl(config, fleet.requests(), 1));
                others.put(KUBECTLS, fleet -> kubectl(config, fleet.requests(), PARALLELISM));
                others.put(LOOP, fleet -> loop(client, fleet.requests()));
                for (int i = 0; i < (millis == 0 ? sizes.warmUps() : 1); i++) {
                    fast.values().forEach(this::seconds);
                }
                server.kubectl().run("--server", config.getMasterUrl(), "get", "networkpolicies");
                for (int i = 0; i < sizes.repetitions(); i++) {
                    fast.forEach((side, deployer) -> {
                        add(results, side, deployer);
                        lastCpu.forEach((part, spent) -> cpu.computeIfAbsent(side, id -> new LinkedHashMap<>())
                                .merge(part, spent / sizes.repetitions(), Double::sum));
                    });
                    if (i == 0 || millis == 0) {
                        others.forEach((side, deployer) -> add(results, side, deployer));
                    }
                }
            }
            Map<String, Values> values = new LinkedHashMap<>();
            results.forEach((side, all) -> values.put(side, new Values(all)));
            return new AtRoundTrip(millis, new Turns.Result(values), cpu);
        }

        private void add(Map<String, List<Double>> results, String side, Deployer deployer) {
            double seconds = seconds(deployer);
            double objects = sizes.environments() * OBJECTS / seconds;
            System.out.printf("%s: %.2f s, %.0f objects/s%n", side, seconds, objects);
            results.computeIfAbsent(side, id -> new ArrayList<>()).add(objects);
        }

        /** Deploys a fleet with new names, and deletes it. Returns the seconds of the deployment. */
        private double seconds(Deployer deployer) {
            int run = ++runs;
            Fleet fleet = new Fleet(run, requests.renamed(run));
            Deployment deployment = deployer.prepare(fleet);
            CpuTimes before = CpuTimes.now();
            long start = System.nanoTime();
            deployment.run();
            double seconds = (System.nanoTime() - start) / 1e9;
            lastCpu = CpuTimes.now().since(before);
            lastCpu.replaceAll((part, millis) -> millis / (sizes.environments() * OBJECTS));
            deployment.close();
            direct.deleteCreated(fleet.requests(), PARALLELISM);
            return seconds;
        }

        private Deployment deployOurs(ClusterGateway gateway, Fleet fleet, boolean onDatabase) {
            NewFleet platform = new NewFleet(gateway, fleet.run(), sizes.environments(), onDatabase);
            return new Deployment() {
                @Override
                public void run() {
                    platform.deployAll();
                }

                @Override
                public void close() {
                    platform.close();
                }
            };
        }

        private Deployment kubectl(Config config, FleetRequests requests, int processes) {
            List<Path> files = IntStream.range(0, processes)
                    .mapToObj(process -> manifests(requests, process, processes))
                    .toList();
            return () -> ParallelWork.run(
                    processes,
                    work -> files.forEach(file -> work.submit(() -> server.kubectl()
                            .run("--server", config.getMasterUrl(), "apply", "--server-side", "-f", file.toString()))));
        }

        /** Writes the part of the environments that one of the processes applies. */
        private static Path manifests(FleetRequests requests, int process, int processes) {
            int count = requests.environments().size();
            FleetRequests part = new FleetRequests(
                    requests.environments().subList(count * process / processes, count * (process + 1) / processes));
            try {
                Path file = Files.createTempFile("manifests", ".yaml");
                file.toFile().deleteOnExit();
                return Files.writeString(
                        file,
                        part.creates().stream().map(RecordedRequest::body).collect(Collectors.joining("\n---\n")));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static Deployment loop(KubernetesClient client, FleetRequests requests) {
            List<HasMetadata> manifests = requests.creates().stream()
                    .map(request -> client.getKubernetesSerialization().<HasMetadata>unmarshal(request.body()))
                    .toList();
            return () -> {
                for (HasMetadata manifest : manifests) {
                    Resource<HasMetadata> resource = client.resource(manifest);
                    if (resource.get() == null) {
                        resource.create();
                    }
                }
            };
        }
    }

    /**
     * What one side deploys.
     *
     * @param run the number in the names
     * @param requests what our own run has sent, under the names of this run
     */
    private record Fleet(int run, FleetRequests requests) {}

    private interface Deployer {
        Deployment prepare(Fleet fleet);
    }

    private interface Deployment {
        void run();

        default void close() {}
    }

    /** A platform with a fleet that is not deployed yet. */
    private static final class NewFleet implements AutoCloseable {

        private final @Nullable HikariDataSource pool;
        private final NamespaceLifecycle lifecycle;
        private final int environments;

        /** @param onDatabase whether the stores are on H2 rather than in maps */
        NewFleet(ClusterGateway gateway, int run, int environments, boolean onDatabase) {
            this.environments = environments;
            Consumer<Environment> save;
            Stores stores;
            if (onDatabase) {
                HikariConfig configuration = new HikariConfig();
                configuration.setJdbcUrl("jdbc:h2:mem:" + UUID.randomUUID());
                configuration.setMaximumPoolSize(4);
                pool = new HikariDataSource(configuration);
                JdbcSchema.migrate(pool);
                JdbcStores database = JdbcStores.on(pool);
                save = database.environments()::save;
                stores = database.stores();
            } else {
                pool = null;
                InMemoryStores memory = new InMemoryStores();
                save = memory.environments()::save;
                stores = memory.stores();
            }
            lifecycle = NamespaceLifecycle.builder(gateway, stores)
                    .parallelismPerCluster(PARALLELISM)
                    .build();
            for (int number = 0; number < environments; number++) {
                String name = FleetRequests.environment(run, number);
                Environment environment = Environment.of(
                        new EnvironmentId(name), new OrganizationId("acme"), new ProjectId("shop"), CLUSTER);
                save.accept(environment);
                lifecycle.create(IntStream.range(0, NAMESPACES)
                        .mapToObj(i -> NamespaceRequest.of(environment.id(), FleetRequests.namespace(name, i))
                                .withMetadata("team", "web"))
                        .toList());
            }
        }

        void deployAll() {
            FleetReport report = lifecycle.deployAll(FleetOptions.defaults(), DeployOptions.defaults(), result -> {});
            if (!report.succeeded() || report.targets().deployed() != environments) {
                throw new IllegalStateException("The fleet was not deployed: " + report);
            }
        }

        @Override
        public void close() {
            lifecycle.close();
            if (pool != null) {
                pool.close();
            }
        }
    }
}
