package dev.namespaces.benchmarks.report;

import dev.namespaces.benchmarks.report.NightlyRoundReplica.Part;
import dev.namespaces.benchmarks.report.NightlyRoundReplica.Result;
import dev.namespaces.jdbc.JdbcSchema;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.OrganizationId;
import dev.namespaces.testservers.DatabaseAddress;
import dev.namespaces.testservers.PostgresServer;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;
import org.opentest4j.TestAbortedException;
import org.postgresql.ds.PGSimpleDataSource;

/** P8: several replicas deploy a fleet in one night, while a cluster is down. */
final class NightlyRoundMeasurement implements Measurement {

    private static final int REPLICAS = 3;
    private static final int CLUSTERS = 20;
    private static final String ONE = "peer one replica";

    @Override
    public String id() {
        return "P8";
    }

    @Override
    public String title() {
        return "A nightly round on several replicas";
    }

    @Override
    public Section run(Effort effort) {
        int environments = effort == Effort.FULL ? 100_000 : 2_000;
        int warmUp = effort == Effort.FULL ? 2_000 : 200;
        Round one = round(environments, warmUp, 1, clusters());
        // In this order, a machine that becomes slower or faster affects both sides equally.
        List<Round> all = new ArrayList<>();
        List<Round> alive = new ArrayList<>();
        all.add(round(environments, warmUp, REPLICAS, clusters()));
        alive.add(round(environments, warmUp, REPLICAS, clusters().subList(1, CLUSTERS)));
        alive.add(round(environments, warmUp, REPLICAS, clusters().subList(1, CLUSTERS)));
        all.add(round(environments, warmUp, REPLICAS, clusters()));
        int cores = Runtime.getRuntime().availableProcessors();
        String work = Report.count(environments) + " environments on " + CLUSTERS + " clusters, one of them down";
        String cpu = "CPU of the replicas";
        String database = "CPU of PostgreSQL";
        String target = "CPU of a target, replicas and PostgreSQL";
        String alone = "without the cluster";
        Values throughput = values(all, Round::throughput);
        double cost = values(all, Round::healthySeconds).median()
                        / values(alive, Round::healthySeconds).median()
                - 1;
        return new Section(
                List.of(
                        throughput.row(work, Row.OURS, "targets/s"),
                        new Row(work, ONE, one.throughput(), 0, "targets/s"),
                        values(alive, Round::throughput).row(work, alone, "targets/s"),
                        values(all, Round::cpuMillisOfTarget).row(target, Row.OURS, "ms"),
                        new Row(target, ONE, one.cpuMillisOfTarget(), 0, "ms"),
                        values(alive, Round::cpuMillisOfTarget).row(target, alone, "ms"),
                        values(all, Round::replicaCores).row(cpu, Row.OURS, "cores"),
                        new Row(cpu, ONE, one.replicaCores(), 0, "cores"),
                        values(all, Round::databaseCores).row(database, Row.OURS, "cores"),
                        new Row(database, ONE, one.databaseCores(), 0, "cores")),
                List.of(
                        Goal.atLeast(2.5, " × one replica", throughput.median() / one.throughput()),
                        Goal.atMost(
                                1,
                                " deployment of each target",
                                all.stream()
                                        .mapToDouble(Round::mostDeployments)
                                        .max()
                                        .orElseThrow()),
                        Goal.atMost(1, " % of the time for the cluster that is down", 100 * cost)),
                List.of(),
                List.of(
                        "Ours is `ensureAll` of " + REPLICAS + " replicas in JVMs of their own, each for the"
                                + " organizations of its part, on one PostgreSQL 18. An environment has one namespace. Before"
                                + " the time begins, each replica deploys " + Report.count(warmUp)
                                + " other targets, and PostgreSQL"
                                + " analyzes its tables.",
                        "Each call of a cluster takes " + NightlyRoundReplica.CALL.toMillis()
                                + " ms. Each call of the cluster that is down fails after "
                                + NightlyRoundReplica.TIME_OUT.toSeconds()
                                + " s. The circuit breaker of `namespace-resilience4j` sets it aside with its defaults.",
                        "The time ends when the last target of the other clusters is deployed. The call of `ensureAll`"
                                + " then waits for a probe of the cluster that is down, if one is under way: at most "
                                + Report.number(all.stream()
                                        .mapToDouble(round -> round.seconds() - round.healthySeconds())
                                        .max()
                                        .orElseThrow())
                                + " s in this run.",
                        "Of " + Report.count(environments / CLUSTERS) + " targets of the cluster that is down, "
                                + Report.count(all.get(0).failed()) + " failed and "
                                + Report.count(all.get(0).sum(Result::setAside)) + " were set aside without a call.",
                        "Three replicas deploy the fleet twice with the cluster that is down, and twice without it."
                                + " What the cluster costs is only known within the spread.",
                        "Replicas and PostgreSQL share the " + cores
                                + " cores of the machine. One replica and its part of"
                                + " PostgreSQL use " + Report.number(one.cores())
                                + " of them. If a target takes as much CPU time with three replicas as with one, three are at"
                                + " most " + Report.number(Math.min(REPLICAS, cores / one.cores()))
                                + " × as fast here. Three use "
                                + Report.number(values(all, Round::cores).median()) + "."));
    }

