package dev.namespaces.core;

import dev.namespaces.core.deploy.ClusterOutcome;
import dev.namespaces.core.deploy.ClusterReport;
import dev.namespaces.core.deploy.DeployOptions;
import dev.namespaces.core.deploy.EnvironmentReport;
import dev.namespaces.core.deploy.LifecycleClosedException;
import dev.namespaces.core.deploy.NamespaceOutcome;
import dev.namespaces.core.deploy.NamespaceReport;
import dev.namespaces.core.policy.DialectChoice;
import dev.namespaces.core.render.Origin;
import dev.namespaces.error.DeploymentInProgressException;
import dev.namespaces.error.DeploymentOvertakenException;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.GatewayContractException;
import dev.namespaces.error.LeaseLostException;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.Operation;
import dev.namespaces.error.ProtectedNamespaceException;
import dev.namespaces.error.UnknownEnvironmentException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.Deployment;
import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.PolicyDialect;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.spi.DeploymentLock.Lease;
import dev.namespaces.spi.DeploymentStore.CompleteResult;
import dev.namespaces.spi.LifecycleEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Deploys one environment. Stores are called on the caller's thread only; clusters on the workers of each.
 *
 * <p>The order that everything hangs on: take the locks, read the stores, render, {@code begin}, write to the clusters,
 * {@code complete}. What was read before a lock was held may be older than what was deployed by its last holder; what
 * was not completed is deployed again.
 */
final class Deployer implements AutoCloseable {

    /** How often a deployment that is overtaken begins again. */
    private static final int MAX_ROUNDS = 3;

    private static final ThreadLocal<Boolean> AT_WORK = ThreadLocal.withInitial(() -> false);

    private final Settings settings;
    private final ClusterWorkers workers;

    Deployer(Settings settings) {
        this.settings = settings;
        this.workers = new ClusterWorkers(settings.parallelismPerCluster());
    }

    /** Whether this thread is calling a cluster for us; then our own initializer lets it pass. */
    static boolean isAtWork() {
        return AT_WORK.get();
    }

    static <T> T atWork(Supplier<T> work) {
        AT_WORK.set(true);
        try {
            return work.get();
        } finally {
            AT_WORK.remove();
        }
    }

    Environment environment(EnvironmentId id, Operation operation) {
        return settings.environments().findByIds(List.of(id)).stream()
                .findFirst()
                .orElseThrow(() -> new UnknownEnvironmentException(ErrorContext.of(operation, id), List.of(id)));
    }

    /**
     * Deploys to the given clusters, whether or not anything changed.
     *
     * @param only the one namespace to deploy, or null for all of the environment; one alone is never recorded
     */
    EnvironmentReport deploy(
            Environment environment, Collection<ClusterId> clusters, @Nullable Namespace only, DeployOptions options) {
        return switch (options.dryRun()) {
            case RENDER -> planByRendering(environment, clusters, only);
            case SERVER -> planByServers(environment, clusters, only, options);
            case NONE -> new Deploying(environment, clusters, only, options, false).deploy();
        };
    }

    /** Deploys to those of the given clusters where the record does not say that it was done from the same state. */
    EnvironmentReport ensureDeployed(Environment environment, Collection<ClusterId> clusters) {
        DesiredState state = load(environment, null);
        Map<ClusterId, ClusterReport> reports = unchanged(state, clusters, recorded(environment.id()));
        return reports.size() == clusters.size()
                ? report(environment, clusters, reports)
                : new Deploying(environment, clusters, null, DeployOptions.defaults(), true).deploy();
    }

    @Override
    public void close() {
        workers.close();
    }

    private EnvironmentReport planByRendering(
            Environment environment, Collection<ClusterId> clusters, @Nullable Namespace only) {
        DesiredState state = load(environment, only);
        Map<ClusterId, Deployment> recorded = recorded(environment.id());
        Map<ClusterId, ClusterReport> reports = new HashMap<>();
        for (ClusterId cluster : clusters) {
            // What was found there last is the best guess without asking.
            PolicyDialect dialect =
                    dialectWithoutAsking(cluster, recorded.get(cluster)).orElse(PolicyDialect.CILIUM);
            try {
                List<NamespaceReport> namespaces = state.render(cluster, dialect, settings).stream()
                        .map(desired -> new NamespaceReport(
                                desired.namespace(), state.policy(), rendered(cluster, desired), Duration.ZERO))
                        .toList();
                boolean anyFailed =
                        namespaces.stream().anyMatch(each -> each.outcome() instanceof NamespaceOutcome.Failed);
                reports.put(
                        cluster,
                        new ClusterReport(
                                cluster,
                                anyFailed ? new ClusterOutcome.Incomplete() : new ClusterOutcome.NotRecorded(dialect),
                                namespaces));
            } catch (NamespaceException e) {
                reports.put(cluster, ClusterRun.failed(cluster, state, e));
            }
        }
        return report(environment, clusters, reports);
    }

