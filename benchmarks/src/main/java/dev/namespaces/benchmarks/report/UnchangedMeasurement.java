package dev.namespaces.benchmarks.report;

import dev.namespaces.core.deploy.DeploymentReport;
import dev.namespaces.core.fleet.FleetFilter;
import dev.namespaces.core.fleet.FleetOptions;
import dev.namespaces.core.fleet.FleetReport;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.spi.ClusterGateway;
import dev.namespaces.testkit.FakeClusters;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** P3: an environment that is deployed and has not changed. */
final class UnchangedMeasurement implements Measurement {

    private static final Duration ROUND_TRIP = Duration.ofMillis(5);
    private static final int PAGE = 500;
    private static final String FIRST = "first deploy";
    private static final String LIST = "limit one list";

    private final AtomicInteger clusterCalls = new AtomicInteger();
    private final List<Row> rows = new ArrayList<>();
    private final List<Goal> goals = new ArrayList<>();

    @Override
    public String id() {
        return "P3";
    }

    @Override
    public String title() {
        return "unchanged environments";
    }

    @Override
    public Section run(Effort effort) {
        int rounds = effort == Effort.QUICK ? 10 : 40;
        ClusterGateway gateway = Watched.gateway(FakeClusters.any(), ROUND_TRIP, clusterCalls);
        try (Platform platform = new Platform("jdbc:h2:mem:unchanged", gateway)) {
            for (int namespaces : List.of(3, 100)) {
                deploy(platform, namespaces, rounds);
            }
            ensure(platform, rounds);
            page(platform);
        }
        return new Section(
                rows,
                goals,
                List.of(),
                List.of(
                        "Stores on H2 in memory; clusters in memory (`FakeClusters`) with a round trip of "
                                + ROUND_TRIP.toMillis() + " ms in each call.",
                        "The calls of an unchanged deployment follow each other: the cluster's identity, the namespaces, and the"
                                + " policies of both dialects, because policies of the other dialect add up with ours. A first"
                                + " deployment sends the same calls, then creates the namespaces at the same time, and their policies."
                                + " So few namespaces take about six round trips at first and four later, and 0.25 is not in reach."
                                + " With more namespaces the ratio falls.",
                        "A *store round trip* is a statement, a batch of statements, a commit or a rollback."));
    }

    private void deploy(Platform platform, int namespaces, int rounds) {
        String work = "deploy of " + namespaces + " unchanged namespaces";
        List<Double> firsts = new ArrayList<>();
        List<Double> agains = new ArrayList<>();
        int callsFirst = 0;
        int callsAgain = 0;
        for (int round = -rounds / 2; round < rounds; round++) {
            EnvironmentId id = platform.newEnvironment(namespaces);
            Runnable deploy = () -> requireSuccess(platform.lifecycle().deploy(id));
            int before = clusterCalls.get();
            double first = Turns.millis(deploy);
            int between = clusterCalls.get();
            double again = Turns.millis(deploy);
            callsFirst = between - before;
            callsAgain = clusterCalls.get() - between;
            if (round >= 0) {
                firsts.add(first);
                agains.add(again);
            }
        }
        Values first = new Values(firsts);
        Values again = new Values(agains);
        rows.add(again.row(work, Row.OURS, "ms"));
        rows.add(first.row(work, FIRST, "ms"));
        rows.add(new Row(work, LIST, ROUND_TRIP.toMillis(), 0, "ms"));
        rows.add(new Row(work + ", calls", Row.OURS, callsAgain, 0, "cluster calls"));
        rows.add(new Row(work + ", calls", FIRST, callsFirst, 0, "cluster calls"));
        rows.add(new Row(work + ", calls", LIST, 1, 0, "cluster calls"));
        goals.add(Goal.atMost(0.25, " × the first deploy: " + work, again.median() / first.median()));
    }

    private void ensure(Platform platform, int rounds) {
        String work = "ensureDeployed, 3 namespaces";
        EnvironmentId id = platform.newEnvironment(3);
        Runnable ensure = () -> requireSuccess(platform.lifecycle().ensureDeployed(id));
        ensure.run();
        int callsBefore = clusterCalls.get();
        int storeRoundTrips = platform.storeRoundTrips(ensure);
        int calls = clusterCalls.get() - callsBefore;
        Turns.Result times =
                new Turns().side(Row.OURS, () -> Turns.millis(ensure)).run(10 * rounds, 10 * rounds);
        rows.addAll(times.rows(work, "ms"));
        rows.add(new Row(work, Row.OURS, calls, 0, "cluster calls"));
        rows.add(new Row(work, Row.OURS, storeRoundTrips, 0, "store round trips"));
        goals.add(Goal.atMost(0, " cluster calls: " + work, calls));
        goals.add(Goal.atMost(4, " store round trips: " + work, storeRoundTrips));
    }

    private void page(Platform platform) {
        String work = "ensureAll, a page of " + PAGE + " environments";
        List<EnvironmentId> ids = platform.newEnvironments(PAGE, 1);
        FleetOptions page = FleetOptions.defaults().withFilter(FleetFilter.all().withIds(ids));
        Runnable ensure = () -> requireSuccess(platform.lifecycle().ensureAll(page, report -> {}));
        ensure.run();
        int calls = clusterCalls.get();
        int storeRoundTrips = platform.storeRoundTrips(ensure);
        rows.add(new Row(work, Row.OURS, clusterCalls.get() - calls, 0, "cluster calls"));
        rows.add(new Row(work, Row.OURS, storeRoundTrips, 0, "store round trips"));
        goals.add(Goal.atMost(8, " store round trips: " + work, storeRoundTrips));
    }

    private static void requireSuccess(DeploymentReport report) {
        if (!report.succeeded()) {
            throw new IllegalStateException("A deployment failed: " + report);
        }
    }

    private static void requireSuccess(FleetReport report) {
        if (!report.succeeded()) {
            throw new IllegalStateException("A fleet failed: " + report);
        }
    }
}