    private static Values values(List<Round> rounds, ToDoubleFunction<Round> value) {
        return new Values(
                rounds.stream().map(round -> value.applyAsDouble(round)).toList());
    }

    private static List<ClusterId> clusters() {
        return IntStream.range(0, CLUSTERS)
                .mapToObj(i -> new ClusterId("cluster-" + i))
                .toList();
    }

    /**
     * One round of the whole fleet.
     *
     * @param results the result of each replica
     * @param databaseCpu the CPU time of PostgreSQL
     * @param mostDeployments the most deployments of a target
     */
    private record Round(List<Result> results, Duration databaseCpu, long mostDeployments) {

        long sum(ToLongFunction<Result> part) {
            return results.stream().mapToLong(part).sum();
        }

        private double longestSeconds(ToLongFunction<Result> millis) {
            return results.stream().mapToLong(millis).max().orElseThrow() / 1e3;
        }

        double healthySeconds() {
            return longestSeconds(Result::healthyMillis);
        }

        double seconds() {
            return longestSeconds(Result::millis);
        }

        double throughput() {
            return sum(Result::deployed) / healthySeconds();
        }

        long failed() {
            return sum(Result::failed);
        }

        /** Returns how many cores the replicas use until the last target is deployed. After that they only wait. */
        double replicaCores() {
            return sum(Result::cpuMillis) / 1e3 / healthySeconds();
        }

        double databaseCores() {
            return databaseCpu.toMillis() / 1e3 / healthySeconds();
        }

        /** Returns the CPU time of replicas and PostgreSQL for each target that was deployed. */
        double cpuMillisOfTarget() {
            return 1e3 * cores() * healthySeconds() / sum(Result::deployed);
        }

        double cores() {
            return replicaCores() + databaseCores();
        }
    }