    private NamespaceOutcome rendered(ClusterId cluster, DesiredState.Desired desired) {
        String name = desired.namespace().name();
        if (settings.protectedNames().contains(name)) {
            return new NamespaceOutcome.Failed(new ProtectedNamespaceException(
                    ErrorContext.of(Operation.PLAN_DEPLOYMENT, cluster, ResourceRef.namespace(name))
                            .withEnvironment(desired.environment().id()),
                    name));
        }
        return new NamespaceOutcome.Planned(
                List.of(desired.manifest(Origin.CREATED), desired.egress().manifest()),
                List.of(),
                List.of(),
                desired.egress().omissions());
    }

    private EnvironmentReport planByServers(
            Environment environment, Collection<ClusterId> clusters, @Nullable Namespace only, DeployOptions options) {
        DesiredState state = load(environment, only);
        Map<ClusterId, ClusterReport> reports = new HashMap<>();
        Map<ClusterId, ClusterRun> runs = new HashMap<>();
        Map<ClusterId, Deployment> recorded = recorded(environment.id());
        askDialects(environment.id(), clusters, state, reports).forEach((cluster, dialect) -> {
            boolean otherDialectMayStand = otherDialectMayStand(options, dialect, recorded.get(cluster));
            prepare(
                    reports,
                    runs,
                    state,
                    cluster,
                    () -> new ClusterRun(settings, state, cluster, dialect, options, otherDialectMayStand, () -> true));
        });
        try (TaskGroups groups = new TaskGroups(workers)) {
            runs.forEach((cluster, run) -> groups.start(cluster, run.work()));
            for (int i = 0; i < runs.size(); i++) {
                ClusterId cluster = groups.awaitNext(ErrorContext.of(Operation.PLAN_DEPLOYMENT, environment.id()));
                ClusterRun run = Objects.requireNonNull(runs.get(cluster));
                reports.put(cluster, run.report(concludePlan(environment.id(), run)));
            }
        }
        return report(environment, clusters, reports);
    }

    private static ClusterOutcome concludePlan(EnvironmentId environmentId, ClusterRun run) {
        if (run.wasCutShort()) {
            return new ClusterOutcome.Failed(new LifecycleClosedException(
                    ErrorContext.of(Operation.PLAN_DEPLOYMENT, run.cluster()).withEnvironment(environmentId)));
        }
        return run.allSucceeded() ? new ClusterOutcome.NotRecorded(run.dialect()) : new ClusterOutcome.Incomplete();
    }

    /** One call that writes. */
    private final class Deploying {

        private final EnvironmentId environmentId;
        private final Environment asked;
        private final Set<ClusterId> clusters;
        private final @Nullable Namespace only;
        private final DeployOptions options;
        private final boolean onlyIfChanged;
        private final Map<ClusterId, Lease> leases = new TreeMap<>();
        private final Map<ClusterId, ClusterReport> reports = new HashMap<>();
        private final long start = System.nanoTime();

        Deploying(
                Environment environment,
                Collection<ClusterId> clusters,
                @Nullable Namespace only,
                DeployOptions options,
                boolean onlyIfChanged) {
            this.environmentId = environment.id();
            this.asked = environment;
            this.clusters = new LinkedHashSet<>(clusters);
            this.only = only;
            this.options = options;
            this.onlyIfChanged = onlyIfChanged;
        }

