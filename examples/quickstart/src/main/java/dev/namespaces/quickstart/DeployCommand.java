package dev.namespaces.quickstart;

import com.zaxxer.hikari.HikariDataSource;
import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.core.deploy.AdoptionPolicy;
import dev.namespaces.core.deploy.DeployOptions;
import dev.namespaces.core.deploy.DeploymentFailedException;
import dev.namespaces.core.deploy.DeploymentReport;
import dev.namespaces.core.deploy.DryRun;
import dev.namespaces.core.deploy.NamespaceOutcome;
import dev.namespaces.core.request.KeyPolicy;
import dev.namespaces.core.request.RequestValidator;
import dev.namespaces.error.NamespaceNotOursException;
import dev.namespaces.model.NamespaceId;
import dev.namespaces.spi.ClusterGateway;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Reads a platform file, stores it, deploys its environments in promotion order, and reports. */
@Command(
        name = "quickstart",
        sortOptions = false,
        usageHelpAutoWidth = true,
        description = "Deploys the namespaces of a platform file, each fenced by its egress policy.",
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {
            "0:everything succeeded",
            "1:a deployment, a store or a file to write failed",
            "2:bad options, or a bad platform file; nothing was stored or applied"
        },
        commandListHeading =
                "%nTo deploy all environments of the database again, and to delete the namespaces that it has created:%n")
final class DeployCommand implements Callable<Integer> {

    static final int FAILED = 1;
    static final int BAD_INPUT = 2;

