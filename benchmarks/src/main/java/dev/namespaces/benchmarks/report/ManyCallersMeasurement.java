package dev.namespaces.benchmarks.report;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.core.request.NamespaceRequest;
import dev.namespaces.jdbc.JdbcSchema;
import dev.namespaces.jdbc.JdbcStores;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.DeploymentRecord;
import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.OrganizationId;
import dev.namespaces.model.ProjectId;
import dev.namespaces.testkit.FakeClusters;
import dev.namespaces.testservers.DatabaseAddress;
import dev.namespaces.testservers.PostgresServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.opentest4j.TestAbortedException;

/** P7: many callers want to write in a namespace that is not deployed yet. */
final class ManyCallersMeasurement implements Measurement {

    private static final ClusterId CLUSTER = new ClusterId("eu-1");
    private static final Duration CALL = Duration.ofMillis(300);
    private static final int REPLICAS = 3;
    private static final int CONNECTIONS = 10;
    private static final int STACK_BYTES = 256 * 1024;

    private static final String ONE = "limit one caller";
    private static final String SHARED = REPLICAS + " replicas";
    private static final String WAITERS = "limit one caller, the others wait for it";
    private static final String ENSURES = "peer ensureDeployed";

    @Override
    public String id() {
        return "P7";
    }

    @Override
    public String title() {
        return "Many callers before a first deployment";
    }

    @Override
    public Section run(Effort effort) {
        int callers = effort == Effort.FULL ? 10_000 : 2_000;
        int rounds = effort == Effort.FULL ? 3 : 1;
        List<Row> rows = new ArrayList<>();
        List<Goal> goals = new ArrayList<>();
        List<String> notes = new ArrayList<>(List.of(
                "Each caller calls `beforeApply` for the same namespace, on a thread of its own. The time ends when the"
                        + " last caller has its answer. Each call of the gateway takes " + CALL.toMillis()
                        + " ms. The stores have " + CONNECTIONS + " connections for each replica.",
                "The row of " + REPLICAS
                        + " replicas divides the callers among as many lifecycles on the same database,"
                        + " each with a pool of its own, in one JVM. A replica asks for the lock of another one again after"
                        + " a growing pause, so it may see the end of the deployment as much later.",
                "In the row of callers that wait, one calls `beforeApply` and the other threads only wait for its answer."
                        + " The difference from one caller is the cost of waking so many threads on this machine.",
                "The peer calls `ensureDeployed` with the environment of the namespace. It runs once."));
        for (Map.Entry<String, DatabaseAddress> database : databases().entrySet()) {
            try (Trials trials = new Trials(database.getValue())) {
                Turns.Result result = new Turns()
                        .side(Row.OURS, () -> trials.beforeApply(callers, 1))
                        .side(SHARED, () -> trials.beforeApply(callers, REPLICAS))
                        .side(WAITERS, () -> trials.waitForOne(callers))
                        .side(ONE, () -> trials.beforeApply(1, 1))
                        .run(1, rounds);
                String work = Report.count(callers) + " callers on " + database.getKey();
                String on = " on " + database.getKey();
                Trials.Counts ofOurs = trials.takeCounts();
                rows.addAll(result.rows(work, "ms"));
                rows.add(new Row(work, ENSURES, trials.ensureDeployed(callers), 0, "ms"));
                goals.add(Goal.atMost(1.2, " × one deployment" + on, result.ratioTo(ONE)));
                goals.add(Goal.atMost(1, " deployment" + on, (double) ofOurs.deployments()));
                goals.add(Goal.atMost(0, " callers fail" + on, ofOurs.failures().size()));
                ofOurs.failures()
                        .forEach((failure, count) ->
                                notes.add(on + ", " + Report.count(count) + " callers: " + failure));
                trials.takeCounts()
                        .failures()
                        .forEach((failure, count) ->
                                notes.add("Peer" + on + ", " + Report.count(count) + " callers: " + failure));
            }
        }
        return new Section(rows, goals, List.of(), notes);
    }

    private static Map<String, DatabaseAddress> databases() {
        try {
            return new TreeMap<>(Map.of(
                    "H2",
                    new DatabaseAddress("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1", "", ""),
                    "PostgreSQL",
                    PostgresServer.shared(18).newDatabase()));
        } catch (TestAbortedException e) {
            throw new NotMeasuredException(String.valueOf(e.getMessage()));
        }
    }