        EnvironmentReport deploy() {
            try {
                acquireLeases();
                Collection<ClusterId> pending = List.copyOf(leases.keySet());
                for (int round = 1; !pending.isEmpty() && round <= MAX_ROUNDS; round++) {
                    // What overtook us may itself be under what we wrote since, so its record is no proof.
                    pending = deployRound(pending, onlyIfChanged && round == 1);
                }
                for (ClusterId cluster : pending) {
                    NamespaceException cause = new DeploymentOvertakenException(context(cluster));
                    forgetApplied(cluster, cause);
                    fail(cluster, load(asked, only), cause);
                }
            } finally {
                leases.values().forEach(Lease::close);
            }
            return report(asked, clusters, reports);
        }

        /** Always in the same order, so that no two callers wait for each other. */
        private void acquireLeases() {
            for (ClusterId cluster : clusters.stream().sorted().toList()) {
                Optional<Lease> lease = settings.lock().tryAcquire(environmentId, cluster, settings.lockWait());
                if (lease.isPresent()) {
                    leases.put(cluster, lease.get());
                } else {
                    fail(
                            cluster,
                            load(asked, only),
                            new DeploymentInProgressException(context(cluster), settings.lockWait()));
                }
            }
        }

        /** Deploys, and answers the clusters where somebody newer came in between. */
        private List<ClusterId> deployRound(Collection<ClusterId> locked, boolean onlyIfChanged) {
            Environment environment = environment(environmentId, Operation.DEPLOY);
            Collection<ClusterId> pending = withoutThoseItLeft(environment, locked);
            DesiredState state = load(environment, only);
            Map<ClusterId, Deployment> recorded = recorded(environmentId);
            Map<ClusterId, ClusterReport> unchanged = onlyIfChanged ? unchanged(state, pending, recorded) : Map.of();
            unchanged.forEach(this::finish);
            Map<ClusterId, ClusterRun> runs = prepareRuns(
                    state,
                    pending.stream()
                            .filter(cluster -> !unchanged.containsKey(cluster))
                            .toList(),
                    recorded);
            Map<ClusterId, Deployment> begun = new HashMap<>();
            for (ClusterRun run : runs.values()) {
                Deployment deployment = settings.deployments().begin(environmentId, run.cluster());
                begun.put(run.cluster(), deployment);
                settings.events().publish(new LifecycleEvent.DeploymentBegun(deployment, run.size()));
            }
            List<ClusterId> overtaken = new ArrayList<>();
            try (TaskGroups groups = new TaskGroups(workers)) {
                runs.forEach((cluster, run) -> groups.start(cluster, run.work()));
                for (int i = 0; i < runs.size(); i++) {
                    ClusterId cluster = groups.awaitNext(ErrorContext.of(Operation.DEPLOY, environmentId));
                    ClusterRun run = Objects.requireNonNull(runs.get(cluster));
                    ClusterOutcome outcome = conclude(run, Objects.requireNonNull(begun.get(cluster)));
                    if (outcome == null) {
                        overtaken.add(cluster);
                    } else {
                        finish(cluster, run.report(unlessRecorded(cluster, outcome)));
                    }
                }
            } catch (RuntimeException | Error e) {
                begun.keySet().stream()
                        .filter(cluster -> !reports.containsKey(cluster))
                        .forEach(cluster -> forgetApplied(cluster, e));
                throw e;
            }
            return overtaken;
        }

        /**
         * A deployment that is not recorded may have written over one that was recorded meanwhile, by somebody whom our
         * lock did not keep out. So nothing must count as applied.
         */
        private ClusterOutcome unlessRecorded(ClusterId cluster, ClusterOutcome outcome) {
            if (outcome instanceof ClusterOutcome.Deployed) {
                return outcome;
            }
            if (outcome instanceof ClusterOutcome.Failed failed) {
                forgetApplied(cluster, failed.cause());
                return outcome;
            }
            try {
                settings.deployments().begin(environmentId, cluster);
                return outcome;
            } catch (NamespaceException e) {
                return new ClusterOutcome.Failed(e);
            }
        }

        private void forgetApplied(ClusterId cluster, Throwable cause) {
            try {
                settings.deployments().begin(environmentId, cluster);
            } catch (RuntimeException e) {
                cause.addSuppressed(e);
            }
        }

        /**
         * While we waited for a lock, the environment may have left the cluster; nothing is to stand there any more.
         */
        private Collection<ClusterId> withoutThoseItLeft(Environment environment, Collection<ClusterId> locked) {
            List<ClusterId> left = locked.stream()
                    .filter(cluster -> !environment.clusters().contains(cluster))
                    .toList();
            left.forEach(cluster -> {
                clusters.remove(cluster);
                Objects.requireNonNull(leases.get(cluster)).close();
            });
            return locked.stream().filter(cluster -> !left.contains(cluster)).toList();
        }