    private final ClusterGateway inMemoryClusters;
    private final PrintWriter out;
    private final PrintWriter err;
    private final Clock clock = Clock.systemUTC();

    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = "--file",
            paramLabel = "FILE",
            defaultValue = "${sys:quickstart.home:-.}/platform.yaml",
            description = "the platform file; the example of this module by default")
    private Path file = Path.of("platform.yaml");

    @Mixin
    private final DatabaseOption database = new DatabaseOption();

    @Mixin
    private final ClusterOptions clusterOptions = new ClusterOptions();

    @Option(
            names = "--adopt",
            description = "also deploy to namespaces that exist and that this program did not create; without it they"
                    + " are refused and left as they are")
    private boolean adopt;

    @Option(
            names = "--dry-run",
            paramLabel = "render|server",
            arity = "0..1",
            fallbackValue = "render",
            description = "store and apply nothing. render, the default, asks no cluster; server has the API servers"
                    + " check every manifest")
    private @Nullable String dryRun;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "write each manifest to DIR/<cluster>/<namespace>/<kind>-<name>.yaml")
    private @Nullable Path manifests;

    /** @param inMemoryClusters the clusters to use without a kubeconfig */
    DeployCommand(ClusterGateway inMemoryClusters, PrintWriter out, PrintWriter err) {
        this.inMemoryClusters = inMemoryClusters;
        this.out = out;
        this.err = err;
    }

    @Override
    public Integer call() throws IOException, SQLException {
        DryRun mode = dryRun();
        database.check();
        clusterOptions.check();
        Path path = relativeToHere(file);
        Platform platform;
        try {
            platform = PlatformFile.read(path, validator()::validate, clock.instant());
        } catch (BadPlatformFileException e) {
            err.println(e.getMessage());
            err.println("The platform file cannot be used; nothing was stored or applied.");
            return BAD_INPUT;
        }
        clusterOptions.requireContexts(platform.clusters());
        err.printf(
                "%s: %d organizations, %d projects, %d environments, %d namespaces, %d clusters%n",
                path,
                platform.organizations().size(),
                platform.projects().size(),
                platform.environments().size(),
                platform.namespaces().size(),
                platform.clusters().size());
        return mode == DryRun.NONE ? deploy(platform) : plan(platform, mode);
    }

    private int deploy(Platform platform) throws IOException {
        try (HikariDataSource pool = database.pool()) {
            return run(platform, PlatformStores.migrated(pool), DryRun.NONE);
        }
    }

    /** Writes nothing to the database, and does not create one. */
    private int plan(Platform platform, DryRun mode) throws IOException, SQLException {
        try (HikariDataSource pool = database.poolOfExisting()) {
            PlatformStores stores = Databases.hasTables(pool)
                    ? PlatformStores.existing(pool).forDryRun(platform)
                    : PlatformStores.inMemory();
            return run(platform, stores, mode);
        }
    }

    private int run(Platform platform, PlatformStores stores, DryRun mode) throws IOException {
        try (ClusterOptions.Clusters clusters = clusterOptions.open(inMemoryClusters);
                NamespaceLifecycle lifecycle = NamespaceLifecycle.builder(clusters.gateway(), stores.stores())
                        .adoption(adopt ? AdoptionPolicy.ALWAYS : AdoptionPolicy.NEVER)
                        .environmentKeys(environmentKeys())
                        .clock(clock)
                        .listener(new Progress(err))
                        .listenerExecutor(Runnable::run) // so that the table comes after the progress
                        .build()) {
            store(platform, stores, lifecycle, mode);
            DeploymentReport report = deploy(platform, lifecycle, mode);
            out.print(report);
            out.println();
            if (manifests != null) {
                writeManifests(manifests, platform, lifecycle);
            }
            out.println(summary(platform, report, mode));
            return report.succeeded() ? 0 : FAILED;
        }
    }

    /** Returns the keys of environment labels: the platform's own file sets pod security, a namespace in it cannot. */
    static KeyPolicy environmentKeys() {
        return KeyPolicy.defaults().allowing("pod-security.kubernetes.io/*");
    }

    private void store(Platform platform, PlatformStores stores, NamespaceLifecycle lifecycle, DryRun mode) {
        PlatformImport.Result result = new PlatformImport(platform, stores, lifecycle, clock.instant()).run();
        err.printf(
                "%s: %d namespaces new, %d changed, %d as they were%n",
                mode == DryRun.NONE ? "stored" : "to be stored",
                result.created(),
                result.updated(),
                result.unchanged());
        result.dropped()
                .forEach(namespace -> err.printf(
                        "%s of %s is no longer in the file: it is no longer deployed, and stays on its clusters%n",
                        namespace.name(), namespace.environmentId()));
        err.flush();
    }

    private static DeploymentReport deploy(Platform platform, NamespaceLifecycle lifecycle, DryRun mode) {
        try {
            return lifecycle.deploy(
                    platform.environmentIds(), DeployOptions.defaults().withDryRun(mode));
        } catch (DeploymentFailedException e) {
            return e.report();
        }
    }

    /** Writes the manifests after the deployment, which has found out which kind of policy each cluster knows. */
    private void writeManifests(Path directory, Platform platform, NamespaceLifecycle lifecycle) throws IOException {
        int files = ManifestFiles.write(directory, deploy(platform, lifecycle, DryRun.RENDER));
        out.printf("%d manifests written to %s%n", files, directory);
    }

    private static String summary(Platform platform, DeploymentReport report, DryRun mode) {
        Map<NamespaceId, Boolean> done = new LinkedHashMap<>();
        report.environments().stream()
                .flatMap(environment -> environment.clusters().stream())
                .flatMap(cluster -> cluster.namespaces().stream())
                .forEach(namespace ->
                        done.merge(namespace.namespace().id(), isDone(namespace.outcome()), Boolean::logicalAnd));
        String count = String.valueOf(done.values().stream().filter(ok -> ok).count());
        if (!report.succeeded()) {
            return "FAILED: " + count + " of " + platform.namespaces().size() + " namespaces deployed on all their "
                    + "clusters, " + report.notAttempted().size() + " environments not attempted. "
                    + (needsAdoption(report)
                            ? "Run it again with --adopt to deploy to namespaces that exist already."
                            : "Run it again once the cause is gone.");
        }
        String what = count + " namespaces of " + platform.environments().size() + " environments ";
        String where = platform.clusters().size() + " clusters, each with its egress policy";
        return mode == DryRun.NONE
                ? what + "deployed to " + where
                : "Dry run: " + what + "would be deployed to " + where + "; nothing was stored or applied";
    }

    private static boolean needsAdoption(DeploymentReport report) {
        return report.failures().stream().anyMatch(NamespaceNotOursException.class::isInstance);
    }

    private static boolean isDone(NamespaceOutcome outcome) {
        return !(outcome instanceof NamespaceOutcome.Failure || outcome instanceof NamespaceOutcome.NotAttempted);
    }

    private static RequestValidator validator() {
        // What NamespaceLifecycle.validate does with the same settings, without the stores that a lifecycle needs: a
        // bad file does not even reach the database.
        return RequestValidator.defaults();
    }

    private DryRun dryRun() {
        if (dryRun == null) {
            return DryRun.NONE;
        }
        return switch (dryRun) {
            case "render" -> DryRun.RENDER;
            case "server" -> DryRun.SERVER;
            default -> throw badOption("--dry-run is either render or server, not '" + dryRun + "'");
        };
    }

    private ParameterException badOption(String message) {
        return new ParameterException(Objects.requireNonNull(spec).commandLine(), message);
    }

    /** Returns the path as a person would write it, so that a terminal can follow it. */
    private static Path relativeToHere(Path path) {
        Path here = Path.of("").toAbsolutePath();
        Path absolute = path.toAbsolutePath().normalize();
        return absolute.startsWith(here) ? here.relativize(absolute) : path;
    }
}
