package dev.namespaces.quickstart;

import com.zaxxer.hikari.HikariDataSource;
import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.core.delete.DeletionPlan;
import dev.namespaces.core.delete.PlanOptions;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.spi.ClusterGateway;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Plans the deletion of an environment's namespaces, and writes the plan to a file for a person to read. */
@Command(
        name = "plan-deletion",
        sortOptions = false,
        usageHelpAutoWidth = true,
        description =
                "Writes a plan of the namespaces of an environment that a deletion would delete; deletes nothing.")
final class PlanDeletionCommand implements Callable<Integer> {

    private final ClusterGateway inMemoryClusters;
    private final PrintWriter out;

    @Option(names = "--environment", paramLabel = "ID", required = true, description = "the environment")
    private String environment = "";

    @Option(names = "--plan", paramLabel = "FILE", required = true, description = "where to write the plan, as JSON")
    private Path file = Path.of("plan.json");

    @Option(names = "--requested-by", paramLabel = "NAME", description = "who asks for the deletion")
    private @Nullable String requestedBy;

    @Mixin
    private final DatabaseOption database = new DatabaseOption();

    @Mixin
    private final ClusterOptions clusterOptions = new ClusterOptions();

    /** @param inMemoryClusters the clusters to use without a kubeconfig */
    PlanDeletionCommand(ClusterGateway inMemoryClusters, PrintWriter out) {
        this.inMemoryClusters = inMemoryClusters;
        this.out = out;
    }

    @Override
    public Integer call() throws IOException, SQLException {
        database.check();
        clusterOptions.check();
        try (HikariDataSource pool = database.poolOfExisting();
                ClusterOptions.Clusters clusters = clusterOptions.open(inMemoryClusters);
                NamespaceLifecycle lifecycle = NamespaceLifecycle.builder(
                                clusters.gateway(),
                                PlatformStores.existing(pool).stores())
                        .build()) {
            PlanOptions options = requestedBy == null
                    ? PlanOptions.defaults()
                    : PlanOptions.defaults().withRequestedBy(requestedBy);
            DeletionPlan plan = lifecycle.planDeletion(new EnvironmentId(environment), options);
            Files.writeString(file, plan.toJson());
            out.println(plan);
            out.printf(
                    "%d namespaces to delete, %d to keep, %d clusters did not answer. The plan is in %s.%n",
                    plan.deletions().size(),
                    plan.kept().size(),
                    plan.unreachable().size(),
                    file);
            return 0;
        }
    }
}