    /** Deploys the environments on these clusters, from a new database, after a warm-up of each replica. */
    private static Round round(int environments, int warmUp, int replicas, List<ClusterId> clusters) {
        Database database = new Database();
        database.insert("env", environments, "'org-' || i % " + REPLICAS, "i % " + CLUSTERS);
        // No target of the warm-up is on the cluster that is down.
        database.insert("warm-up", replicas * warmUp, "'warm-up-' || i % " + replicas, "1 + i % " + (CLUSTERS - 1));
        List<NightlyRoundReplica> started = new ArrayList<>();
        try {
            for (int i = 0; i < replicas; i++) {
                int replica = i;
                List<OrganizationId> organizations = IntStream.range(0, REPLICAS)
                        .filter(organization -> organization % replicas == replica)
                        .mapToObj(organization -> new OrganizationId("org-" + organization))
                        .toList();
                started.add(new NightlyRoundReplica(
                        database.address, new OrganizationId("warm-up-" + i), new Part(organizations, clusters)));
            }
            started.forEach(NightlyRoundReplica::awaitReady);
            // Otherwise autovacuum analyzes the tables at some moment of the round, and the plans of rounds differ.
            database.execute("ANALYZE");
            Duration cpu = database.cpu();
            started.forEach(NightlyRoundReplica::begin);
            List<Result> results =
                    started.stream().map(NightlyRoundReplica::awaitResult).toList();
            // Read before the replicas end: the processes of their connections, and their CPU times, end with them.
            Round round = new Round(results, database.cpu().minus(cpu), database.mostDeployments());
            System.out.println(round);
            int healthy = environments - environments / CLUSTERS;
            if (round.sum(Result::deployed) != healthy || round.sum(Result::createdNamespaces) != healthy) {
                throw new IllegalStateException("Each of " + healthy + " targets must be deployed once: " + round);
            }
            return round;
        } finally {
            started.forEach(NightlyRoundReplica::close);
        }
    }

    /** A new database with a fleet. */
    private static final class Database {

        private final DatabaseAddress address;
        private final PGSimpleDataSource dataSource = new PGSimpleDataSource();
        private final ProcessHandle server;

        Database() {
            try {
                address = PostgresServer.shared(18).newDatabase();
            } catch (TestAbortedException e) {
                throw new NotMeasuredException(String.valueOf(e.getMessage()));
            }
            dataSource.setURL(address.jdbcUrl());
            dataSource.setUser(address.user());
            dataSource.setPassword(address.password());
            JdbcSchema.migrate(dataSource);
            server = findServer();
        }

        /** Inserts environments, with SQL expressions of a number i for the organization and the cluster. */
        void insert(String prefix, int count, String organization, String cluster) {
            String ids = "SELECT '" + prefix + "-' || lpad(i::text, 7, '0') AS id, i FROM generate_series(0, "
                    + (count - 1) + ") i";
            execute("INSERT INTO ns_environments (id, organization_id, project_id, name, labels, promotion_order)"
                    + " SELECT id, " + organization + ", 'shop', id, '{}', 0 FROM (" + ids + ") AS ids");
            execute("INSERT INTO ns_environment_clusters (environment_id, position, cluster_id)"
                    + " SELECT id, 0, 'cluster-' || (" + cluster + ") FROM (" + ids + ") AS ids");
            execute("INSERT INTO ns_namespaces"
                    + " (id, environment_id, name, metadata, annotations, version, created_at, updated_at)"
                    + " SELECT id, id, id || '-web', '{\"team\": \"web\"}', '{}', 1, now(), now() FROM (" + ids
                    + ") AS ids");
        }

        private void execute(String sql) {
            try (Connection connection = dataSource.getConnection();
                    Statement statement = connection.createStatement()) {
                statement.execute(sql);
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        }

        private long number(String query) {
            try (Connection connection = dataSource.getConnection();
                    Statement statement = connection.createStatement();
                    ResultSet result = statement.executeQuery(query)) {
                result.next();
                return result.getLong(1);
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        }

        long mostDeployments() {
            return number("SELECT max(revision) FROM ns_deployments WHERE deployed_at IS NOT NULL");
        }

        /** Returns the server's main process. The process of a connection lives only as long as the connection. */
        private ProcessHandle findServer() {
            try (Connection connection = dataSource.getConnection();
                    Statement statement = connection.createStatement();
                    ResultSet backend = statement.executeQuery("SELECT pg_backend_pid()")) {
                backend.next();
                return ProcessHandle.of(backend.getLong(1))
                        .flatMap(ProcessHandle::parent)
                        .orElseThrow();
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        }

        /** Returns the CPU time of the server's processes that run now. */
        Duration cpu() {
            return server.children()
                    .flatMap(process -> process.info().totalCpuDuration().stream())
                    .reduce(Duration.ZERO, Duration::plus);
        }
    }
}
