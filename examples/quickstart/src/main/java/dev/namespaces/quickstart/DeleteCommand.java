package dev.namespaces.quickstart;

import com.zaxxer.hikari.HikariDataSource;
import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.core.delete.DeletionIncompleteException;
import dev.namespaces.core.delete.DeletionPlan;
import dev.namespaces.error.InvalidTextException;
import dev.namespaces.spi.ClusterGateway;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Deletes the namespaces that a plan names, and nothing else. */
@Command(
        name = "delete",
        sortOptions = false,
        usageHelpAutoWidth = true,
        description = "Deletes the namespaces that a plan of plan-deletion names. A plan can be used once.")
final class DeleteCommand implements Callable<Integer> {

    private final ClusterGateway inMemoryClusters;
    private final PrintWriter out;
    private final PrintWriter err;

    @Option(names = "--plan", paramLabel = "FILE", required = true, description = "the plan")
    private Path file = Path.of("plan.json");

    @Option(
            names = "--wait",
            paramLabel = "SECONDS",
            defaultValue = "60",
            description = "how many seconds to wait until all namespaces are deleted; 60 by default")
    private int waitSeconds;

    @Mixin
    private final DatabaseOption database = new DatabaseOption();

    @Mixin
    private final ClusterOptions clusterOptions = new ClusterOptions();

    /** @param inMemoryClusters the clusters to use without a kubeconfig */
    DeleteCommand(ClusterGateway inMemoryClusters, PrintWriter out, PrintWriter err) {
        this.inMemoryClusters = inMemoryClusters;
        this.out = out;
        this.err = err;
    }

    @Override
    public Integer call() throws IOException, SQLException {
        database.check();
        clusterOptions.check();
        DeletionPlan plan;
        try {
            plan = DeletionPlan.fromJson(Files.readString(file));
        } catch (InvalidTextException e) {
            err.println(file + ": " + e.getMessage());
            err.println("Nothing was deleted.");
            return DeployCommand.BAD_INPUT;
        }
        try (HikariDataSource pool = database.poolOfExisting();
                ClusterOptions.Clusters clusters = clusterOptions.open(inMemoryClusters);
                NamespaceLifecycle lifecycle = NamespaceLifecycle.builder(
                                clusters.gateway(),
                                PlatformStores.existing(pool).stores())
                        .build()) {
            out.println(lifecycle.delete(plan, Duration.ofSeconds(Math.max(0, waitSeconds))));
            out.println("All namespaces of the plan are deleted.");
            return 0;
        } catch (DeletionIncompleteException e) {
            out.println(e.report());
            err.println(
                    e.isRetryable()
                            ? "Some namespaces are not deleted yet. Plan again to continue."
                            : "Some namespaces are not deleted. Remove the cause, then plan again.");
            return DeployCommand.FAILED;
        }
    }
}