        private Map<ClusterId, ClusterRun> prepareRuns(
                DesiredState state, Collection<ClusterId> changed, Map<ClusterId, Deployment> recorded) {
            Map<ClusterId, ClusterRun> runs = new TreeMap<>();
            askDialects(environmentId, changed, state, reports).forEach((cluster, dialect) -> {
                Lease lease = Objects.requireNonNull(leases.get(cluster));
                boolean otherDialectMayStand = otherDialectMayStand(options, dialect, recorded.get(cluster));
                prepare(
                        reports,
                        runs,
                        state,
                        cluster,
                        () -> new ClusterRun(
                                settings, state, cluster, dialect, options, otherDialectMayStand, lease::isHeld));
            });
            changed.stream()
                    .filter(cluster -> !runs.containsKey(cluster))
                    .forEach(cluster -> finish(cluster, Objects.requireNonNull(reports.get(cluster))));
            return runs;
        }

        /** What became of the cluster as a whole, or null where a newer deployment was begun meanwhile. */
        private @Nullable ClusterOutcome conclude(ClusterRun run, Deployment begun) {
            if (!run.mayWrite()) {
                return new ClusterOutcome.Failed(new LeaseLostException(context(run.cluster())));
            }
            if (run.wasCutShort()) {
                return new ClusterOutcome.Failed(new LifecycleClosedException(context(run.cluster())));
            }
            if (!run.allSucceeded()) {
                return new ClusterOutcome.Incomplete();
            }
            if (only != null) {
                return new ClusterOutcome.NotRecorded(run.dialect());
            }
            Deployment.Completion completion =
                    new Deployment.Completion(run.fingerprint(), run.dialect(), settings.now());
            try {
                return settings.deployments().complete(begun, completion) == CompleteResult.OVERTAKEN
                        ? null
                        : new ClusterOutcome.Deployed(
                                new Deployment(environmentId, run.cluster(), begun.revision(), completion));
            } catch (NamespaceException e) {
                return new ClusterOutcome.Failed(e);
            }
        }

        private void fail(ClusterId cluster, DesiredState state, NamespaceException cause) {
            finish(cluster, ClusterRun.failed(cluster, state, cause));
        }

        /** Keeps the report, gives the lock back at once, and says so. */
        private void finish(ClusterId cluster, ClusterReport report) {
            reports.put(cluster, report);
            Lease lease = leases.get(cluster);
            if (lease != null) {
                lease.close();
            }
            Duration elapsed = Duration.ofNanos(System.nanoTime() - start);
            if (report.outcome() instanceof ClusterOutcome.Deployed deployed) {
                settings.events().publish(new LifecycleEvent.DeploymentCompleted(deployed.deployment(), elapsed));
            } else if (report.outcome() instanceof ClusterOutcome.Unchanged same) {
                settings.events().publish(new LifecycleEvent.DeploymentUnchanged(same.deployment()));
            } else if (!report.succeeded()) {
                settings.events().publish(new LifecycleEvent.DeploymentFailed(environmentId, cluster, elapsed));
            }
        }

        private ErrorContext context(ClusterId cluster) {
            return ErrorContext.of(Operation.DEPLOY, cluster).withEnvironment(environmentId);
        }
    }

    private DesiredState load(Environment environment, @Nullable Namespace only) {
        DesiredState state = DesiredState.load(environment, settings);
        return only == null ? state : state.only(only.id());
    }

    private Map<ClusterId, Deployment> recorded(EnvironmentId environmentId) {
        return settings.deployments().findByEnvironment(environmentId).stream()
                .collect(Collectors.toMap(Deployment::clusterId, deployment -> deployment));
    }