    /** Trials on one database. Each has a namespace of its own. */
    private static final class Trials implements AutoCloseable {

        private final List<HikariDataSource> pools = new ArrayList<>();
        private final List<NamespaceLifecycle> replicas = new ArrayList<>();
        private final JdbcStores stores;
        private int trials;
        private long deployments;
        private final Map<String, Integer> failures = new ConcurrentHashMap<>();

        Trials(DatabaseAddress address) {
            FakeClusters clusters = FakeClusters.of(CLUSTER.value());
            for (int i = 0; i < REPLICAS; i++) {
                HikariConfig configuration = new HikariConfig();
                configuration.setJdbcUrl(address.jdbcUrl());
                configuration.setUsername(address.user());
                configuration.setPassword(address.password());
                configuration.setMaximumPoolSize(CONNECTIONS);
                HikariDataSource pool = new HikariDataSource(configuration);
                JdbcSchema.migrate(pool);
                pools.add(pool);
                replicas.add(NamespaceLifecycle.builder(
                                Watched.gateway(clusters, CALL, new AtomicInteger()),
                                JdbcStores.on(pool).stores())
                        .build());
            }
            stores = JdbcStores.on(pools.get(0));
        }

        /**
         * What was counted in some trials.
         *
         * @param deployments the most deployments in a trial
         * @param failures the messages of callers that failed, and how many had each
         */
        record Counts(long deployments, Map<String, Integer> failures) {}

        Counts takeCounts() {
            Counts counts = new Counts(deployments, Map.copyOf(failures));
            deployments = 0;
            failures.clear();
            return counts;
        }

        double beforeApply(int callers, int lifecycles) {
            EnvironmentId environment = newEnvironment();
            String namespace = environment + "-web";
            return millis(
                    environment,
                    callers,
                    caller -> replicas.get(caller % lifecycles).initializer().beforeApply(CLUSTER, namespace));
        }

        double waitForOne(int callers) {
            EnvironmentId environment = newEnvironment();
            String namespace = environment + "-web";
            CompletableFuture<Void> answer = new CompletableFuture<>();
            return millis(environment, callers, caller -> {
                if (caller == 0) {
                    replicas.get(0).initializer().beforeApply(CLUSTER, namespace);
                    answer.complete(null);
                } else {
                    answer.join();
                }
            });
        }

        double ensureDeployed(int callers) {
            EnvironmentId environment = newEnvironment();
            return millis(environment, callers, caller -> replicas.get(0).ensureDeployed(environment));
        }

        private EnvironmentId newEnvironment() {
            EnvironmentId id = new EnvironmentId("env-" + trials++);
            stores.environments().save(Environment.of(id, new OrganizationId("acme"), new ProjectId("shop"), CLUSTER));
            replicas.get(0).create(NamespaceRequest.of(id, id + "-web"));
            return id;
        }

        private interface Caller {
            void call(int number);
        }

        /** Returns the time from the moment when all callers may begin until the last one has its answer. */
        private double millis(EnvironmentId environment, int callers, Caller caller) {
            CountDownLatch begin = new CountDownLatch(1);
            AtomicLong last = new AtomicLong(Long.MIN_VALUE);
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < callers; i++) {
                int number = i;
                Thread thread = new Thread(
                        null,
                        () -> {
                            try {
                                begin.await();
                                caller.call(number);
                            } catch (InterruptedException | RuntimeException e) {
                                failures.merge(e.toString(), 1, Integer::sum);
                            }
                            last.accumulateAndGet(System.nanoTime(), Math::max);
                        },
                        "caller",
                        STACK_BYTES);
                thread.start();
                threads.add(thread);
            }
            long start = System.nanoTime();
            begin.countDown();
            try {
                for (Thread thread : threads) {
                    thread.join();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
            deployments = Math.max(
                    deployments,
                    stores.deployments().findByEnvironments(List.of(environment)).stream()
                            .mapToLong(DeploymentRecord::revision)
                            .sum());
            return (last.get() - start) / 1e6;
        }

        @Override
        public void close() {
            replicas.forEach(NamespaceLifecycle::close);
            pools.forEach(HikariDataSource::close);
        }
    }
}
