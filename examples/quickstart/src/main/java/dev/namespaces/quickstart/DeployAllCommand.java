package dev.namespaces.quickstart;

import com.zaxxer.hikari.HikariDataSource;
import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.core.deploy.DeployOptions;
import dev.namespaces.core.fleet.FailureLimit;
import dev.namespaces.core.fleet.FleetEnd;
import dev.namespaces.core.fleet.FleetFilter;
import dev.namespaces.core.fleet.FleetObserver;
import dev.namespaces.core.fleet.FleetOptions;
import dev.namespaces.core.fleet.FleetReport;
import dev.namespaces.core.fleet.TargetReport;
import dev.namespaces.model.ClusterId;
import dev.namespaces.spi.ClusterGateway;
import java.io.PrintWriter;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Deploys every environment that the database has, and shows how far it is. */
@Command(
        name = "deploy-all",
        sortOptions = false,
        usageHelpAutoWidth = true,
        description = "Deploys all environments of the database, many at once.")
final class DeployAllCommand implements Callable<Integer> {

    private final ClusterGateway inMemoryClusters;
    private final PrintWriter out;
    private final PrintWriter err;

    @Option(names = "--only-changed", description = "leave environments alone that the database says are deployed")
    private boolean onlyChanged;

    @Option(names = "--rewrite", description = "write every object again, such as after a restore")
    private boolean rewrite;

    @Option(names = "--waves", description = "deploy in promotion order, wave by wave, and stop at the first failure")
    private boolean waves;

    @Option(names = "--cluster", paramLabel = "ID", description = "deploy to this cluster only; may be repeated")
    private List<String> clusterIds = List.of();

    @Mixin
    private final DatabaseOption database = new DatabaseOption();

    @Mixin
    private final ClusterOptions clusterOptions = new ClusterOptions();

    /** @param inMemoryClusters the clusters to use without a kubeconfig */
    DeployAllCommand(ClusterGateway inMemoryClusters, PrintWriter out, PrintWriter err) {
        this.inMemoryClusters = inMemoryClusters;
        this.out = out;
        this.err = err;
    }

    @Override
    public Integer call() throws SQLException {
        database.check();
        clusterOptions.check();
        FleetObserver bar = new ProgressBar(err);
        try (HikariDataSource pool = database.poolOfExisting();
                ClusterOptions.Clusters clusters = clusterOptions.open(inMemoryClusters);
                NamespaceLifecycle lifecycle = NamespaceLifecycle.builder(
                                clusters.gateway(),
                                PlatformStores.existing(pool).stores())
                        .environmentKeys(DeployCommand.environmentKeys())
                        .build()) {
            FleetReport report = onlyChanged
                    ? lifecycle.ensureAll(options(), bar)
                    : lifecycle.deployAll(options(), DeployOptions.defaults().withRewriteAll(rewrite), bar);
            print(report);
            return report.succeeded() ? 0 : DeployCommand.FAILED;
        }
    }

    private FleetOptions options() {
        FleetOptions options = FleetOptions.defaults()
                .withFilter(FleetFilter.all()
                        .withClusters(clusterIds.stream().map(ClusterId::new).toList()));
        return waves ? options.withPromotionOrder().withFailureLimit(new FailureLimit.Count(0)) : options;
    }

    private void print(FleetReport report) {
        for (TargetReport failed : report.failures()) {
            out.printf("%s FAILED: %s%n", failed.target(), reason(failed));
        }
        out.printf(
                "%d targets deployed, %d unchanged, %d failed in %d ms%n",
                report.targets().deployed(),
                report.targets().unchanged(),
                report.targets().failed(),
                report.elapsed().toMillis());
        if (!(report.end() instanceof FleetEnd.AllDone)) {
            out.printf("ended early: %s; go on at %s%n", report.end(), report.next());
        }
    }

    private static @Nullable String reason(TargetReport failed) {
        return failed.cluster().failures().get(0).getMessage();
    }
}