    /** The clusters whose record says that they were deployed from the same state; no cluster is asked. */
    private Map<ClusterId, ClusterReport> unchanged(
            DesiredState state, Collection<ClusterId> clusters, Map<ClusterId, Deployment> recorded) {
        Map<ClusterId, ClusterReport> unchanged = new HashMap<>();
        for (ClusterId cluster : clusters) {
            Deployment deployment = recorded.get(cluster);
            if (deployment == null || deployment.completion() == null) {
                continue;
            }
            PolicyDialect dialect = dialectWithoutAsking(cluster, deployment)
                    .orElse(deployment.completion().dialect());
            if (deployment.completion().fingerprint().equals(fingerprint(state, cluster, dialect))) {
                unchanged.put(
                        cluster,
                        new ClusterReport(
                                cluster,
                                new ClusterOutcome.Unchanged(deployment),
                                ClusterRun.reports(state, new NamespaceOutcome.Unchanged())));
            }
        }
        return unchanged;
    }

    /** Null where the state cannot even be rendered, which equals no fingerprint; whoever deploys gets the reason. */
    private @Nullable String fingerprint(DesiredState state, ClusterId cluster, PolicyDialect dialect) {
        try {
            return DesiredState.fingerprint(state.render(cluster, dialect, settings), dialect);
        } catch (NamespaceException e) {
            return null;
        }
    }

    private Optional<PolicyDialect> dialectWithoutAsking(ClusterId cluster, @Nullable Deployment recorded) {
        DialectChoice choice = settings.egress().apply(cluster).dialect();
        if (choice instanceof DialectChoice.Fixed fixed) {
            return Optional.of(fixed.dialect());
        }
        return Optional.ofNullable(recorded).map(Deployment::completion).map(Deployment.Completion::dialect);
    }

    private static boolean otherDialectMayStand(
            DeployOptions options, PolicyDialect dialect, @Nullable Deployment recorded) {
        return options.force()
                || recorded == null
                || recorded.completion() == null
                || recorded.completion().dialect() != dialect;
    }

    /** Asks all clusters at once. Where that fails, the cluster's report says so. */
    private Map<ClusterId, PolicyDialect> askDialects(
            EnvironmentId environmentId,
            Collection<ClusterId> clusters,
            DesiredState state,
            Map<ClusterId, ClusterReport> reports) {
        Map<ClusterId, PolicyDialect> dialects = new ConcurrentHashMap<>();
        Map<ClusterId, NamespaceException> failures = new ConcurrentHashMap<>();
        try (TaskGroups groups = new TaskGroups(workers)) {
            for (ClusterId cluster : clusters) {
                groups.start(cluster, List.of(() -> {
                    try {
                        dialects.put(
                                cluster,
                                atWork(() -> settings.egress()
                                        .apply(cluster)
                                        .dialect()
                                        .choose(settings.gateway(), cluster)));
                    } catch (NamespaceException e) {
                        failures.put(cluster, e);
                    } catch (RuntimeException e) {
                        failures.put(
                                cluster,
                                GatewayContractException.threw(
                                        ErrorContext.of(Operation.CHOOSE_DIALECT, cluster)
                                                .withEnvironment(environmentId),
                                        e));
                    }
                }));
            }
            for (int i = 0; i < clusters.size(); i++) {
                groups.awaitNext(ErrorContext.of(Operation.DEPLOY, environmentId));
            }
        }
        // Who was not asked at all was abandoned, since the lifecycle was closed.
        clusters.stream()
                .filter(cluster -> !dialects.containsKey(cluster))
                .forEach(cluster -> failures.computeIfAbsent(
                        cluster,
                        unasked -> new LifecycleClosedException(ErrorContext.of(Operation.CHOOSE_DIALECT, cluster)
                                .withEnvironment(environmentId))));
        failures.forEach((cluster, cause) -> reports.put(cluster, ClusterRun.failed(cluster, state, cause)));
        return new TreeMap<>(dialects);
    }

    private static void prepare(
            Map<ClusterId, ClusterReport> reports,
            Map<ClusterId, ClusterRun> runs,
            DesiredState state,
            ClusterId cluster,
            Supplier<ClusterRun> run) {
        try {
            runs.put(cluster, run.get());
        } catch (NamespaceException e) {
            reports.put(cluster, ClusterRun.failed(cluster, state, e));
        }
    }

    private static EnvironmentReport report(
            Environment environment, Collection<ClusterId> clusters, Map<ClusterId, ClusterReport> reports) {
        return new EnvironmentReport(
                environment,
                clusters.stream()
                        .map(cluster -> Objects.requireNonNull(reports.get(cluster)))
                        .toList());
    }
}
